import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Processes } from '../../../../src/core/processes/processes.ts'
import { CancellationSource } from '../../../../src/core/scheduling/cancellation.ts'
import { isRunning } from '../../../support/isRunning.ts'
import { shapes } from './shapes.ts'

let folder: string
let processes: Processes

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shapes-'))
  processes = new Processes()
})
afterEach(async () => {
  await processes.dispose()
  await rm(folder, { recursive: true, force: true })
})

async function pidOf(name: string): Promise<number> {
  const path = join(folder, `${name}.pid`)
  const text = (): Promise<string> => readFile(path, 'utf8').catch(() => '')
  await expect.poll(text, { timeout: 20_000, interval: 5 }).toMatch(/\n$/)
  return Number(await text())
}

/** What runs in the folder, whatever its environment and its parents are. */
async function inFolder(): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const isThere = async (pid: string): Promise<boolean> =>
    (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === folder && (await isRunning(Number(pid)))
  const there = await Promise.all(pids.map(isThere))
  return pids.filter((_pid, at) => there[at]).map(Number)
}

test.each(Object.entries(shapes))(
  'stop leaves nothing of %s',
  { timeout: 60_000 },
  async (_shape, { script, names }) => {
    const source = new CancellationSource()
    const ignore = (): void => undefined
    const options = { file: 'bash', args: ['-c', script], cwd: folder, onOutput: ignore, onError: ignore }
    const running = processes.run(options, source.token, 'turn')
    const pids = await Promise.all(names.map(pidOf))
    await expect.poll(async () => (await inFolder()).length).toBeGreaterThan(0)
    const start = performance.now()
    source.cancel('stop')
    await running
    await processes.endOwned('turn')
    const took = performance.now() - start
    // On a busy machine one that forks all the time may be caught a little later.
    await expect.poll(inFolder, { timeout: 15_000 }).toEqual([])
    expect(await Promise.all(pids.map(isRunning))).toEqual(pids.map(() => false))
    // Two seconds on a quiet machine.
    expect(took).toBeLessThan(10_000)
    if (process.env['SHOW_TIMES'] !== undefined) console.log(`${_shape}: ${took.toFixed(0)} ms`)
  },
)

test('there are at least twenty shapes', () => {
  expect(Object.keys(shapes).length).toBeGreaterThanOrEqual(20)
})
