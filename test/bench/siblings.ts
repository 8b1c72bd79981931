import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Processes } from '../../src/core/processes/processes.ts'
import { CancellationSource } from '../../src/core/scheduling/cancellation.ts'
import type { Claim } from '../../src/core/scheduling/claims.ts'
import { Batch } from '../../src/core/scheduling/scheduler.ts'
import { Slots } from '../../src/core/scheduling/slots.ts'
import { systemClock } from '../../src/host/clock.ts'
import { noCalls, noChildren, openGate, silentLog, someTurn } from '../support/openGate.ts'
import { CALLS, criticalPath, DOCUMENTS, mixedCalls, type MixedCall } from './mix.ts'
import { median, type Row, timed } from './report.ts'
import { oneAfterAnother, oneLock, type Rival, type RivalCall, splitAtMutations } from './rivals.ts'

const ROUNDS = 3
const rivals: [string, Rival][] = [
  ['split at each call that changes something', splitAtMutations],
  ['one reader/writer lock', oneLock],
  ['one after another', oneAfterAnother],
]

/** 128 mixed sibling calls as Stretto runs them and as others would, against the longest chain through hazards. */
export async function siblings(): Promise<Row[]> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'stretto-bench-')))
  try {
    return [...(await mixed(folder, 8)), ...(await mixed(folder, 1)), await withProcesses(folder)]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function mixed(folder: string, longestRun: number): Promise<Row[]> {
  const order = longestRun === 1 ? 'shuffled' : `runs of up to ${longestRun} of a kind`
  // Of what the timers are set to, so that no scheduler can be below it; what they are late counts against each.
  const path = criticalPath(await withClaims(mixedCalls(folder, longestRun).calls))
  const ours: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const mix = mixedCalls(folder, longestRun)
    ours.push(await timed(() => asStretto(mix.calls)))
    mix.expectEdited()
  }
  // Timers wait side by side: the rivals do not slow each other down.
  const theirs = await Promise.all(
    rivals.map(async ([name, rival]) => {
      const mix = mixedCalls(folder, longestRun)
      const ms = await timed(() => rival(mix.calls.map(rivalCall)))
      mix.expectEdited()
      return [name, ms] as const
    }),
  )
  const detail = `${CALLS} reads, edits on ${DOCUMENTS} documents and commands (timers of 10 to 500 ms), ${order}; longest chain ${path.toFixed(0)} ms`
  const row = (name: string, ms: number): Row => ({
    name: `${name} / critical path`,
    detail: `${ms.toFixed(0)} ms; ${detail}`,
    value: ms / path,
    unit: '×',
  })
  const others = theirs.map(([name, ms]) => row(name, ms))
  return [{ ...row(`Stretto, ${order}`, median(ours)), target: 1.05 }, ...others]
}

/** Real commands take what they take: the chain is made of the times that each call ran in this very run. */
async function withProcesses(folder: string): Promise<Row> {
  const processes = new Processes()
  const mix = mixedCalls(folder, 8, processes)
  const took = new Map<string, number>()
  const ms = await timed(() => asStretto(mix.calls, took))
  mix.expectEdited()
  await processes.dispose()
  const calls = await withClaims(mix.calls)
  const path = criticalPath(calls.map(({ claims, ms: planned }, i) => ({ claims, ms: took.get(String(i)) ?? planned })))
  const detail = `${ms.toFixed(0)} ms; the same calls, each command a real process; longest chain ${path.toFixed(0)} ms, as measured`
  return { name: 'Stretto, real processes / critical path', detail, value: ms / path, unit: '×', target: 1.05 }
}

/** @param took filled with the time that each call ran, in ms */
async function asStretto(calls: readonly MixedCall[], took = new Map<string, number>()): Promise<void> {
  const begun = new Map<string, number>()
  const emit = ({ type, callId }: { type: string; callId: string }): void => {
    if (type === 'callRunning' && !begun.has(callId)) begun.set(callId, performance.now())
    if (type === 'callEnded') took.set(callId, performance.now() - (begun.get(callId) ?? 0))
  }
  const parts = {
    turn: someTurn,
    ...noChildren(),
    slots: new Slots(() => CALLS),
    gate: openGate,
    clock: systemClock,
    log: silentLog,
    emit,
  }
  const batch = new Batch(parts, new CancellationSource())
  for (const [i, { tool, input }] of calls.entries()) void batch.submit({ id: String(i), tool, input, summary: '' })
  for (const result of await batch.results()) if (result.status !== 'completed') throw new Error(result.result)
}

function rivalCall({ kind, tool, input }: MixedCall): RivalCall {
  const { token } = new CancellationSource()
  const owner = { ...someTurn, callId: '' }
  const progress = {
    owner,
    reach: 'user' as const,
    permits: async () => true,
    output: noop,
    waiting: noop,
    onBackground: noop,
    children: () => noCalls,
    ask: async () => '',
  }
  const run = async (): Promise<void> => {
    const plan = await tool.plan(input)
    const result = 'kind' in plan ? plan : await plan.run(progress, token)
    if (result.kind !== 'completed') throw new Error(JSON.stringify(result))
  }
  return { mutating: kind !== 'read', run }
}

async function withClaims(calls: readonly MixedCall[]): Promise<{ claims: Claim[]; ms: number }[]> {
  return Promise.all(
    calls.map(async ({ tool, input, ms }) => {
      const plan = await tool.plan(input)
      if ('kind' in plan) throw new Error(plan.message)
      return { claims: plan.claims, ms }
    }),
  )
}

const noop = (): void => undefined
