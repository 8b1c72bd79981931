import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { Sessions } from '../../src/core/agent/sessions.ts'
import type { Documents } from '../../src/core/ports.ts'
import { orCancelled } from '../../src/core/scheduling/cancellation.ts'
import { Journals } from '../../src/core/sessions/journal.ts'
import type { Session } from '../../src/core/agent/session.ts'
import { noDocuments } from '../support/noDocuments.ts'
import { silentLog } from '../support/openGate.ts'
import { call, calls, ScriptedModel } from '../support/scriptedModels.ts'
import { sessionParts } from '../support/sessionParts.ts'
import type { Row } from './report.ts'

const ROUNDS = 20
const COMMANDS = 32
const READS = 48
const EDITS = 48
const CALLS = COMMANDS + READS + EDITS
/** The monitor wakes this often, in ms: what it finds beyond that is delay. */
const RESOLUTION = 1

interface Figures {
  /** From `stop` to the event that the panel shows. */
  acknowledged: number[]
  /** From `stop` to each call's end. */
  cooperating: number[]
  commands: number[]
  /** Delay of the event loop from `stop` to the turn's end: each percentile of each round. */
  loop: number[]
  /** The longest that the loop stood still while the calls began, in ms. */
  starting: number[]
}

/** Stop, with 128 calls in flight: commands that run, reads that hang, edits that wait for the commands. */
export async function stop(): Promise<Row[]> {
  const figures: Figures = { acknowledged: [], cooperating: [], commands: [], loop: [], starting: [] }
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'stretto-bench-')))
  try {
    for (let i = 0; i < EDITS; i++) await writeFile(join(folder, `${i}.txt`), 'text\n')
    for (let round = 0; round < ROUNDS; round++) await stopOnce(folder, figures)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return rows(figures)
}

function rows({ acknowledged, cooperating, commands, loop, starting }: Figures): Row[] {
  const flight = `${CALLS} calls in flight: ${COMMANDS} commands run, ${READS} reads hang, ${EDITS} edits wait; ${ROUNDS} stops`
  const row = (name: string, values: number[], target?: number): Row => ({
    name,
    detail: `p50 ${percentile(values, 0.5).toFixed(2)} ms, p99 ${percentile(values, 0.99).toFixed(2)} ms; ${flight}`,
    value: percentile(values, 0.99),
    unit: 'ms',
    ...(target !== undefined && { target }),
  })
  return [
    row('Stop acknowledged, p99', acknowledged, 50),
    row('Stop to the end of a call that cooperates, p99', cooperating, 250),
    row('Stop to the end of a command, its tree gone, p99', commands, 2_000),
    row('event-loop delay from Stop to the turn’s end, p99', loop, 20),
    row(`longest event-loop delay while ${CALLS} calls begin, p99`, starting),
  ]
}

async function stopOnce(folder: string, figures: Figures): Promise<void> {
  const parts = sessionParts(new ScriptedModel([script()]), folder, {
    documents: hanging,
    settings: () => ({ approvals: 'all', parallelCalls: CALLS, commandSeconds: 60, outputBytes: 30_000 }),
  })
  const sessions = new Sessions(parts, new Journals(join(folder, 'journals'), silentLog))
  const session = sessions.create()
  const begun = monitorEventLoopDelay({ resolution: RESOLUTION })
  begun.enable()
  const all = allInFlight(session)
  const turn = session.send('go', { source: 'api' })
  await all
  begun.disable()
  figures.starting.push(begun.max / 1e6 - RESOLUTION)
  await delay(100)
  await measureStop(session, figures)
  await turn
  await sessions.dispose()
  await parts.processes.dispose()
}

async function measureStop(session: Session, figures: Figures): Promise<void> {
  const names = new Map(session.state.calls.map(({ id, name }) => [id, name]))
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION })
  loop.enable()
  await delay(5 * RESOLUTION)
  loop.reset()
  const begin = performance.now()
  session.onEvent((event) => {
    const ms = performance.now() - begin
    if (event.type === 'stopRequested') figures.acknowledged.push(ms)
    if (event.type !== 'callEnded') return
    const ends = names.get(event.callId) === 'terminal' ? figures.commands : figures.cooperating
    ends.push(ms)
  })
  await session.stop()
  loop.disable()
  for (let at = 1; at <= 100; at++) figures.loop.push(Math.max(0, loop.percentile(at) / 1e6 - RESOLUTION))
}

/** Settles when each call runs or waits for a sibling. */
function allInFlight(session: Session): Promise<void> {
  const inFlight = new Set<string>()
  return new Promise((resolve, reject) => {
    session.onEvent((event) => {
      if (event.type === 'callRunning' || event.type === 'callWaiting') inFlight.add(event.callId)
      if (event.type === 'callEnded' && event.status === 'failed') reject(new Error(event.result))
      if (inFlight.size === CALLS) resolve()
    })
  })
}

function script() {
  const range = (length: number): number[] => Array.from({ length }, (_, i) => i)
  return [
    ...range(COMMANDS).map((i) => call(i, 'terminal', { command: 'sleep 30' })),
    ...range(READS).map((i) => call(COMMANDS + i, 'read_file', { path: `${i}.txt` })),
    ...range(EDITS).map((i) =>
      call(COMMANDS + READS + i, 'edit_file', { path: `${i}.txt`, edits: [{ old_text: 'text', new_text: 'new' }] }),
    ),
    calls,
  ]
}

/** A read that ends only with its token. */
const hanging: Documents = {
  ...noDocuments,
  read: (_target, token) => orCancelled(Promise.withResolvers<never>().promise, token),
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
