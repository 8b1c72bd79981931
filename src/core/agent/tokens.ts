import type { ContextMeasure, ContextState } from '../../protocol/context.ts'
import type { Usage } from '../../protocol/events.ts'
import type { ModelFacts } from '../models/facts.ts'
import type { ModelMessage, ModelRequest } from '../models/model.ts'
import { costOf } from '../models/price.ts'

/** Taken until the endpoint has reported a request of the session; rather too few than too many. */
export const BYTES_PER_TOKEN = 3.5

/** The context of a model of which nothing is known, in tokens. */
export const ASSUMED_LIMIT = 128_000

/** What stands around each message, and what an image comes to, in bytes. */
const MESSAGE_BYTES = 16
const IMAGE_BYTES = 4_000

/** Set aside for the answer, in tokens, where the model's longest is not known. */
const ANSWER = 8_192

/** How long an answer usually is, in tokens. */
const USUAL_ANSWER = 1_000

/** What a request holds, in bytes of UTF-8. */
export function bytesOf({ messages, tools }: ModelRequest): number {
  return messages.reduce((sum, message) => sum + bytesOfMessage(message), Buffer.byteLength(JSON.stringify(tools)))
}

export function bytesOfMessage(message: ModelMessage): number {
  const text = MESSAGE_BYTES + Buffer.byteLength(message.text)
  switch (message.role) {
    case 'system':
      return text
    case 'user':
    case 'result':
      return text + (message.images?.length ?? 0) * IMAGE_BYTES
    case 'assistant':
      return message.calls.reduce((sum, call) => sum + Buffer.byteLength(JSON.stringify(call)), text)
  }
}

/** How full a request would make the model's context, by what the endpoint has reported so far. */
export function measure(
  request: ModelRequest,
  facts: ModelFacts | undefined,
  before: ContextState | undefined,
): ContextMeasure {
  const bytes = bytesOf(request)
  const tokens = Math.ceil(bytes / (before?.bytesPerToken ?? BYTES_PER_TOKEN))
  return facts === undefined
    ? { bytes, tokens, limit: ASSUMED_LIMIT, assumed: true }
    : { bytes, tokens, limit: facts.contextTokens }
}

/** How many tokens a request may have, so that its answer still fits. */
export function roomFor(limit: number, facts: ModelFacts | undefined): number {
  return limit - Math.min(facts?.maxOutputTokens ?? ANSWER, Math.floor(limit / 4))
}

/** What a request will take, about; without a cost where the price is not known. */
export function expectedUsage({ tokens }: ContextMeasure, facts: ModelFacts | undefined): Usage {
  const usage = { inputTokens: tokens, outputTokens: USUAL_ANSWER }
  const costUsd = costOf(usage, facts)
  return costUsd === undefined ? usage : { ...usage, costUsd }
}
