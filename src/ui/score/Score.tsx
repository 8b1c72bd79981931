import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { CallState } from '../../protocol/state.ts'
import { usePanel } from '../panel.ts'
import { reveal } from '../rows.ts'
import { plural, tickLabel } from '../words/spans.ts'
import { lanesOf, niceEnd, pitchOf, ticksOf } from './axis.ts'
import { Lane } from './Lane.tsx'
import { causeOf, lastEnd, origin, segments, timing } from './timeline.ts'

interface Props {
  calls: readonly CallState[]
  /** Whether the axis still grows. */
  live: boolean
}

/** One lane per call on one time axis: which calls ran at the same time, waited, and ended how. */
export function Score({ calls, live }: Props): JSX.Element {
  const panel = usePanel()
  const start = origin(calls)
  const root = useRef<HTMLDivElement>(null)
  const [liveEnd, setLiveEnd] = useState(() => niceEnd(panel.clock.now() - start))
  useLayoutEffect(() => {
    if (!live) return undefined
    return panel.clock.each((now) => {
      const at = now - start
      root.current?.style.setProperty('--now', String(at))
      setLiveEnd(niceEnd(at))
    })
  }, [live, start])
  const linked = useComputed(() => panel.cards.linked.value).value
  const call = calls.find(({ id }) => id === linked)
  const domain = live ? liveEnd : Math.max(1, lastEnd(calls, panel.clock.now()) - start)
  const pitch = pitchOf(calls.length)
  const lanes = lanesOf(calls)
  const cause = call && calls.find(({ id }) => id === causeOf(call))
  return (
    <div
      ref={root}
      class={`score ${pitch < 6 ? 'thin' : ''} ${call ? 'linking' : ''}`}
      role="toolbar"
      aria-orientation="vertical"
      aria-label={`Score: ${plural(calls.length, 'call')} on one time axis`}
      style={{ '--domain': domain, '--pitch': `${pitch}px`, '--bar': `${pitch >= 8 ? 5 : pitch - 1}px` }}
    >
      <Ruler domain={domain} />
      {call && <Readout call={call} cause={cause} now={panel.clock.now()} />}
      <div class="lanes">
        {ticksOf(domain)
          .slice(1)
          .map((at) => (
            <i key={at} class="tick" style={{ '--t': at }} />
          ))}
        {lanes.map((group, row) => (
          <Lane
            key={group[0]?.id ?? row}
            calls={group}
            first={row === 0}
            start={start}
            mark={markOf(group, call, cause)}
            onGo={(id) => reveal(panel, id)}
          />
        ))}
        {live && <i class="playhead" />}
        {call && cause && (
          <Tie from={rowOf(lanes, cause)} to={rowOf(lanes, call)} pitch={pitch} at={waitEnd(call)} start={start} />
        )}
      </div>
    </div>
  )
}

function markOf(group: readonly CallState[], call?: CallState, cause?: CallState): string {
  if (call !== undefined && group.includes(call)) return 'linked'
  return cause !== undefined && group.includes(cause) ? 'cause' : ''
}

function Ruler({ domain }: { domain: number }): JSX.Element {
  return (
    <div class="ruler" aria-hidden="true">
      {ticksOf(domain).map((at) => (
        <span key={at} style={{ '--t': at }}>
          {at === 0 ? '0' : tickLabel(at)}
        </span>
      ))}
      <span key="last" class="last" style={{ '--t': domain }}>
        {tickLabel(domain)}
      </span>
    </div>
  )
}

function Readout({ call, cause, now }: { call: CallState; cause: CallState | undefined; now: number }): JSX.Element {
  return (
    <div class="readout" aria-hidden="true">
      <span class="muted">{call.name} </span>
      {call.summary}
      <span class="muted">
        {`\u2002${timing(call, now)}`}
        {cause && `, after ${cause.name}`}
      </span>
    </div>
  )
}

function rowOf(lanes: readonly CallState[][], call: CallState): number {
  return lanes.findIndex((group) => group.includes(call))
}

/** When the call had waited for its cause; undefined while it waits. */
function waitEnd(call: CallState): number | undefined {
  return segments(call).find((part) => part.waitingFor?.kind === 'hazard')?.to
}

interface TieProps {
  from: number
  to: number
  pitch: number
  at: number | undefined
  start: number
}

/** Joins a call's lane with that of the sibling it waited for. */
function Tie({ from, to, pitch, at, start }: TieProps): JSX.Element {
  const top = (Math.min(from, to) + 0.5) * pitch
  const end = at === undefined ? 'var(--now)' : String(at - start)
  return (
    <i
      class="tie"
      style={{
        top: `${top}px`,
        height: `${Math.abs(to - from) * pitch}px`,
        left: `calc(${end} / var(--domain) * 100% - ${at === undefined ? 6 : 0}px)`,
      }}
    />
  )
}
