/**
 * A window's part in a test of two, inside VS Code's extension host: changes `models.jsonc` very often, and looks at it
 * each time. STRETTO_TEST_CONFIG holds an UpdateJob.
 */
import { isFailure } from '../../../src/core/config/keys.ts'
import { FileLocks } from '../../../src/core/config/fileLocks.ts'
import { neverCancelled } from '../../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../../src/host/clock.ts'
import { WindowConfig } from '../../../src/host/config.ts'
import { callRunner } from '../vscode/channel.ts'
import { silentLog } from '../openGate.ts'

export const JOB_VARIABLE = 'STRETTO_TEST_CONFIG'

/** Changes that are under way at a time. */
const LANES = 5

export interface UpdateJob {
  folder: string
  /** The program of the thread that holds locks. */
  program: string
  /** Of the window. */
  name: string
  /** Updates of each lane. */
  each: number
}

export type UpdateReport =
  | { kind: 'ready' }
  | { kind: 'done'; ms: number; heard: number; failures: unknown[]; warnings: string[] }

export async function run(): Promise<void> {
  const { folder, program, name, each } = JSON.parse(process.env[JOB_VARIABLE] ?? '') as UpdateJob
  const warnings: string[] = []
  process.on('warning', ({ message }) => warnings.push(message))
  const runner = await callRunner()
  const send = (report: UpdateReport): void => runner.send(report)
  // Whoever holds the lock first waits for the other window to be there.
  const locks = new FileLocks({ program, clock: systemClock, patienceMs: 600_000 })
  const config = new WindowConfig({ folder, locks, log: silentLog })
  const failures: unknown[] = []
  let heard = 0
  config.onChanged(() => heard++)
  const lane = async (number: number): Promise<void> => {
    for (let step = 0; step < each; step++) failures.push(...(await update(config, `${name}-${number}`)))
  }
  send({ kind: 'ready' })
  const first = await update(config, `${name}-0`)
  const start = performance.now()
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)))
  await config.dispose()
  send({ kind: 'done', ms: performance.now() - start, heard, failures: [...first, ...failures], warnings })
  await runner.end()
}

/** Counts one more for the lane and one more for all. */
async function update(config: WindowConfig, lane: string): Promise<unknown[]> {
  const failure = await config.update(
    'models',
    (value) => ({ ...value, all: counted(value['all']), [lane]: counted(value[lane]) }),
    neverCancelled,
  )
  const value = await config.read('models')
  return [failure, isFailure(value) ? value : undefined].filter((one) => one !== undefined)
}

function counted(value: unknown): { contextTokens: number } {
  return { contextTokens: ((value as { contextTokens: number } | undefined)?.contextTokens ?? 0) + 1 }
}
