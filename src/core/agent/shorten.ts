import type { CallState, SessionState } from '../../protocol/state.ts'
import { compactionOf } from '../../protocol/context.ts'

/** Shorter results stay whole, in UTF-16 units. */
const LONG = 1_500
/** What stays of a longer one: its beginning and its end. */
const HEAD = 700
const TAIL = 300

/** A result as the model gets it when room is needed: always the same for the same text. */
export function shortenedText(text: string): string {
  if (text.length <= LONG) return text
  const left = text.length - HEAD - TAIL
  const gap = `(… ${left} characters were left out to make room. Call again if you need them …)`
  return `${text.slice(0, HEAD).toWellFormed()}\n${gap}\n${text.slice(-TAIL).toWellFormed()}`
}

export interface Shortening {
  callIds: string[]
  /** Bytes of the conversation that they save. */
  saved: number
}

/**
 * The results to be shortened so that as many bytes are saved, the oldest first; fewer when there are no more.
 *
 * @param spared how many of the last steps keep theirs
 */
export function oldestResults(state: SessionState, bytes: number, spared: number): Shortening {
  const calls = new Map(state.calls.map((call) => [call.id, call]))
  const steps = stepsOf(state)
  const callIds: string[] = []
  let saved = 0
  for (const callId of steps.slice(0, Math.max(0, steps.length - spared)).flat()) {
    if (saved >= bytes) break
    const saves = savingOf(calls.get(callId))
    if (saves <= 0) continue
    callIds.push(callId)
    saved += saves
  }
  return { callIds, saved }
}

/** The calls of each step that the model still gets. */
function stepsOf(state: SessionState): string[][] {
  const upTo = compactionOf(state)?.upTo
  const from = state.messages.findIndex(({ id }) => id === upTo) + 1
  return state.messages.slice(from).flatMap((message) => (message.role === 'assistant' ? [message.callIds] : []))
}

function savingOf(call: CallState | undefined): number {
  if (call?.result === undefined || call.shortened === true || call.result.length <= LONG) return 0
  return Buffer.byteLength(call.result) - Buffer.byteLength(shortenedText(call.result))
}
