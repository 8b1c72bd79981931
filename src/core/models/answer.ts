import type { Usage } from '../../protocol/events.ts'
import type { Spending } from '../agent/budget.ts'
import type { Failure } from '../ports.ts'
import { CancelledError, type CancellationToken, orCancelled } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { type Model, ModelError, type ModelMessage } from './model.ts'
import { priced } from './price.ts'
import type { ModelLease } from './source.ts'

/** Rough sizes for the budget, before the endpoint has counted. */
const CHARACTERS_A_TOKEN = 4
const TOKENS_A_PICTURE = 1_500
const TOKENS_AN_ANSWER = 1_000

/** One answer in words; `end` says why there is no more of it. */
export interface Answer {
  kind: 'answer'
  text: string
  end: 'whole' | 'cut' | 'cancelled'
}

export interface AnswerParts {
  spending: Spending
  /** In whose name. */
  turnId: string
  onText?: (text: string) => void
  /** Why this model is not to be asked. */
  refuses?: (lease: ModelLease) => Failure | undefined
}

/**
 * Asks a model once, without tools, within the budget. Gives what has come when it is cancelled or breaks off; what hears
 * no token holds nobody.
 */
export async function answer(
  acquire: (token: CancellationToken) => Promise<ModelLease>,
  messages: ModelMessage[],
  parts: AnswerParts,
  token: CancellationToken,
): Promise<Answer | Failure> {
  try {
    const late = (lease: ModelLease): void => void lease[Symbol.asyncDispose]()
    await using lease = await orCancelled(acquire(token), token, late)
    return parts.refuses?.(lease) ?? (await from(lease, messages, parts, token))
  } catch (error) {
    if (token.isCancellationRequested || error instanceof CancelledError)
      return { kind: 'answer', text: '', end: 'cancelled' }
    if (error instanceof ModelError) return failed(error.code, error.message)
    throw error
  }
}

async function from(
  lease: ModelLease,
  messages: ModelMessage[],
  { spending, turnId, onText }: AnswerParts,
  token: CancellationToken,
): Promise<Answer | Failure> {
  const before = estimate(messages)
  using reservation = spending.reserve(priced(before, lease.facts), turnId)
  if (reservation === undefined) return failed('budget', 'The budget of this session does not allow another request.')
  let text = ''
  let usage: Usage | undefined
  try {
    for await (const part of streamed(lease.model, messages, token)) {
      if (part.type === 'usage') usage = part.usage
      if (part.type !== 'text') continue
      text += part.text
      onText?.(part.text)
    }
  } catch (error) {
    if (token.isCancellationRequested || error instanceof CancelledError)
      return { kind: 'answer', text, end: 'cancelled' }
    if (!(error instanceof ModelError) || text === '') throw error
    return { kind: 'answer', text, end: 'cut' }
  } finally {
    const counted = usage ?? { ...before, outputTokens: Math.ceil(text.length / CHARACTERS_A_TOKEN) }
    reservation.charge(priced(counted, lease.facts))
  }
  if (token.isCancellationRequested) return { kind: 'answer', text, end: 'cancelled' }
  if (text.trim() === '') return failed('no_answer', `${lease.model.id} gave no answer. Try again, or ask otherwise.`)
  return { kind: 'answer', text, end: 'whole' }
}

/** The model's parts, left as soon as the token is cancelled. @throws {ModelError} @throws {CancelledError} */
async function* streamed(model: Model, messages: ModelMessage[], token: CancellationToken) {
  const stream = model.stream({ messages, tools: [] }, token)[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await orCancelled(stream.next(), token)
      if (next.done === true) return
      yield next.value
    }
  } finally {
    // What hangs settles its return later, or never.
    stream.return?.().catch(() => undefined)
  }
}

function estimate(messages: readonly ModelMessage[]): Usage {
  const pictures = messages.flatMap((message) => ('images' in message && message.images) || [])
  const characters = messages.reduce((sum, { text }) => sum + text.length, 0)
  const inputTokens = Math.ceil(characters / CHARACTERS_A_TOKEN) + pictures.length * TOKENS_A_PICTURE
  return { inputTokens, outputTokens: TOKENS_AN_ANSWER }
}
