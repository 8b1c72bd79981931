import type { JSX } from 'preact'
import type { CallState } from '../../protocol/state.ts'
import { usePanel } from '../panel.ts'
import { look, STATUS_WORDS, statusSentence, type Look } from '../words/callWords.ts'
import { drawn, timing, type Segment } from './timeline.ts'

interface Props {
  calls: readonly CallState[]
  first: boolean
  /** When the axis starts, in ms since the epoch. */
  start: number
  /** `linked`, `cause` or nothing. */
  mark: string
  onGo: (callId: string) => void
}

/** One call's line on the axis; beyond 32 calls, neighbours share it. */
export function Lane({ calls, first, start, mark, onGo }: Props): JSX.Element {
  const now = usePanel().clock.now()
  const id = calls[0]?.id ?? ''
  return (
    <button
      type="button"
      class={`lane ${mark}`}
      tabIndex={first ? 0 : -1}
      data-for={calls.map((call) => call.id).join(' ')}
      aria-label={nameOf(calls, now)}
      onClick={() => onGo(id)}
    >
      <span>
        {calls.map((call) => (
          <Segments key={call.id} call={call} start={start} />
        ))}
      </span>
    </button>
  )
}

/** Says it all; without ticking times, which would be old when they are heard. */
function nameOf(calls: readonly CallState[], now: number): string {
  const [call] = calls
  if (call === undefined || calls.length > 1) {
    return `${calls.length} calls: ${calls.map(({ name, status }) => `${name} ${STATUS_WORDS[status]}`).join(', ')}`
  }
  const times = call.endedAt === undefined ? '' : timing(call, now)
  return `${call.name} ${call.summary}: ${[times, statusSentence(call)].filter(Boolean).join(', ')}`
}

function classOf({ kind, to }: Segment, last: boolean, how: Look): string {
  const live = to === undefined ? 'live' : ''
  return kind === 'running' ? `seg run ${how} ${live}` : `seg wait ${last ? how : ''} ${live}`
}

const END_MARKS: Partial<Record<Look, string>> = {
  failed: 'M1 1l5 5M6 1l-5 5',
  nonzero: 'M3.5 0v4M3.5 5.5v1.5',
  cancelled: 'M1 1h5v5h-5z',
  ask: 'M3.5.5l3 3-3 3-3-3z',
  backgrounded: 'M1 .5l3 3-3 3',
  deferred: 'M1 3.5a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0',
}

function Segments({ call, start }: { call: CallState; start: number }): JSX.Element | null {
  if (call.status === 'proposed') return null
  const kind = look(call)
  const parts = drawn(call)
  const at = (time: number | undefined): string => (time === undefined ? '' : String(time - start))
  const mark = END_MARKS[kind]
  return (
    <>
      {parts.map((part, i) => (
        <i
          key={i}
          class={classOf(part, i === parts.length - 1, kind)}
          style={part.to === undefined ? { '--a': at(part.from) } : { '--a': at(part.from), '--b': at(part.to) }}
        />
      ))}
      {mark !== undefined && (
        <svg
          viewBox="0 0 7 7"
          class={`end ${kind} ${call.endedAt === undefined ? 'live' : ''}`}
          style={call.endedAt === undefined ? {} : { '--b': at(call.endedAt) }}
          aria-hidden="true"
        >
          <path d={mark} />
        </svg>
      )}
    </>
  )
}
