import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Processes } from '../../../../src/core/processes/processes.ts'
import { CancellationSource, CancelledError, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'

let folder: string
let processes: Processes
let output = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'processes-'))
  processes = new Processes()
  output = ''
})
afterEach(async () => {
  await processes.dispose()
  await rm(folder, { recursive: true, force: true })
})

function bash(script: string, token = neverCancelled) {
  const hear = (chunk: Buffer): void => {
    output += chunk.toString()
  }
  return processes.run({ file: 'bash', args: ['-c', script], cwd: folder, onOutput: hear, onError: hear }, token)
}

/** Polls on a condition, bounded. */
async function until(condition: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  const end = performance.now() + ms
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('it did not come true in time')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
    return !/\) [ZX] /.test(stat)
  } catch {
    return false
  }
}

/** The pids that scripts have written to files `name.pid`. */
async function pidOf(name: string): Promise<number> {
  const path = join(folder, `${name}.pid`)
  await until(async () => (await readFile(path, 'utf8').catch(() => '')).endsWith('\n'))
  return Number(await readFile(path, 'utf8'))
}

const write = (name: string): string => `echo $$ > ${name}.tmp; mv ${name}.tmp ${name}.pid`
const long = (name: string): string => `bash -c '${write(name)}; exec sleep 300'`

test('cancelled before it began, nothing is started', async () => {
  const source = new CancellationSource()
  source.cancel('stop')
  await expect(bash('echo $$ > a.pid', source.token)).rejects.toThrow(CancelledError)
  expect(processes.size).toBe(0)
})

test('many are begun one a turn of the event loop, in order, and none that is cancelled meanwhile', async () => {
  const source = new CancellationSource()
  const order: string[] = []
  const begin = (name: string, token = neverCancelled) =>
    processes.run(
      {
        file: 'true',
        args: [],
        cwd: folder,
        onOutput: () => {},
        onError: () => {},
        onStart: () => order.push(name),
      },
      token,
    )
  const runs = [begin('a'), begin('b'), begin('c')]
  const cancelled = begin('d', source.token)
  const perTurn: number[] = []
  setImmediate(function look() {
    perTurn.push(order.length)
    if (order.length === 1) source.cancel('stop')
    if (order.length < 3) setImmediate(look)
  })
  await expect(cancelled).rejects.toBeInstanceOf(CancelledError)
  await Promise.all(runs)
  expect(order).toEqual(['a', 'b', 'c'])
  expect(new Set(perTurn)).toEqual(new Set([0, 1, 2, 3]))
})

test('settles at the exit although a grandchild holds the pipe open, and leaves it running until dispose', async () => {
  const end = await bash(`${long('a')} & echo done`)
  expect(end).toEqual({ kind: 'ended', exitCode: 0, signal: undefined, stopped: false })
  expect(output).toBe('done\n')
  const pid = await pidOf('a')
  expect(await isAlive(pid)).toBe(true)
  await processes.dispose()
  expect(await isAlive(pid)).toBe(false)
})

test('dispose ends what runs, in every shape, and settles the runs', async () => {
  const runs = [
    bash(long('a')),
    bash(`(setsid ${long('b')} &); sleep 300`),
    bash(`trap '' TERM; ${long('c')}; sleep 300`),
  ]
  const pids = await Promise.all(['a', 'b', 'c'].map(pidOf))
  await processes.dispose()
  expect(await Promise.all(pids.map(isAlive))).toEqual([false, false, false])
  for (const end of await Promise.all(runs)) expect(end).toMatchObject({ stopped: true })
  await processes.dispose()
  await expect(bash('true')).rejects.toThrow(CancelledError)
})

test('stopping one run leaves the others alone', async () => {
  const source = new CancellationSource()
  const one = bash(long('a'), source.token)
  const other = new CancellationSource()
  const two = bash(long('b'), other.token)
  const [, pid] = await Promise.all([pidOf('a'), pidOf('b')])
  source.cancel('stop')
  await one
  expect(await isAlive(pid)).toBe(true)
  other.cancel('stop')
  await two
})

test('what a command’s children write just after its exit arrives', async () => {
  await bash('seq 1 20000 & exit 0')
  expect(output.endsWith('\n20000\n')).toBe(true)
})

test('tells which signal ended it', async () => {
  expect(await bash('kill -KILL $$')).toEqual({ kind: 'ended', exitCode: undefined, signal: 'SIGKILL', stopped: false })
})

test('has no input to wait for', async () => {
  await bash('cat; echo end')
  expect(output).toBe('end\n')
})

test('an opened process has its own pipes, and what was asked for in its environment', async () => {
  const hear = (chunk: Buffer): void => {
    output += chunk.toString()
  }
  const script = 'read line; echo "$line $NAME"; cat <&3 >&4'
  const options = { file: 'bash', args: ['-c', script], cwd: folder, onOutput: hear, onError: hear }
  const child = await processes.open(
    { ...options, input: true, channels: 2, environment: { NAME: 'there' } },
    'owner',
    neverCancelled,
  )
  child.input?.write('hello\n')
  await until(() => output === 'hello there\n')
  child.channel(0).end('over the pipe')
  let back = ''
  child.channel(1).on('data', (chunk: Buffer) => (back += chunk.toString()))
  await child.ended
  expect(back).toBe('over the pipe')
  expect(() => child.channel(2)).toThrow(RangeError)
})

test('an opened process is ended by stop, and by what ends its owner', async () => {
  const open = (name: string, owner: string) =>
    processes.open(
      { file: 'bash', args: ['-c', long(name)], cwd: folder, onOutput() {}, onError() {} },
      owner,
      neverCancelled,
    )
  const [a, b] = await Promise.all([open('a', 'one'), open('b', 'two')])
  const [, pid] = await Promise.all([pidOf('a'), pidOf('b')])
  await a.stop()
  expect(await a.ended).toMatchObject({ stopped: true })
  expect(await isAlive(pid)).toBe(true)
  await processes.endOwned('two')
  expect(await isAlive(pid)).toBe(false)
  expect(await b.ended).toMatchObject({ kind: 'ended' })
})

test('a listener that is not done holds the process back, and all arrives', async () => {
  let held = 0
  let most = 0
  let bytes = 0
  const hear = async (chunk: Buffer): Promise<void> => {
    most = Math.max(most, ++held)
    bytes += chunk.length
    await new Promise((resolve) => setTimeout(resolve, 3))
    held--
  }
  const options = { file: 'head', args: ['-c', '3000000', '/dev/zero'], cwd: folder, onOutput: hear, onError: hear }
  await processes.run(options, neverCancelled)
  expect(bytes).toBe(3_000_000)
  // At the exit the rest of the pipe comes at once.
  expect(most).toBeLessThan(8)
})

test('a program that is not there is a failure that says so', async () => {
  const options = { file: 'no-such-program', args: [], cwd: folder, onOutput() {}, onError() {} }
  expect(await processes.run(options, neverCancelled)).toMatchObject({ kind: 'failed', code: 'cannot_start' })
})
