import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Kernels } from '../../../../src/core/code/kernels.ts'
import { processTable } from '../../../../src/core/processes/processTable.ts'
import { SshRuntime } from '../../../../src/core/runtimes/ssh.ts'
import { executeCode } from '../../../../src/core/tools/executeCode.ts'
import { processTool } from '../../../../src/core/tools/process.ts'
import { terminal } from '../../../../src/core/tools/terminal.ts'
import { systemClock } from '../../../../src/host/clock.ts'
import { builtKernels } from '../../../support/builtKernels.ts'
import { noWalls } from '../../../support/noWalls.ts'
import { silentLog } from '../../../support/openGate.ts'
import { type SshServer, startSshServer } from '../../../support/sshServer.ts'
import { CancellationSource, textOf, until, Workbench } from './workbench.ts'

let server: SshServer
let bench: Workbench
let folder: string

beforeAll(async () => {
  server = await startSshServer()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'far-')))
  bench = await Workbench.open()
  const runtime = new SshRuntime({ ...server, folder, processes: bench.processes })
  bench.runtime = runtime
  return async () => {
    await runtime[Symbol.asyncDispose]()
    await bench[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  }
})

/** Processes that have this in their command line's environment: what runs there is on this machine too. */
async function running(tag: string): Promise<number> {
  return (await processTable()).filter(({ environment }) => environment.includes(`TAG=${tag}`)).length
}

test('a command runs on the other machine, in its folder, both streams in the order of writing', async () => {
  const tool = terminal(bench.ports)
  const text = textOf(await bench.call(tool, { command: 'pwd; echo err >&2; echo "$BASH_VERSION" | cut -c1; exit 3' }))
  expect(text).toBe(`exit code 3\n${folder}\nerr\n5\n`)
  const plan = await tool.plan({ command: 'ls', cwd: '/etc' })
  expect(plan).toMatchObject({ action: { kind: 'command', cwd: `${server.host}:/etc` } })
})

test('Stop ends it there, with what ignores SIGTERM and what left its group', async () => {
  const source = new CancellationSource()
  const command = `export TAG=stopped; trap '' TERM; setsid sleep 600 & echo ready; while :; do sleep 0.1; done`
  const call = bench.call(terminal(bench.ports), { command }, source.token)
  await until(() => bench.output.join('').includes('ready'))
  source.cancel('stop')
  expect(await call).toMatchObject({ kind: 'cancelled', partial: expect.stringContaining('ready') })
  // Where the machine is slow, the other side may still be at it.
  await until(async () => (await running('stopped')) === 0)
})

test('one in the background is written to, read and stopped there', async () => {
  const ports = bench.ports
  const command = 'export TAG=background; while read line; do echo "got $line"; done'
  expect(await bench.call(terminal(ports), { command, background: true, name: 'far' })).toMatchObject({
    kind: 'backgrounded',
    background: { id: 'far' },
  })
  const tool = processTool(ports)
  let said = textOf(await bench.call(tool, { action: 'write', id: 'far', text: 'hello\n' }))
  await until(async () => (said += textOf(await bench.call(tool, { action: 'read', id: 'far' }))).includes('got hello'))
  await bench.call(tool, { action: 'stop', id: 'far' })
  expect(await running('background')).toBe(0)
})

test('a lost connection ends the call with what came, and leaves no process there', async () => {
  const call = bench.call(terminal(bench.ports), { command: 'export TAG=lost; echo begun; sleep 600' })
  await until(() => bench.output.join('').includes('begun'))
  await server.cut()
  expect(await call).toMatchObject({
    kind: 'failed',
    code: 'connection_lost',
    message: expect.stringContaining('begun'),
  })
  await until(async () => (await running('lost')) === 0, 10_000)
})

describe('execute_code', () => {
  let programs: string
  let kernels: Kernels
  beforeEach(async () => {
    programs = await mkdtemp(join(tmpdir(), 'kernels-'))
    const files = await builtKernels(programs)
    const { processes } = bench
    kernels = new Kernels({ processes, confinement: noWalls, clock: systemClock, log: silentLog, files })
    return async () => {
      await kernels[Symbol.asyncDispose]()
      await rm(programs, { recursive: true, force: true })
    }
  })

  test('runs there, in its folder, which the question names; no folder has to be open here', async () => {
    bench.folders = []
    const tool = executeCode({ ...bench.ports, scripts: kernels })
    const asked = { language: 'python' as const, code: 'import os\nprint(os.getcwd())' }
    expect(await tool.plan(asked)).toMatchObject({ action: { kind: 'script', cwd: `${server.host}:${folder}` } })
    expect(textOf(await bench.call(tool, asked))).toContain(`\n${folder}\n`)
  })

  test('tells, when the connection is lost, what its script had printed', async () => {
    const tool = executeCode({ ...bench.ports, scripts: kernels })
    const code = 'import os, time\nos.environ["TAG"] = "script"\nprint("begun")\ntime.sleep(600)'
    const call = bench.call(tool, { language: 'python', code })
    await until(() => bench.output.join('').includes('begun'), 30_000)
    await server.cut()
    expect(await call).toMatchObject({
      kind: 'failed',
      code: 'connection_lost',
      message: expect.stringMatching(/was lost[^]*Its output so far:\nbegun/),
    })
  })
})
