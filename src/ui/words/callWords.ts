import type { CallStatus } from '../../protocol/events.ts'
import type { CallState } from '../../protocol/state.ts'
import { ordinal, plural } from './spans.ts'

/** The same words for a wide, a medium and a narrow panel. */
export type Words = readonly [wide: string, medium: string, narrow: string]

/** How a call looks: its status, told apart where one status has two looks. */
export type Look = Exclude<CallStatus, 'approval'> | 'ask' | 'nonzero'

export const STATUS_WORDS: Record<CallStatus, string> = {
  proposed: 'being written',
  queued: 'queued',
  approval: 'needs your answer',
  waiting: 'waiting',
  running: 'running',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  deferred: 'did not run',
  backgrounded: 'goes on in the background',
}

export function look(call: Pick<CallState, 'status' | 'exitCode'>): Look {
  if (call.status === 'approval') return 'ask'
  if (call.status === 'completed' && (call.exitCode ?? 0) !== 0) return 'nonzero'
  return call.status
}

export function stateWords(call: CallState): Words {
  switch (call.status) {
    case 'proposed':
    case 'queued':
    case 'approval':
    case 'deferred':
      return same(STATUS_WORDS[call.status])
    case 'waiting':
      return waitingWords(call)
    case 'running':
      return same('')
    case 'completed':
      return completedWords(call)
    case 'failed':
      return failedWords(call)
    case 'cancelled':
      return cancelledWords(call)
    case 'backgrounded':
      return call.fact === undefined
        ? same(STATUS_WORDS.backgrounded)
        : [`${STATUS_WORDS.backgrounded} as ${call.fact}`, `goes on as ${call.fact}`, call.fact]
  }
}

/** A script that runs says how many calls it has made. */
export function scriptWords(language: string | undefined, made: number): Words {
  const count = plural(made, 'call')
  return [[language, count].filter(Boolean).join(', '), count, count]
}

/** A call's work in the background has ended: `how` is in words. */
export function endedWords(how: string): Words {
  return [`went to the background, ended there: ${how}`, `ended: ${how}`, 'ended']
}

function same(words: string): Words {
  return [words, words, words]
}

function waitingWords({ waitingFor }: CallState): Words {
  if (waitingFor === undefined) return same(STATUS_WORDS.waiting)
  if (waitingFor.kind === 'kernel') return same('waiting for a kernel')
  if (waitingFor.kind === 'process') return same(`waiting for ${waitingFor.ids.join(', ')}`)
  if (waitingFor.kind === 'hazard') {
    const whole = `after ${waitingFor.name} ${waitingFor.summary}`.trim()
    return [whole, whole, `after ${waitingFor.name}`]
  }
  const place = `${ordinal(Math.max(1, waitingFor.place))} in line`
  return [`waiting for ${waitingFor.resource}, ${place}`, `${waitingFor.resource}, ${place}`, place]
}

function completedWords({ fact, exitCode }: CallState): Words {
  const words = fact ?? (exitCode === undefined ? '' : `exit ${exitCode}`)
  if (exitCode === undefined || !words.startsWith('exit')) return same(words)
  return [words, `exit ${exitCode}`, `exit ${exitCode}`]
}

/** An error in a medium panel is no longer than this; else its code says it. */
const MEDIUM = 28

function failedWords({ reason, result = '' }: CallState): Words {
  if (reason === 'denied') return same(result.startsWith('Error (denied): The user') ? 'denied by you' : 'denied')
  const message = result.replace(/^Error \([^)]*\): /, '')
  const first = message.split(/\n|[.;:] /, 1)[0]?.replace(/\.$/, '') ?? ''
  const code = (reason ?? 'failed').replaceAll('_', ' ')
  return [first || code, first === '' || first.length > MEDIUM ? code : first, code]
}

const CANCELLED: Record<string, { wide: string; narrow: string }> = {
  timeout: { wide: 'timed out', narrow: 'timed out' },
  steer: { wide: 'returned early', narrow: 'returned early' },
}

function cancelledWords(call: CallState): Words {
  // What a script's call was stopped by may be its script.
  const by = call.parentId === undefined ? ' by you' : ''
  const { wide, narrow } = CANCELLED[call.reason ?? ''] ?? { wide: `stopped${by}`, narrow: 'stopped' }
  if (call.fact === 'effect unknown') return [`${narrow}, effect unknown`, `${narrow}, effect unknown`, narrow]
  if (call.startedAt === undefined) return [`${wide}, did not run`, narrow, narrow]
  if (!hasPartial(call)) return [wide, narrow, narrow]
  return [`${wide}, partial result`, `${narrow}, partial`, narrow]
}

/** What the call gave besides the words that say how it ended. */
export function resultBody(call: Pick<CallState, 'result'>): string {
  return (call.result ?? '').replace(/^(?:Cancelled|Error) \([^)]*\): |^Deferred: /, '')
}

function hasPartial(call: CallState): boolean {
  return call.output !== '' || !/^(?:no output so far\.|)$/.test(resultBody(call).trim())
}

/** All that a row says, for its lane's name and for announcements. */
export function statusSentence(call: CallState): string {
  const [wide] = stateWords(call)
  if (call.status === 'failed') return `failed: ${wide}`
  return ['waiting', 'cancelled', 'backgrounded'].includes(call.status) ? wide : STATUS_WORDS[call.status]
}
