import type { Clock } from '../ports.ts'
import { Connection, type Network } from './connection.ts'
import { type Endpoint, hostOf } from './endpoint.ts'
import type { Model } from './model.ts'
import { OpenAiChat } from './openaiChat.ts'
import { OpenAiResponses } from './openaiResponses.ts'
import { withByteWatch } from './byteWatch.ts'
import { withRetry } from './retry.ts'
import { type Adapter, type StreamLimits, withWatchdog } from './watchdog.ts'

/** A model with its connections, watched and retried. */
export interface ModelClient {
  model: Model
  /** Over the same connections. */
  fetch: typeof globalThis.fetch
  /** Ends the waits for another attempt: asks at once. */
  tryNow(): void
  [Symbol.asyncDispose](): Promise<void>
}

export interface ClientOptions {
  /** Uniform in [0, 1). */
  random?: () => number
  /** Read at each request. */
  limits?: (() => StreamLimits) | undefined
}

export function modelClient(
  endpoint: Endpoint,
  network: Network,
  clock: Clock,
  { random = Math.random, limits }: ClientOptions = {},
): ModelClient {
  const connection = new Connection(endpoint.baseUrl, network)
  const watch = { clock, host: hostOf(endpoint.baseUrl), limits }
  const fetch = withByteWatch(connection.fetch, watch)
  const watched = withWatchdog(adapterFor(endpoint, fetch, clock), watch)
  const model = withRetry(watched, { clock, random })
  return { model, fetch, tryNow: () => model.tryNow(), [Symbol.asyncDispose]: () => connection.close() }
}

/** The endpoint as it is spoken to, before its faults are dealt with. */
export function adapterFor(endpoint: Endpoint, fetch: typeof globalThis.fetch, clock: Clock): Adapter {
  switch (endpoint.api) {
    case 'chat':
      return new OpenAiChat(endpoint, fetch, clock)
    case 'responses':
      return new OpenAiResponses(endpoint, fetch, clock)
  }
}
