import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../../../src/protocol/events.ts'
import { BackgroundTable } from '../../../../src/core/processes/background.ts'
import { OutputFiles } from '../../../../src/core/processes/outputFiles.ts'
import type { Call, CallEvent } from '../../../../src/core/scheduling/call.ts'
import { CancellationSource } from '../../../../src/core/scheduling/cancellation.ts'
import { Batch } from '../../../../src/core/scheduling/scheduler.ts'
import { Slots } from '../../../../src/core/scheduling/slots.ts'
import { executeCode } from '../../../../src/core/tools/executeCode.ts'
import { failed, type Tool } from '../../../../src/core/tools/tool.ts'
import { FakeScripts, type FakeScript, FakeToolError } from '../../../support/fakeScripts.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { noDocuments } from '../../../support/noDocuments.ts'
import { openGate, silentLog, someTurn } from '../../../support/openGate.ts'
import { done, type Script, scriptedTool, until, untilCancelled } from '../../../support/scriptedTool.ts'
import { settled } from '../../../support/settled.ts'

let folder: string
let files: OutputFiles
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'execute-code-')))
  files = new OutputFiles(join(folder, 'output'))
})
afterEach(async () => {
  await files.dispose()
  await rm(folder, { recursive: true, force: true })
})

const basic: Script[] = [
  { name: 'good', run: async () => done('a good result') },
  { name: 'bad', run: async () => failed('not_found', 'There is no such file. Look for it.') },
  { name: 'long', run: untilCancelled('half') },
]

function setUp(scripts: Record<string, FakeScript>, tools: Script[] = basic) {
  const clock = new ManualClock()
  const source = new CancellationSource()
  const events: CallEvent[] = []
  const told: Pick<SessionEvent, 'type'>[] = []
  const background = new BackgroundTable({ clock, emit: (_turn, event) => told.push(event) })
  const kernels = new FakeScripts(scripts)
  const ports = {
    workspace: { folders: () => [{ name: 'w', path: folder }], trusted: () => true },
    documents: noDocuments,
    processes: { run: never, open: never, files },
    runtime: () => undefined,
    background,
    scripts: kernels,
    settings: () => ({ commandSeconds: 60, outputBytes: 2_000 }),
  }
  const tool = executeCode(ports)
  const all = new Map([['execute_code', tool as Tool], ...tools.map(named)])
  let count = 0
  const parts = {
    turn: someTurn,
    stepId: 'm1',
    tools: all,
    newCallId: () => `c${++count}`,
    open: new Map<string, Call>(),
    slots: new Slots(() => 128),
    clock,
    log: silentLog,
    gate: openGate,
    emit: (event: CallEvent) => events.push(event),
  }
  const batch = new Batch(parts, source)
  const run = (code: string, timeout_s?: number) => {
    const input = { language: 'python', code, ...(timeout_s !== undefined && { timeout_s }) }
    return batch.submit({ id: parts.newCallId(), tool, input, summary: '' })
  }
  return { clock, source, events, told, background, kernels, parts, batch, run, tool }
}

const never = (): never => {
  throw new Error('no processes here')
}
const named = (script: Script): [string, Tool] => [script.name ?? '', scriptedTool(script)]

describe('execute_code', () => {
  test('gives what the script prints, and says how many calls it made and which failed', async () => {
    const caught: unknown[] = []
    const { run } = setUp({
      code: async ({ call, print }) => {
        print(`got ${await call('good')}\n`)
        await call('bad', { path: 'x' }).catch((error: unknown) => caught.push(error))
        await call('missing').catch((error: unknown) => caught.push(error))
      },
    })
    const outcome = await run('code')
    expect(outcome).toMatchObject({ status: 'completed', fact: '3 calls, 2 failed' })
    expect(outcome.result).toBe(
      'The script ended.\nIt made 3 calls; 2 did not complete:\n- bad bad: failed (not_found)\n- missing: failed (unknown_tool)\ngot a good result\n',
    )
    expect(caught).toEqual([expect.any(FakeToolError), expect.any(FakeToolError)])
    expect(caught).toMatchObject([
      { code: 'not_found', message: 'There is no such file. Look for it.' },
      { code: 'unknown_tool', message: expect.stringMatching(/^There is no tool of this name/) },
    ])
  })

  test('gives the error that the script did not catch, after its output', async () => {
    const { run } = setUp({
      code: async ({ print }) => {
        print('before\n')
        throw new Error('Traceback: it went wrong')
      },
    })
    const outcome = await run('code')
    expect(outcome).toMatchObject({ status: 'completed', fact: 'raised an error', exitCode: 1 })
    expect(outcome.result).toMatch(/^The script ended with an error.*\nIt made no calls\.\nbefore\n.*it went wrong$/s)
  })

  test('says why there is no kernel', async () => {
    expect(await setUp({}).run('code')).toMatchObject({
      status: 'failed',
      result: 'Error (no_kernel): There is no kernel. Install one.',
    })
  })

  test('bounds what it prints, in the result and on the card', async () => {
    const { run, events } = setUp({ code: async ({ print }) => print('a line of words\n'.repeat(10_000)) })
    expect((await run('code')).result).toMatch(/… \d+ lines \(\d+ KB\) left out.* …/)
    const shown = events.flatMap((event) => (event.type === 'callOutput' ? event.text : [])).join('')
    expect(shown.length).toBeLessThan(20_000)
  })

  test('runs scripts of scripts, each with a kernel of its own', async () => {
    const { run, kernels } = setUp({
      outer: async ({ call, print }) => print(await call('execute_code', { language: 'python', code: 'inner' })),
      inner: async ({ call, print }) => print(`${kernels.running} run, ${await call('good')}`),
    })
    expect((await run('outer')).result).toContain('2 run, a good result')
  })

  test('needs a folder', async () => {
    const { tool } = setUp({})
    expect(tool.summary({ language: 'python', code: '# count callers of getUser\nx = 1' })).toBe(
      'count callers of getUser',
    )
    expect(tool.summary({ language: 'python', code: '\n  x = 1\n' })).toBe('x = 1')
    expect(tool.input.safeParse({ language: 'python', code: '  ' }).success).toBe(false)
  })
})

describe('a script that is stopped', () => {
  test('gives its output so far and says what its calls had done', async () => {
    const { run, source, kernels } = setUp({
      code: async ({ call, print }) => {
        print('begun\n')
        await call('good')
        await call('long')
      },
    })
    const script = run('code')
    await kernels.asked
    await settled()
    source.cancel('stop')
    expect((await script).result).toBe(
      'Cancelled (stop): The script was ended with all that it started.\nIt made 2 calls; 1 did not complete:\n- good good: completed\n- long long: cancelled (stop)\nIts output so far:\nbegun\n',
    )
    expect(kernels.running).toBe(0)
  })

  test('by its deadline has ended with its calls', async () => {
    const { run, clock, kernels } = setUp({ code: async ({ call }) => call('long') })
    const script = run('code', 2)
    await kernels.asked
    await settled()
    clock.advance(2_000)
    const { result } = await script
    expect(result).toMatch(/^Cancelled \(timeout\): .*- long long: cancelled \(timeout\)/s)
  })

  test('by its deadline had a kernel: the wait for one does not count', async () => {
    const { run, clock, kernels, events } = setUp({ code: async ({ print }) => print('ran') })
    const kernel = Promise.withResolvers<void>()
    kernels.kernel = kernel.promise
    const script = run('code', 2)
    await kernels.asked
    expect(events.at(-1)).toMatchObject({ type: 'callWaiting', waitingFor: { kind: 'kernel' } })
    clock.advance(60_000)
    kernel.resolve()
    expect(await script).toMatchObject({ status: 'completed', result: expect.stringContaining('ran') })
  })

  test('before it has a kernel ran nothing', async () => {
    const { run, batch, kernels } = setUp({ code: async () => {} })
    kernels.kernel = new Promise(() => {})
    const script = run('code')
    await kernels.asked
    await settled()
    batch.steer()
    expect(await script).toMatchObject({ status: 'deferred' })
  })

  test('has cancelled the calls that it left open when it ended', async () => {
    const { run } = setUp({
      code: async ({ call }) => {
        void call('long').catch(() => undefined)
      },
    })
    expect(await run('code')).toMatchObject({
      status: 'completed',
      result: expect.stringContaining('- long long: cancelled (stop)'),
    })
  })
})

describe('a script that is steered', () => {
  function steered() {
    const opened = Promise.withResolvers<void>()
    const tools: Script[] = [...basic, { name: 'gated', run: until(opened.promise, 'late') }]
    const scripts: Record<string, FakeScript> = {
      code: async ({ call, print }) => {
        print('begun\n')
        print(`${await call('gated')}\n`)
        print(`${await call('long')}\n`)
      },
    }
    return { opened, ...setUp(scripts, tools) }
  }

  test('goes on in the background with its calls, and its entry tells its output and its end', async () => {
    const { run, batch, source, opened, background, told, kernels, parts } = steered()
    const script = run('code')
    await kernels.asked
    await settled()
    batch.steer()
    expect(await script).toMatchObject({ status: 'backgrounded', fact: 'python' })
    const entry = background.get('python')
    expect(entry?.work).toMatchObject({ kind: 'script', title: 'code', owner: { callId: 'c1' } })
    opened.resolve()
    await settled()
    expect(entry?.work.output.text()).toBe('begun\nlate\n')
    expect([...parts.open.keys()]).toEqual(['c3'])
    parts.open.get('c3')?.source.cancel('stop')
    await settled()
    expect(entry?.end?.how).toBe('ended with an error')
    expect(told.map(({ type }) => type)).toContain('processEnded')
    expect(source.attached).toEqual({ listeners: 0, children: 0 })
  })

  test.each(['the entry', 'its turn'])('and then stopped by %s ends with its calls', async (by) => {
    const { run, batch, source, background, kernels, parts } = steered()
    const script = run('code')
    await kernels.asked
    await settled()
    batch.steer()
    await script
    if (by === 'its turn') source.cancel('stop')
    else await background.get('python')?.work.stop()
    await settled()
    expect(background.get('python')?.end?.how).toBe('stopped')
    expect([kernels.running, parts.open.size]).toEqual([0, 0])
    expect(source.attached).toEqual({ listeners: 0, children: 0 })
  })
})
