import type { WaitingFor } from '../../protocol/events.ts'
import type { CallPhase, CallState } from '../../protocol/state.ts'
import { span } from '../words/spans.ts'

/** Waits and false starts shorter than this are not drawn, in ms. */
const SHORTEST = 100

/** A piece of a lane, in ms since the epoch; it goes on while `to` is undefined. */
export interface Segment {
  kind: 'waiting' | 'running'
  from: number
  to: number | undefined
  waitingFor?: WaitingFor
}

type Timed = Pick<CallState, 'proposedAt' | 'startedAt' | 'endedAt' | 'phases'>

/** What a call did, in time's order, without a gap: false starts are part of the wait that follows them. */
export function segments(call: Timed): Segment[] {
  const out: Segment[] = []
  const phases = phasesOf(call)
  for (const [i, phase] of phases.entries()) {
    const to = phases[i + 1]?.at ?? call.endedAt
    const blip = phase.kind === 'running' && i + 1 < phases.length && to !== undefined && to - phase.at < SHORTEST
    const kind = blip ? 'waiting' : phase.kind
    const last = out.at(-1)
    if (last?.kind === kind) {
      last.to = to
      last.waitingFor ??= phase.waitingFor
    } else out.push({ kind, from: phase.at, to, waitingFor: phase.waitingFor })
  }
  return out
}

function phasesOf({ proposedAt, startedAt, phases }: Timed): CallPhase[] {
  const begun: CallPhase[] = startedAt === undefined ? [] : [{ kind: 'running', at: startedAt }]
  return [{ kind: 'waiting', at: proposedAt }, ...(phases ?? begun)]
}

/** The segments that are seen: short waits are left out when they are over. */
export function drawn(call: Timed): Segment[] {
  return segments(call).filter(({ kind, from, to }) => kind === 'running' || to === undefined || to - from >= SHORTEST)
}

/** When the call's work began: its first run that was more than a false start. */
export function beganAt(call: Timed): number | undefined {
  return segments(call).find((part) => part.kind === 'running')?.from
}

/** Time running, or waiting until then, in ms; undefined for a call that ended before it ran. */
export function elapsed(call: Timed, now: number): number | undefined {
  const began = beganAt(call)
  if (call.endedAt !== undefined) return began === undefined ? undefined : call.endedAt - began
  return Math.max(0, now - (began ?? call.proposedAt))
}

/** `waited 12 s, ran 2.3 s`. */
export function timing(call: Timed, now: number): string {
  const total = { waiting: 0, running: 0 }
  for (const part of segments(call)) total[part.kind] += Math.max(0, (part.to ?? now) - part.from)
  const live = call.endedAt === undefined
  const waited = total.waiting >= SHORTEST && `waited ${span(total.waiting, live && total.running === 0)}`
  const ran = total.running > 0 && `ran ${span(total.running, live)}`
  return [waited, ran].filter(Boolean).join(', ')
}

/** The sibling that the call waited for last. */
export function causeOf(call: CallState): string | undefined {
  const waits = [call.waitingFor, ...(call.phases ?? []).map((phase) => phase.waitingFor).toReversed()]
  return waits.find((wait) => wait?.kind === 'hazard')?.callId
}

/** How many calls ran at the same time, at most. */
export function mostAtOnce(calls: readonly Timed[], now: number): number {
  const edges = calls.flatMap(segments).flatMap((part) =>
    part.kind === 'waiting'
      ? []
      : [
          { at: part.from, step: 1 },
          { at: part.to ?? now + 1, step: -1 },
        ],
  )
  edges.sort((a, b) => a.at - b.at || a.step - b.step)
  let open = 0
  let most = 0
  for (const edge of edges) most = Math.max(most, (open += edge.step))
  return most
}

/** All the time that calls ran, added up, in ms. */
export function work(calls: readonly Timed[], now: number): number {
  const runs = calls.flatMap(segments).filter((part) => part.kind === 'running')
  return runs.reduce((sum, part) => sum + Math.max(0, (part.to ?? now) - part.from), 0)
}

export function origin(calls: readonly Timed[]): number {
  return Math.min(...calls.map((call) => call.proposedAt))
}

/** When the last call ended; `now` while one goes on. */
export function lastEnd(calls: readonly Timed[], now: number): number {
  return Math.max(...calls.map((call) => call.endedAt ?? now))
}
