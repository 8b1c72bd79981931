import type { CallStatus } from '../../protocol/events.ts'
import { goingOn } from '../../protocol/processState.ts'
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
  /** What goes on in the background. */
  background: number
  /** Files of the last turn that need a verdict. */
  review?: { turnId: string; files: number }
}

type Words = Omit<StatusLine, 'background'>

/** Undefined for a session in which nothing has happened. */
export function statusLine(session: SessionState, stopping: boolean): StatusLine | undefined {
  const turn = session.turns.at(-1)
  if (turn === undefined) return undefined
  const background = goingOn(session.processes).length
  const line =
    turn.endedAt !== undefined && session.compacting !== undefined
      ? summarising(stopping)
      : turn.endedAt === undefined
        ? runningLine(session, turn, stopping || turn.status === 'stopping')
        : endedLine(session, turn)
  const said = background > 0 ? `${line.said} ${background} in the background.` : line.said
  return { ...line, said, background }
}

/** A script in the background may ask when its turn has ended. */
function endedLine(session: SessionState, turn: TurnState): Words {
  const [kind, words] = ENDED[turn.status]
  const asking = countAsking(session)
  const all = asking > 0 ? [words.toLowerCase(), `${asking} needs your answer`] : [words.toLowerCase()]
  const files = toReview(session, turn.id).length
  const ended = { kind: asking > 0 ? ('ask' as const) : kind, words, said: `Turn ${all.join(', ')}.`, asking }
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

function runningLine(session: SessionState, turn: TurnState, stopping: boolean): Words {
  if (stopping) return { kind: 'running', words: 'Stopping …', said: 'Stopping.', asking: 0 }
  if (session.compacting !== undefined) return summarising(false)
  if (turn.budget !== undefined) {
    const words = 'Needs your answer'
    return { kind: 'ask', words, said: 'Turn waiting. A limit needs your answer.', asking: countAsking(session) }
  }
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
  const words = [...model, ...live]
  const kind = words.length === 0 ? 'ask' : 'running'
  const all = asking > 0 ? [...words, `${asking} needs your answer`] : words
  return { kind, words: words.join(' · '), said: `Turn running. ${all.join(', ')}.`, asking }
}

function summarising(stopping: boolean): Words {
  const words = stopping ? 'Stopping …' : 'Summarising'
  return { kind: 'running', words, said: `${words.replace(' …', '')} the conversation.`, asking: 0 }
}

function countAsking({ calls }: SessionState): number {
  return calls.filter(({ status }) => status === 'approval').length
}

function writing({ messages }: SessionState): boolean {
  const last = messages.at(-1)
  return last?.role === 'assistant' && last.streaming && (last.text !== '' || last.drafts.length > 0)
}
