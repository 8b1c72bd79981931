import { tmpdir } from 'node:os'
import type { Workspace } from '../../src/core/ports.ts'
import { Processes } from '../../src/core/processes/processes.ts'
import { CancellationSource } from '../../src/core/scheduling/cancellation.ts'
import { Batch } from '../../src/core/scheduling/scheduler.ts'
import { Slots } from '../../src/core/scheduling/slots.ts'
import { terminal } from '../../src/core/tools/terminal.ts'
import type { Tool } from '../../src/core/tools/tool.ts'
import { systemClock } from '../../src/host/clock.ts'
import { noDocuments } from '../support/noDocuments.ts'
import { noBackground } from '../support/noBackground.ts'
import { noChildren, openGate, silentLog, someTurn } from '../support/openGate.ts'
import type { Row } from './report.ts'
import { noWalls } from '../support/noWalls.ts'

const COMMANDS = 20

/** Twenty sibling commands of one second each: as siblings, and one after another. */
export async function makespan(): Promise<Row[]> {
  const processes = new Processes()
  const workspace: Workspace = { folders: () => [{ name: 'bench', path: tmpdir() }], trusted: () => true }
  const settings = () => ({ commandSeconds: 60, outputBytes: 30_000 })
  const tool = terminal({
    workspace,
    documents: noDocuments,
    processes,
    confinement: noWalls,
    runtime: () => undefined,
    background: noBackground(),
    settings,
  })
  const together = await run(tool, [COMMANDS])
  const inTurn = await run(
    tool,
    Array.from({ length: COMMANDS }, () => 1),
  )
  await processes.dispose()
  const detail = `${COMMANDS} sibling commands took ${(together.total / 1000).toFixed(2)} s, the longest of them ${(together.longest / 1000).toFixed(2)} s, one after another ${(inTurn.total / 1000).toFixed(2)} s`
  return [
    {
      name: 'makespan of 20 commands / the longest of them',
      detail,
      value: together.total / together.longest,
      unit: '×',
      target: 1.2,
    },
    { name: 'makespan of 20 commands / one after another', detail, value: together.total / inTurn.total, unit: '×' },
  ]
}

/** Runs batches of these sizes, each after the one before. */
async function run(tool: Tool, sizes: number[]): Promise<{ total: number; longest: number }> {
  const begun = new Map<string, number>()
  let longest = 0
  const emit = ({ type, callId }: { type: string; callId: string }): void => {
    if (type === 'callRunning') begun.set(callId, performance.now())
    if (type === 'callEnded') longest = Math.max(longest, performance.now() - (begun.get(callId) ?? 0))
  }
  const parts = {
    turn: someTurn,
    ...noChildren(),
    slots: new Slots(() => 128),
    gate: openGate,
    clock: systemClock,
    log: silentLog,
    emit,
  }
  const start = performance.now()
  for (const [step, size] of sizes.entries()) {
    const batch = new Batch(parts, new CancellationSource())
    for (let i = 0; i < size; i++) {
      void batch.submit({ id: `${step}.${i}`, tool, input: { command: 'sleep 1' }, summary: '' })
    }
    const results = await batch.results()
    if (results.some(({ status }) => status !== 'completed')) throw new Error(JSON.stringify(results[0]))
  }
  return { total: performance.now() - start, longest }
}
