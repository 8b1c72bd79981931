import { compactionOf, type ContextMeasure, lastMessage } from '../../protocol/context.ts'
import type { SessionState } from '../../protocol/state.ts'
import type { ModelFacts } from '../models/facts.ts'
import { type Model, ModelError, type ModelRequest, type ToolDefinition } from '../models/model.ts'
import { priced } from '../models/price.ts'
import type { Clock, Log } from '../ports.ts'
import { CancellationSource, CancelledError, orCancelled } from '../scheduling/cancellation.ts'
import type { Spending } from './budget.ts'
import { history, messagesOf } from './context.ts'
import { oldestResults, type Shortening } from './shorten.ts'
import { ASK_FOR_SUMMARY, summaryText } from './summary.ts'
import { BYTES_PER_TOKEN, bytesOfMessage, expectedUsage, measure, roomFor } from './tokens.ts'
import type { TurnEvent } from './turn.ts'

/** A summary that takes longer than this, in ms, is given up. */
export const SUMMARY_MS = 120_000
/** From this part of the room on there is too little of it; afterwards no more than that part is taken. */
const NEAR = 0.9
const TARGET = 0.6
/** The part of the room that the latest messages may take which a summary leaves as they are. */
const KEPT = 0.15
/** Steps whose results are not shortened when room is needed. */
const SPARED_STEPS = 2

/** What a session's requests to one model are made of. */
export interface Conversation {
  sessionId: string
  turnId: string
  model: Model
  /** What is known of the model. */
  facts: ModelFacts | undefined
  /** Whether a user's own action began it. */
  byUser?: boolean
  system: string
  definitions: ToolDefinition[]
  state(): SessionState
  emit(event: TurnEvent): void
  spending: Spending
  clock: Clock
  log: Log
}

/** Why room is made: the limit is near, the endpoint refused a request as too long, the user asked for a summary. */
export type Reason = 'limit' | 'overflow' | 'asked'

/** The next request, as the conversation stands. */
export function requestOf({ system, definitions, byUser, sessionId }: Conversation, state: SessionState): ModelRequest {
  return { messages: history(state, system), tools: definitions, byUser, cacheKey: sessionId }
}

export function measureOf(conversation: Conversation, state = conversation.state()): ContextMeasure {
  return measure(requestOf(conversation, state), conversation.facts, state.context)
}

/**
 * Makes room in the model's context, where there is too little: results are shortened, the oldest first; where that is
 * not enough, a summary takes the place of the conversation. A summary that cannot be had loses nothing: results are
 * shortened further, and what is known without the model stands for the rest.
 *
 * @throws {CancelledError} when it was stopped; then nothing has changed
 */
export async function makeRoom(conversation: Conversation, why: Reason, source: CancellationSource): Promise<void> {
  const state = conversation.state()
  const now = measureOf(conversation, state)
  const room = roomFor(now.limit, conversation.facts)
  // What little came since the last summary is not worth another: the rest is there in every request.
  if (why === 'limit' && (now.tokens <= room * NEAR || newBytes(conversation, state) <= bytesIn(room * KEPT, state)))
    return
  const wanted = Math.min(room, why === 'overflow' ? now.tokens : room) * TARGET
  const missing = bytesIn(now.tokens - wanted, state)
  const shortening = oldestResults(state, missing, SPARED_STEPS)
  if (why === 'limit' && shortening.saved >= missing) return shorten(conversation, shortening)
  if (lastMessage(state) === undefined || lastMessage(state) === compactionOf(state)?.upTo) return
  await summarise(conversation, { why, room: wanted / TARGET, missing }, source)
}

/** Of what the last summary does not stand for. */
function newBytes({ system }: Conversation, state: SessionState): number {
  const old = compactionOf(state) === undefined ? 1 : 2
  return history(state, system)
    .slice(old)
    .reduce((sum, message) => sum + bytesOfMessage(message), 0)
}

interface Need {
  why: Reason
  /** In tokens. */
  room: number
  /** Bytes that must go. */
  missing: number
}

async function summarise(conversation: Conversation, need: Need, source: CancellationSource): Promise<void> {
  conversation.emit({ type: 'compacting' })
  let error: string | undefined
  try {
    const words = await askForSummary(conversation, need, source)
    return compact(conversation, words, need.why === 'asked' ? 0 : need.room * KEPT)
  } catch (thrown) {
    if (thrown instanceof CancelledError && source.token.isCancellationRequested) {
      conversation.emit({ type: 'compactionEnded' })
      throw thrown
    }
    error = thrown instanceof Error ? thrown.message : String(thrown)
    conversation.log.warn(`A summary could not be made: ${error}`)
  }
  if (need.why === 'asked') return conversation.emit({ type: 'compactionEnded', error })
  withoutSummary(conversation, need)
}

/** The model's own words. @throws when there are none to be had */
async function askForSummary(conversation: Conversation, need: Need, parent: CancellationSource): Promise<string> {
  const { model, facts, clock, spending, turnId } = conversation
  const request = summaryRequest(conversation, need)
  using held = spending.reserve(expectedUsage(measure(request, facts, conversation.state().context), facts), turnId)
  if (held === undefined) throw new ModelError('budget', 'The limit of the session leaves nothing for a summary.')
  const source = new CancellationSource(parent)
  const deadline = clock.after(SUMMARY_MS, () => source.cancel('timeout'))
  const iterator = model.stream(request, source.token)[Symbol.asyncIterator]()
  let text = ''
  try {
    for (;;) {
      const next = await orCancelled(iterator.next(), source.token)
      source.token.throwIfCancelled()
      if (next.done === true) break
      if (next.value.type === 'text') text += next.value.text
      if (next.value.type === 'usage') held.charge(priced(next.value.usage, facts))
    }
  } catch (error) {
    if (!(error instanceof CancelledError) || parent.token.isCancellationRequested) throw error
    throw new ModelError('timeout', 'The model took too long to write a summary.')
  } finally {
    deadline.dispose()
    source.dispose()
    // Not waited for, it may hang.
    iterator.return?.().catch(() => undefined)
  }
  if (text.trim() === '') throw new ModelError('empty', 'The model wrote no summary.')
  return text.trim()
}

/** The conversation as it was sent, so that the endpoint knows it already; what was refused as too long, shortened. */
function summaryRequest(conversation: Conversation, { why, missing }: Need): ModelRequest {
  const state = conversation.state()
  const ids = new Set(why === 'overflow' ? oldestResults(state, missing, 0).callIds : [])
  const calls = state.calls.map((call) => (ids.has(call.id) ? { ...call, shortened: true } : call))
  const request = requestOf(conversation, ids.size === 0 ? state : { ...state, calls })
  return { ...request, messages: [...request.messages, { role: 'user', text: ASK_FOR_SUMMARY }] }
}

function withoutSummary(conversation: Conversation, { why, room, missing }: Need): void {
  const most = oldestResults(conversation.state(), missing, 0)
  if (most.saved >= missing) return shorten(conversation, most)
  // Too long and little to shorten.
  if (most.callIds.length > 0) shorten(conversation, most)
  if (why === 'overflow' || measureOf(conversation).tokens > room * NEAR) compact(conversation, undefined, room * KEPT)
}

function shorten(conversation: Conversation, { callIds }: Shortening): void {
  const state = conversation.state()
  const ids = new Set(callIds)
  const calls = state.calls.map((call) => (ids.has(call.id) ? { ...call, shortened: true } : call))
  conversation.emit({ type: 'shortened', callIds, context: measureOf(conversation, { ...state, calls }) })
}

/** @param kept how many tokens of the latest messages stay as they are */
function compact(conversation: Conversation, words: string | undefined, kept: number): void {
  const state = conversation.state()
  const from = state.messages.findIndex(({ id }) => id === compactionOf(state)?.upTo) + 1
  const to = lastOf(state, from, bytesIn(kept, state))
  const upTo = state.messages[to]?.id
  if (upTo === undefined) return
  const event = { type: 'compacted' as const, summary: summaryText(state, words), upTo, messages: to - from + 1 }
  const { compactions = [] } = state
  const standIn = { ...event, id: '', at: 0, turnId: '', after: lastMessage(state), notes: state.notes?.length ?? 0 }
  const context = measureOf(conversation, { ...state, compactions: [...compactions, standIn] })
  conversation.emit({ ...event, context })
}

/** The index of the last message to be replaced: those after it are short enough to stay. At least one goes. */
function lastOf(state: SessionState, from: number, bytes: number): number {
  const last = state.messages.findIndex(({ id }) => id === lastMessage(state))
  let left = bytes
  for (let at = last; at > from; at--) {
    const message = state.messages[at]
    left -= message === undefined ? 0 : messagesOf(state, message).reduce((sum, one) => sum + bytesOfMessage(one), 0)
    if (left < 0) return at
  }
  return Math.min(from, last)
}

function bytesIn(tokens: number, { context }: SessionState): number {
  return Math.ceil(tokens * (context?.bytesPerToken ?? BYTES_PER_TOKEN))
}
