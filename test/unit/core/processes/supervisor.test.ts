import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Supervisor } from '../../../../src/core/processes/supervisor.ts'
import { isRunning } from '../../../support/isRunning.ts'

let folder: string
let host: ChildProcess | undefined
/** What the host has said. */
let said = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supervisor-'))
})
afterEach(async () => {
  host?.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

const write = (name: string): string => `echo $$ > ${name}.tmp; mv ${name}.tmp ${name}.pid`
const long = (name: string): string => `bash -c '${write(name)}; exec sleep 300'`

const commands = {
  plain: long('plain'),
  setsid: `setsid ${long('setsid')} & exit 0`,
  doubleFork: `(setsid ${long('doubleFork')} >/dev/null 2>&1 &); exit 0`,
  stubborn: `trap '' TERM; ${write('stubborn')}; while :; do sleep 0.2; done`,
  bare: `exec env -i bash -c '${write('bare')}; exec sleep 300'`,
  stopped: `bash -c '${write('stopped')}; kill -STOP $$; sleep 300' & wait`,
}

const names: (keyof typeof commands)[] = ['plain', 'setsid', 'doubleFork', 'stubborn', 'bare', 'stopped']

/** Starts the host with its commands; gives the folder of its outputs when all of them run. */
async function startHost(which = names): Promise<{ outputs: string; pids: number[] }> {
  const program = join(import.meta.dirname, '../../../support/processHost.ts')
  const stdio: ['pipe', 'pipe', 'inherit'] = ['pipe', 'pipe', 'inherit']
  const started = spawn(process.execPath, [program, ...which.map((name) => commands[name])], {
    cwd: folder,
    stdio,
    detached: true,
  })
  host = started
  said = ''
  started.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await expect.poll(() => said, { timeout: 20_000 }).toContain('started\n')
  const pids = await Promise.all(which.map(pidOf))
  return { outputs: /^\/.*$/m.exec(said)?.[0] ?? '', pids }
}

async function pidOf(name: string): Promise<number> {
  const path = join(folder, `${name}.pid`)
  await expect.poll(() => existsSync(path), { timeout: 20_000 }).toBe(true)
  return Number(await readFile(path, 'utf8'))
}

/** The processes that have this among their arguments. */
async function withArgument(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const has = async (pid: string): Promise<boolean> =>
    (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes(text)
  const found = await Promise.all(pids.map(has))
  return pids.filter((_pid, at) => found[at]).map(Number)
}

async function alive(pids: number[]): Promise<number[]> {
  const running = await Promise.all(pids.map(isRunning))
  return pids.filter((_pid, at) => running[at])
}

test.each([
  ['is killed', (pid: number) => process.kill(pid, 'SIGKILL')],
  ['is killed with its group', (pid: number) => process.kill(-pid, 'SIGKILL')],
])('nothing outlives a host that %s, the supervisor neither, and no file', { timeout: 60_000 }, async (_how, kill) => {
  const { outputs, pids } = await startHost()
  expect(await alive(pids)).toEqual(pids)
  expect(await withArgument(outputs)).toHaveLength(1)
  expect(existsSync(outputs)).toBe(true)
  kill(host?.pid ?? 0)
  await expect.poll(() => alive(pids), { timeout: 15_000 }).toEqual([])
  await expect.poll(() => withArgument(basename(outputs)), { timeout: 15_000 }).toEqual([])
  expect(existsSync(outputs)).toBe(false)
})

test(
  'what commands have left behind does not outlive the host when nothing else runs',
  { timeout: 60_000 },
  async () => {
    const { pids } = await startHost(['setsid', 'doubleFork'])
    await expect.poll(() => said.match(/ended\n/g)?.length, { timeout: 15_000 }).toBe(2)
    process.kill(host?.pid ?? 0, 'SIGKILL')
    await expect.poll(() => alive(pids), { timeout: 15_000 }).toEqual([])
  },
)

test('a host that ends all by itself lets its supervisor go', { timeout: 60_000 }, async () => {
  const { outputs, pids } = await startHost()
  const [supervisor = 0] = await withArgument(outputs)
  expect(await memoryOf(supervisor)).toBeLessThan(4 * 1024)
  host?.stdin?.end()
  await expect.poll(() => said, { timeout: 15_000 }).toContain('disposed\n')
  expect(await alive(pids)).toEqual([])
  await expect.poll(() => alive([supervisor]), { timeout: 5_000 }).toEqual([])
  expect(existsSync(outputs)).toBe(false)
})

/** Its resident memory, in KiB. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1])
}

test('a machine without a shell is told of in the log, and nothing waits', async () => {
  const told: string[] = []
  const log = { info() {}, warn() {}, error: (message: string) => told.push(message) }
  const supervisor = new Supervisor('/nowhere.ts', log, '/no/such/shell')
  await supervisor.start('id', folder)
  expect(told).toEqual(['What is started here would outlive a crash of VS Code: no supervisor'])
  supervisor.watch(1, Promise.resolve())
  supervisor.dispose()
})
