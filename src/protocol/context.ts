import type { SessionEvent, Usage } from './events.ts'
import type { SessionState } from './state.ts'

type Of<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>

/** What a request holds, and what the model can take. */
export interface ContextMeasure {
  /** Of the request's texts, in UTF-8. */
  bytes: number
  /** Estimated from the bytes. */
  tokens: number
  /** The model's context, in tokens. */
  limit: number
  /** The limit is a guess: nothing is known of the model. */
  assumed?: boolean
}

/** How full the model's context is: estimated before a request, as the endpoint says after it. */
export interface ContextState extends ContextMeasure {
  /** Learned from what the endpoint reported for the session's own requests. */
  bytesPerToken?: number
}

/** A summary that stands for the beginning of the conversation. */
export interface CompactionState {
  /** Of the event: no two of a session have the same. */
  id: string
  at: number
  turnId: string
  /** The message after which it happened. */
  after: string | undefined
  /** The last message that it stands for. */
  upTo: string
  /** How many it stands for. */
  messages: number
  summary: string
  /** How many of the session's notes it stands for. */
  notes: number
}

/** What a report may come to, in bytes a token; endpoints that count something else are not believed beyond. */
const LEAST_BYTES = 1.5
const MOST_BYTES = 8

/** The state while a request is on its way. */
export function measured(state: SessionState, context: ContextMeasure | undefined): SessionState {
  if (context === undefined) return state
  const { bytes, tokens, limit, assumed } = context
  const bytesPerToken = state.context?.bytesPerToken
  return { ...state, context: { bytes, tokens, limit, assumed, bytesPerToken } }
}

/** The state when the endpoint has said how much the request was; what it answered is part of the next one. */
export function calibrated(state: SessionState, { inputTokens, outputTokens }: Usage): SessionState {
  const { context } = state
  if (context === undefined || inputTokens <= 0) return state
  const bytesPerToken = Math.min(MOST_BYTES, Math.max(LEAST_BYTES, context.bytes / inputTokens))
  return { ...state, context: { ...context, tokens: inputTokens + outputTokens, bytesPerToken } }
}

/** The state after something that makes room in the model's context. */
export function reduceContext(
  state: SessionState,
  event: Of<'compacting' | 'compacted' | 'shortened' | 'compactionEnded'>,
): SessionState {
  switch (event.type) {
    case 'compacting':
      return { ...state, status: 'running', compacting: { at: event.at, turnId: event.turnId } }
    case 'compactionEnded':
      return over(state, event.error)
    case 'compacted':
      return compact(over(state), event)
    case 'shortened':
      return shorten(over(state), event)
  }
}

function over(state: SessionState, compactionError?: string): SessionState {
  const status = state.turns.some(({ endedAt }) => endedAt === undefined) ? 'running' : 'idle'
  return { ...state, status, compacting: undefined, compactionError }
}

/** A summary takes the place of what came before. */
function compact(state: SessionState, event: Of<'compacted'>): SessionState {
  const { at, turnId, upTo, messages, summary, context } = event
  const compactions = state.compactions ?? []
  const id = `${at}-${compactions.length}`
  const notes = state.notes?.length ?? 0
  const compaction = { id, at, turnId, after: lastMessage(state), upTo, messages, summary, notes }
  return measured({ ...state, compactions: [...compactions, compaction] }, context)
}

/** Results that the model gets shortened from now on. */
function shorten(state: SessionState, { callIds, context }: Of<'shortened'>): SessionState {
  const ids = new Set(callIds)
  const calls = state.calls.map((call) => (ids.has(call.id) ? { ...call, shortened: true } : call))
  return measured({ ...state, calls }, context)
}

/** The summary that holds: the last one of which the user has not taken back anything that it knows. */
export function compactionOf({ compactions = [], messages }: SessionState): CompactionState | undefined {
  return compactions.findLast(({ after }) => messages.some(({ id }) => id === after))
}

/** A step that has begun and said nothing yet is not part of the conversation. */
export function lastMessage({ messages }: SessionState): string | undefined {
  return messages.findLast((message) => message.role === 'user' || message.text !== '' || message.callIds.length > 0)
    ?.id
}
