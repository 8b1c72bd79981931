import type { JSX } from 'preact'
import type { CallState } from '../../protocol/state.ts'
import { look } from '../words/callWords.ts'
import { drawn, lastEnd, origin } from './timeline.ts'

/** More calls than this do not fit. */
const MOST = 16

/** The score in small, for a folded step. */
export function Mini({ calls, now }: { calls: readonly CallState[]; now: number }): JSX.Element {
  const start = origin(calls)
  const height = Math.max(1, Math.min(3, Math.floor(MOST / calls.length)))
  const domain = Math.max(1, lastEnd(calls, now) - start)
  return (
    <span class="mini" aria-hidden="true" style={{ '--domain': domain, '--p': `${height}px` }}>
      {calls.slice(0, MOST).map((call) => (
        <i key={call.id}>
          {drawn(call).map((part, i) => (
            <b
              key={i}
              class={part.kind === 'waiting' ? 'w' : look(call)}
              style={{ '--a': part.from - start, '--b': (part.to ?? now) - start }}
            />
          ))}
        </i>
      ))}
    </span>
  )
}
