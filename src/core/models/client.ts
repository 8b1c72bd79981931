import type { Clock } from '../ports.ts'
import type { Network } from './connection.ts'
import { type Endpoint, hostOf } from './endpoint.ts'
import type { Model } from './model.ts'
import { OpenAiChat } from './openaiChat.ts'
import { withRetry } from './retry.ts'
import { withWatchdog } from './watchdog.ts'

/** A model with its connections, watched and retried. */
export interface ModelClient {
  model: Model
  /** Ends the waits for another attempt: asks at once. */
  tryNow(): void
  [Symbol.asyncDispose](): Promise<void>
}

export function chatClient(endpoint: Endpoint, network: Network, clock: Clock, random = Math.random): ModelClient {
  const chat = new OpenAiChat(endpoint, network, clock)
  const model = withRetry(withWatchdog(chat, { clock, host: hostOf(endpoint.baseUrl) }), { clock, random })
  return { model, tryNow: () => model.tryNow(), [Symbol.asyncDispose]: () => chat.close() }
}
