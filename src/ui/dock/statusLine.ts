import type { CallStatus } from '../../protocol/events.ts'
import type { SessionState, TurnState } from '../../protocol/state.ts'
import type { Look } from '../words/callWords.ts'

/** What the status line says; times and costs apart, which tick. */
export interface StatusLine {
  kind: Look
  words: string
  /** For a screen reader. */
  said: string
  /** Calls that need an answer. */
  asking: number
}

/** Undefined for a session in which nothing has happened. */
export function statusLine(session: SessionState, stopping: boolean): StatusLine | undefined {
  const turn = session.turns.at(-1)
  if (turn === undefined) return undefined
  if (turn.endedAt === undefined) return runningLine(session, turn, stopping || turn.status === 'stopping')
  const [kind, words] = ENDED[turn.status]
  // A script in the background may ask when its turn has ended.
  const asking = countAsking(session)
  const all = asking > 0 ? [words, `${asking} needs your answer`] : [words]
  return { kind: asking > 0 ? 'ask' : kind, words, said: `Turn ${all.join(', ').toLowerCase()}.`, asking }
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
  const asking = countAsking(session)
  const some = (n: number, word: string): string[] => (n > 0 ? [`${n} ${word}`] : [])
  const live = [...some(count('running'), 'running'), ...some(count('waiting', 'queued', 'proposed'), 'waiting')]
  const idle = live.length === 0 && asking === 0
  const model = idle ? [writing(session) ? 'Writing' : 'Waiting for the model'] : []
  const words = [...model, ...live, ...some(count('backgrounded'), 'in the background')]
  const kind = words.length === 0 ? 'ask' : 'running'
  const all = asking > 0 ? [...words, `${asking} needs your answer`] : words
  return { kind, words: words.join(' · '), said: `Turn running. ${all.join(', ')}.`, asking }
}

function countAsking({ calls }: SessionState): number {
  return calls.filter(({ status }) => status === 'approval').length
}

function writing({ messages }: SessionState): boolean {
  const last = messages.at(-1)
  return last?.role === 'assistant' && last.streaming && (last.text !== '' || last.drafts.length > 0)
}
