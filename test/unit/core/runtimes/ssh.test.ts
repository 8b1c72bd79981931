import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Child, Ended } from '../../../../src/core/processes/child.ts'
import { Processes } from '../../../../src/core/processes/processes.ts'
import { processTable } from '../../../../src/core/processes/processTable.ts'
import type { Failure } from '../../../../src/core/ports.ts'
import type { ShellCommand } from '../../../../src/core/runtimes/runtime.ts'
import { SshRuntime } from '../../../../src/core/runtimes/ssh.ts'
import { CancellationSource, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { type SshServer, startSshServer } from '../../../support/sshServer.ts'

let server: SshServer
let processes: Processes
let runtime: SshRuntime
let folder: string
let count = 0

beforeAll(async () => {
  server = await startSshServer()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(async () => {
  processes = new Processes()
  folder = await realpath(await mkdtemp(join(tmpdir(), 'remote ’s-')))
  runtime = new SshRuntime({ ...server, folder, processes })
  return async () => {
    await runtime[Symbol.asyncDispose]()
    await processes.dispose()
    await rm(folder, { recursive: true, force: true })
  }
})

interface Remote {
  child: Child
  mark: string
  output: () => string
  errors: () => string
  /** Settles when it has printed this. */
  said(words: string): Promise<void>
}

async function start(command: string, changed: Partial<ShellCommand> = {}): Promise<Remote> {
  const mark = `test-${process.pid}-${++count};`
  const carrier = await runtime.carry({ command, mark, input: false, ...changed }, neverCancelled)
  if ('kind' in carrier) throw new Error(carrier.message)
  const heard = { output: '', errors: '' }
  const waiting = new Set<() => void>()
  const hear = (which: 'output' | 'errors') => (chunk: Buffer) => {
    heard[which] += chunk.toString()
    for (const look of waiting) look()
  }
  const child = await processes.open(
    { ...carrier, cwd: '/', input: true, onOutput: hear('output'), onError: hear('errors') },
    'test',
    neverCancelled,
  )
  const said = (words: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (heard.output.includes(words)) resolve()
      }
      waiting.add(look)
      look()
    })
  return { child, mark, output: () => heard.output, errors: () => heard.errors, said }
}

async function ended(child: Child): Promise<Ended> {
  const end: Ended | Failure = await child.ended
  if (end.kind === 'failed') throw new Error(end.message)
  return end
}

async function alive(mark: string): Promise<number> {
  const rows = await processTable()
  return rows.filter(({ environment }) => environment.includes(`STRETTO_CALL=${mark}`)).length
}

test('a command runs there, in its folder, and tells its output, its errors and its exit code apart', async () => {
  const { child, output, errors } = await start(`pwd; echo "it's \\\\ \\$HOME" >&2; cat; exit 7`)
  expect((await ended(child)).exitCode).toBe(7)
  expect(output()).toBe(`${folder}\n`)
  expect(errors()).toBe(`it's \\ $HOME\n`)
})

test('commands share one connection and run at the same time', async () => {
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, n) => start(`echo ${n}; read line; echo $line`, { input: true })),
  )
  await Promise.all(all.map(({ said }, n) => said(`${n}\n`)))
  for (const [n, { child }] of all.entries()) child.input?.write(`to ${n}\n`)
  await Promise.all(all.map(({ child }) => ended(child)))
  expect(all.map(({ output }) => output())).toEqual(all.map((_, n) => `${n}\nto ${n}\n`))
  const masters = (await processTable()).filter(({ environment }) => environment.includes(':runtime:'))
  expect(masters).toHaveLength(1)
})

test.each([
  ['a shell with children', 'sleep 600 & sleep 600 & echo ready; wait'],
  ['one that ignores SIGTERM', "trap '' TERM; echo ready; while :; do sleep 0.1; done"],
  ['a double fork with setsid', '(setsid sh -c "sleep 600 & exec sleep 600" &) ; echo ready; sleep 600'],
])('the end of the input ends %s with all that it started', async (_what, command) => {
  const { child, mark, said } = await start(command)
  await said('ready')
  expect(await alive(mark)).toBeGreaterThan(0)
  child.input?.end()
  await ended(child)
  expect(await alive(mark)).toBe(0)
})

test('a lost connection ends the call with a clear result, and leaves no process there', async () => {
  const { child, mark, said, errors } = await start("trap '' HUP PIPE; echo ready; sleep 600 & wait")
  await said('ready')
  await server.cut()
  const { exitCode } = await ended(child)
  expect(runtime.lost(exitCode, errors())).toMatchObject({ code: 'connection_lost' })
  await expect.poll(() => alive(mark), { timeout: 10_000 }).toBe(0)
  const again = await start('echo again')
  expect((await ended(again.child)).exitCode).toBe(0)
  expect(again.output()).toBe('again\n')
})

test('what a command leaves running ends with it, and so nothing holds the connection', async () => {
  const { child, mark } = await start('sleep 600 & echo done')
  expect((await ended(child)).exitCode).toBe(0)
  expect(await alive(mark)).toBe(0)
})

test('255 is ssh’s own: a command that ends with it is told apart', async () => {
  const { child, errors } = await start('exit 255')
  const { exitCode } = await ended(child)
  expect(runtime.lost(exitCode, errors())).toBeUndefined()
  expect(errors()).toContain('(exit code 255)')
})

test('a folder that is not there is said by the shell', async () => {
  const { child, errors } = await start('echo x', { cwd: '/no/such' })
  expect((await ended(child)).exitCode).toBe(126)
  expect(errors()).toContain('/no/such')
})

test.each(['-oProxyCommand=touch x', 'a b', ''])(
  'a host that could be an option or a command is refused: "%s"',
  async (host) => {
    const odd = new SshRuntime({ ...server, host, folder, processes })
    expect(await odd.carry({ command: 'true', mark: 'm', input: false }, neverCancelled)).toMatchObject({
      code: 'bad_host',
    })
  },
)

test('a host that cannot be reached says so, and is tried anew the next time', async () => {
  const nowhere = new SshRuntime({ ...server, options: ['-F', '/dev/null', '-p', '1'], folder, processes })
  const command = { command: 'true', mark: 'm', input: false }
  for (const _ of [1, 2])
    expect(await nowhere.carry(command, neverCancelled)).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('works in a terminal'),
    })
})

test('a connection that is being made is not waited for after a stop', async () => {
  const silent = new SshRuntime({ ...server, options: ['-o', 'ProxyCommand=sleep 600'], folder, processes })
  const source = new CancellationSource()
  const carried = silent.carry({ command: 'true', mark: 'm', input: false }, source.token)
  source.cancel('stop')
  await expect(carried).rejects.toMatchObject({ reason: 'stop' })
})

test('closing leaves neither a process nor a socket', async () => {
  const { child } = await start('echo x')
  await ended(child)
  const sockets = async () => (await readdir(tmpdir())).filter((name) => /^stretto-\w{6}$/.test(name))
  const before = await sockets()
  await runtime[Symbol.asyncDispose]()
  expect((await sockets()).length).toBe(before.length - 1)
  expect(processes.size).toBe(0)
})
