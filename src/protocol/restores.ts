import type { RestoredFiles, RestoreScope, SessionEvent } from './events.ts'
import { keepNotes, noteRestore, putNotesBack } from './notes.ts'
import type { CallState, MessageState, SessionState, TurnState } from './state.ts'

type Of<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>

/** The user's going back, or the taking back of that. */
export interface RestoreState {
  /** Of the event: no two of a session have the same. */
  id: string
  at: number
  /** The turn that it went back to the beginning of. */
  turnId: string
  /** The last turn that stood before it in the conversation; none when it was empty. */
  after: string | undefined
  scope: RestoreScope
  files?: RestoredFiles
  /** It took an earlier one back. */
  undoes?: string
  /** It was taken back itself. */
  undone?: boolean
  /** The conversation that was taken away, until the next turn begins. */
  removed?: Conversation
}

/** A part of a conversation. */
export interface Conversation {
  turns: TurnState[]
  messages: MessageState[]
  calls: CallState[]
}

/** Back to before a turn: with the conversation, it and all that came after it leave the state. */
export function restore(state: SessionState, { turnId, scope, files, at }: Of<'restored'>): SessionState {
  const from = state.turns.findIndex(({ id }) => id === turnId)
  const removed = scope === 'files' || from === -1 ? undefined : conversationFrom(state, from)
  const kept = removed === undefined ? state : keepNotes(without(state, removed))
  const restores = state.restores ?? []
  const id = `${at}-${restores.length}`
  const after = kept.turns.at(-1)?.id
  const noted = scope === 'both' ? kept : noteRestore(kept, files)
  return { ...noted, restores: [...withoutOlder(restores), { id, at, turnId, after, scope, files, removed }] }
}

/** As it was before the user went back; the conversation too, unless it has gone on since. */
export function undoRestore(state: SessionState, { id: undoes, files, turnId, at }: Of<'restoreUndone'>): SessionState {
  const restores = state.restores ?? []
  const undone = restores.find(({ id }) => id === undoes)
  if (undone === undefined) return state
  const { removed } = undone
  const whole = removed === undefined ? state : putNotesBack(withConversation(state, removed))
  const marked = restores.map((one) => (one === undone ? { ...one, undone: true, removed: undefined } : one))
  const after = whole.turns.at(-1)?.id
  const { scope } = undone
  const id = `${at}-${restores.length}`
  return { ...noteRestore(whole, files), restores: [...marked, { id, at, turnId, after, scope, files, undoes }] }
}

/** The conversation goes on: what was taken away from it stays away. */
export function withoutRemoved(state: SessionState): SessionState {
  return state.restores === undefined ? state : { ...state, restores: withoutOlder(state.restores) }
}

function withoutOlder(restores: RestoreState[]): RestoreState[] {
  return restores.map((one) => (one.removed === undefined ? one : { ...one, removed: undefined }))
}

function conversationFrom({ turns, messages, calls }: SessionState, from: number): Conversation {
  const gone = new Set(turns.slice(from).map(({ id }) => id))
  return {
    turns: turns.slice(from),
    messages: messages.filter(({ turnId }) => gone.has(turnId)),
    calls: calls.filter(({ turnId }) => gone.has(turnId)),
  }
}

function without(state: SessionState, { turns, messages, calls }: Conversation): SessionState {
  const gone = new Set(turns.map(({ id }) => id))
  const before = state.forgotten ?? { turns: 0, messages: 0, calls: 0 }
  return {
    ...state,
    turns: state.turns.filter(({ id }) => !gone.has(id)),
    messages: state.messages.filter(({ turnId }) => !gone.has(turnId)),
    calls: state.calls.filter(({ turnId }) => !gone.has(turnId)),
    forgotten: {
      turns: before.turns + turns.length,
      messages: before.messages + messages.length,
      calls: before.calls + calls.length,
    },
  }
}

function withConversation(state: SessionState, { turns, messages, calls }: Conversation): SessionState {
  const before = state.forgotten ?? { turns: 0, messages: 0, calls: 0 }
  return {
    ...state,
    turns: [...state.turns, ...turns],
    messages: [...state.messages, ...messages],
    calls: [...state.calls, ...calls],
    forgotten: {
      turns: before.turns - turns.length,
      messages: before.messages - messages.length,
      calls: before.calls - calls.length,
    },
  }
}
