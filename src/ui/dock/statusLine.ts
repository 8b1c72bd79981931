import type { CallStatus } from '../../protocol/events.ts'
import type { SessionState, TurnState } from '../../protocol/state.ts'
import { toReview } from '../transcript/reviewState.ts'
import { plural } from '../words/spans.ts'
import type { Look } from '../words/callWords.ts'

/** What the status line says; times and costs apart, which tick. */
export interface StatusLine {
  kind: Look
  words: string
  /** For a screen reader. */
  said: string
  /** Calls that need an answer. */
  asking: number
  /** Files of the last turn that need a verdict. */
  review?: { turnId: string; files: number }
}

/** Undefined for a session in which nothing has happened. */
export function statusLine(session: SessionState, stopping: boolean): StatusLine | undefined {
  const turn = session.turns.at(-1)
  if (turn === undefined) return undefined
  if (turn.endedAt === undefined) return runningLine(session, turn, stopping || turn.status === 'stopping')
  const [kind, words] = ENDED[turn.status]
  const files = toReview(session, turn.id).length
  const ended = { kind, words, said: `Turn ${words.toLowerCase()}.`, asking: 0 }
  if (files === 0) return ended
  const said = `${ended.said} ${plural(files, 'file')} to review.`
  return { ...ended, said, review: { turnId: turn.id, files } }
}

const ENDED: Record<TurnState['status'], [Look, string]> = {
  running: ['running', 'Running'],
  stopping: ['running', 'Stopping …'],
  completed: ['completed', 'Completed'],
  stopped: ['cancelled', 'Stopped'],
  failed: ['failed', 'Failed'],
}

function runningLine(session: SessionState, turn: TurnState, stopping: boolean): StatusLine {
  if (stopping) return { kind: 'running', words: 'Stopping …', said: 'Stopping.', asking: 0 }
  if (turn.notice?.retryAt !== undefined) {
    return { kind: 'waiting', words: 'Waiting for the model’s server', said: turn.notice.text, asking: 0 }
  }
  const calls = session.calls.filter((call) => call.turnId === turn.id)
  const count = (...of: CallStatus[]): number => calls.filter((call) => of.includes(call.status)).length
  const asking = count('approval')
  const some = (n: number, word: string): string[] => (n > 0 ? [`${n} ${word}`] : [])
  const live = [...some(count('running'), 'running'), ...some(count('waiting', 'queued', 'proposed'), 'waiting')]
  const idle = live.length === 0 && asking === 0
  const model = idle ? [writing(session) ? 'Writing' : 'Waiting for the model'] : []
  const words = [...model, ...live, ...some(count('backgrounded'), 'in the background')]
  const kind = words.length === 0 ? 'ask' : 'running'
  const all = asking > 0 ? [...words, `${asking} needs your answer`] : words
  return { kind, words: words.join(' · '), said: `Turn running. ${all.join(', ')}.`, asking }
}

function writing({ messages }: SessionState): boolean {
  const last = messages.at(-1)
  return last?.role === 'assistant' && last.streaming && (last.text !== '' || last.drafts.length > 0)
}
