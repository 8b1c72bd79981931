import type { RestoredFiles, SessionEvent } from './events.ts'
import type { SessionState } from './state.ts'

type Of<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>

/**
 * What the user did to files: what the model knows of them holds no more. It has its place where it happened and keeps
 * it, so that what was sent once is never changed.
 */
export interface UserNote {
  /** The message that was the last one then. */
  after: string | undefined
  /** The one before the user went back beyond it. */
  was?: string
  kind: 'rejected' | 'putBack' | 'restored'
  paths: string[]
  /** Of a verdict: the hunks. */
  hunks?: string[]
}

/** A verdict, as the model has to know it. One that is taken back before the model heard of it never was. */
export function noteVerdict(state: SessionState, event: Of<'hunksReviewed'>): SessionState {
  const { turnId, path, hunks, verdict } = event
  const reviews = state.turns.find(({ id }) => id === turnId)?.reviews
  const verdicts = reviews?.find((review) => review.path === path)?.verdicts ?? []
  const rejected = verdicts.filter((one) => one.verdict === 'rejected').map(({ id }) => id)
  const changed = hunks.filter((id) => rejected.includes(id) !== (verdict === 'rejected'))
  if (changed.length === 0) return state
  const { notes = [], compactions = [] } = state
  const after = state.messages.at(-1)?.id
  const opposite = verdict === 'rejected' ? 'putBack' : 'rejected'
  const told = compactions.at(-1)?.notes ?? 0
  const unsaid = (note: UserNote, index: number): boolean =>
    index >= told && note.after === after && note.kind === opposite && note.paths[0] === path
  const taken = new Set(notes.filter(unsaid).flatMap(({ hunks: of = [] }) => of))
  const kept = notes.flatMap((note, index) => (unsaid(note, index) ? without(note, changed) : [note]))
  const left = changed.filter((id) => !taken.has(id))
  const kind = verdict === 'rejected' ? 'rejected' : 'putBack'
  const added: UserNote[] = left.length === 0 ? [] : [{ after, kind, paths: [path], hunks: left }]
  return { ...state, notes: [...kept, ...added] }
}

/** Files that were restored; with the conversation the model forgets what it did to them. */
export function noteRestore(state: SessionState, files: RestoredFiles | undefined): SessionState {
  const paths = [...(files?.restored ?? []), ...(files?.merged ?? [])]
  if (paths.length === 0) return state
  const note: UserNote = { after: state.messages.at(-1)?.id, kind: 'restored', paths }
  return { ...state, notes: [...(state.notes ?? []), note] }
}

/** The notes when the end of the conversation is gone: what stood in it stands at its new end. */
export function keepNotes(state: SessionState): SessionState {
  if (state.notes === undefined) return state
  const there = new Set(state.messages.map(({ id }) => id))
  const end = state.messages.at(-1)?.id
  const notes = state.notes.map((note) =>
    note.after === undefined || there.has(note.after) ? note : { ...note, after: end, was: note.was ?? note.after },
  )
  return { ...state, notes }
}

/** The notes when it is there again. */
export function putNotesBack(state: SessionState): SessionState {
  const there = new Set(state.messages.map(({ id }) => id))
  const notes = state.notes?.map((note) => {
    const { was, ...rest } = note
    return was !== undefined && there.has(was) ? { ...rest, after: was } : note
  })
  return notes === undefined ? state : { ...state, notes }
}

function without(note: UserNote, ids: readonly string[]): UserNote[] {
  const hunks = note.hunks?.filter((id) => !ids.includes(id)) ?? []
  return hunks.length === 0 ? [] : [{ ...note, hunks }]
}
