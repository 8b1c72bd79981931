import type { Usage } from '../../protocol/events.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'

export interface ToolDefinition {
  name: string
  description: string
  /** JSON Schema of the input. */
  parameters: Record<string, unknown>
}

/** A picture for the model; `base64` is its bytes. */
export interface ModelImage {
  mime: string
  base64: string
}

/** History as every adapter gets it: always valid, every call followed by its result in call order. */
export type ModelMessage =
  | { role: 'system'; text: string }
  | { role: 'user'; text: string; images?: readonly ModelImage[] }
  | {
      role: 'assistant'
      text: string
      calls: { id: string; name: string; input: unknown }[]
      /** What a `reasoned` part brought; adapters look whether it is their endpoint's own. */
      reasoning?: unknown
    }
  | { role: 'result'; callId: string; name: string; text: string; images?: readonly ModelImage[] }

export interface ModelRequest {
  messages: ModelMessage[]
  tools: ToolDefinition[]
  /** The longest answer, in tokens, where the endpoint can be told. */
  maxOutputTokens?: number
  /** The same for all requests that begin alike (the session's id): a hint to keep what was read of them. */
  cacheKey?: string
  /** A user's own action asked for it, so that they may be asked for their consent. */
  byUser?: boolean
}

/** What a stream brings. `call` parts carry pieces of a call's arguments; `index` says which call they belong to. */
export type ModelPart =
  | { type: 'text'; text: string }
  /** What the model thinks, or its summary of it: for the user, and no part of the answer. */
  | { type: 'reasoning'; text: string }
  /** What the endpoint wants back with the answer in the next request. Comes once, after the answer. */
  | { type: 'reasoned'; reasoning: unknown }
  | { type: 'call'; index: number; name?: string; arguments: string }
  | { type: 'usage'; usage: Usage }
  /** The endpoint is asked again: shown to the user while it waits. */
  | { type: 'retry'; code: string; text: string; retryAt: number; attempt: number }
  /** The stream ended as it should; one that ends without this broke off. */
  | { type: 'end'; reason: 'stop' | 'calls' | 'length' | 'filtered' }

/** What went wrong with a request, in words for the panel. */
export class ModelError extends Error {
  /** `unauthorized`, `unknown_model`, `unreachable`, `rate_limited`, `cut`, `no_model` … */
  readonly code: string
  /** How long the endpoint asked to wait, in ms. */
  readonly retryAfterMs: number | undefined
  constructor(code: string, message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'ModelError'
    this.code = code
    this.retryAfterMs = options.retryAfterMs
  }
}

export interface Model {
  /** As the endpoint names it. */
  readonly id: string
  /**
   * One request, streamed. Ends early when the token is cancelled.
   *
   * @throws {ModelError} when there is no answer to be had
   */
  stream(request: ModelRequest, token: CancellationToken): AsyncIterable<ModelPart>
}
