import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { RunningScript } from '../../../../src/core/code/scripts.ts'
import type { Runtime } from '../../../../src/core/runtimes/runtime.ts'
import { CancellationSource } from '../../../../src/core/scheduling/cancellation.ts'
import { failed } from '../../../../src/core/tools/tool.ts'
import { executable } from '../../../support/programs.ts'
import { Far } from './far.ts'

const done = { kind: 'ended' }
const slow = { timeout: 60_000 }

const ways: [string, (far: Far) => Runtime][] = [
  ['ssh, files', (far) => far.ssh('files')],
  ['ssh, stream', (far) => far.ssh('stream')],
  ['container, files', (far) => far.container('files')],
  ['container, stream', (far) => far.container('stream')],
]

const delayed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe.each(ways)('a script elsewhere (%s)', (_way, runtimeOf) => {
  let far: Far
  let runtime: Runtime
  beforeAll(async () => {
    far = await Far.open()
    runtime = runtimeOf(far)
  })
  afterAll(() => far[Symbol.asyncDispose]())

  test('runs in the folder there, and both of its outputs are heard to their ends', slow, async () => {
    const code = 'import os, sys\nprint(os.getcwd())\nprint("wrong", file=sys.stderr)\nsys.stdout.write("x" * 300000)'
    const { end, output } = await far.run(runtime, 'python', code)
    expect(end).toEqual(done)
    expect(output.length).toBe(far.cwd.length + 1 + 6 + 300_000)
    expect(output.replaceAll('x', '')).toMatch(/^(?=[^]*wrong\n)/)
    expect(output).toContain(`${far.cwd}\n`)
    const js = await far.run(runtime, 'javascript', 'console.log(process.cwd()); console.error("wrong"); null.x')
    expect(js.output).toContain(`${far.cwd}\n`)
    expect(js.output).not.toContain('\0')
    expect(js.end).toMatchObject({ kind: 'ended', error: expect.stringContaining('TypeError') })
  })

  test('has ten threads whose calls each get their own answer, in whatever order they come', slow, async () => {
    const code = `from concurrent.futures import ThreadPoolExecutor
from stretto import tools
with ThreadPoolExecutor(10) as pool:
    print(*pool.map(lambda n: tools.terminal(command="echo tag-%d" % n), range(10)), sep="\\n")`
    const all = Promise.withResolvers<void>()
    let open = 0
    const { end, output } = await far.run(runtime, 'python', code, {
      onCall: async ({ input }) => {
        const { command } = input as { command: string }
        if (++open === 10) all.resolve()
        await all.promise
        await delayed(10 * (10 - Number(command.slice(-1))))
        return { kind: 'text', text: `ran ${command}` }
      },
    })
    expect(end).toEqual(done)
    expect(output).toBe(Array.from({ length: 10 }, (_, n) => `ran echo tag-${n}\n`).join(''))
  })

  test('has a hundred calls open at once, one of which fails and one of which it takes back', slow, async () => {
    const code = `const taken = new AbortController()
      const calls = Array.from({ length: 100 }, (_, n) =>
        tools.echo({ n }, n === 7 ? { signal: taken.signal } : undefined).catch((error) => error.code ?? error.name))
      await tools.ready({})
      taken.abort()
      console.log((await Promise.all(calls)).join('\\n'))`
    const all = Promise.withResolvers<void>()
    let open = 0
    const { end, output } = await far.run(runtime, 'javascript', code, {
      onCall: async ({ name, input }, token) => {
        if (++open === 101) all.resolve()
        await all.promise
        if (name === 'ready') return { kind: 'text', text: '' }
        const { n } = input as { n: number }
        if (n === 7) await new Promise<void>((resolve) => void token.onCancellationRequested(() => resolve()))
        else await delayed((n * 37) % 50)
        if (n === 7) return failed('cancelled', 'It was cancelled.')
        return n === 3 ? failed('not_found', 'There is none.') : { kind: 'text', text: `answer ${n}` }
      },
    })
    expect(end).toEqual(done)
    const lines = output.trim().split('\n')
    expect(lines.toSpliced(7, 1)).toEqual(
      Array.from({ length: 100 }, (_, n) => (n === 3 ? 'not_found' : `answer ${n}`)).toSpliced(7, 1),
    )
    expect(lines[7]).toBe('cancelled')
  })

  test('gets a large result whole', slow, async () => {
    const onCall = async () => ({ kind: 'text' as const, text: 'é'.repeat(1 << 20) })
    const code = 'from stretto import tools\nprint(len(tools.x()))'
    expect(await far.run(runtime, 'python', code, { onCall })).toEqual({ end: done, output: `${1 << 20}\n` })
  })

  test('runs beside another one, in a process of its own', slow, async () => {
    const code = 'import os\nfrom stretto import tools\nprint(os.getpid())\ntools.meet()'
    const both = Promise.withResolvers<void>()
    let here = 0
    const onCall = async () => {
      if (++here === 2) both.resolve()
      await both.promise
      return { kind: 'text' as const, text: '' }
    }
    const ran = await Promise.all([1, 2].map(() => far.run(runtime, 'python', code, { onCall })))
    expect(ran.map(({ end }) => end)).toEqual([done, done])
    expect(new Set(ran.map(({ output }) => output)).size).toBe(2)
  })

  test('is stopped with all that it started, what ignores SIGTERM included', slow, async () => {
    const source = new CancellationSource()
    const begun = Promise.withResolvers<void>()
    const shell = `TAG=stubborn; export TAG; trap '' TERM; (setsid sh -c "trap '' TERM; while :; do sleep 0.1; done" &); echo on; while :; do sleep 0.1; done`
    const code = `import subprocess\nsubprocess.run(["sh", "-c", ${JSON.stringify(shell)}])`
    const onOutput = (text: string): void => void (text.includes('on') && begun.resolve())
    const running = far.run(runtime, 'python', code, { onOutput }, source.token)
    await begun.promise
    source.cancel('stop')
    expect((await running).end).toEqual({ kind: 'stopped' })
    await expect.poll(() => far.left('TAG=stubborn').then(processesOf), { timeout: 10_000 }).toEqual([])
  })

  test('ends with what it leaves behind, a daemon too', slow, async () => {
    const code = 'import os, subprocess\nos.environ["TAG"] = "orphan"\nsubprocess.run(["setsid", "-f", "sleep", "600"])'
    expect((await far.run(runtime, 'python', code)).end).toEqual(done)
    await expect.poll(() => far.left('TAG=orphan').then(processesOf), { timeout: 10_000 }).toEqual([])
  })

  test('goes on when it is detached from its token, until it is stopped', slow, async () => {
    const source = new CancellationSource()
    const begun = Promise.withResolvers<RunningScript>()
    const said = Promise.withResolvers<void>()
    const code = 'console.log(await tools.x({})); for (;;) await tools.x({})'
    const go = Promise.withResolvers<void>()
    const running = far.run(
      runtime,
      'javascript',
      code,
      {
        onStart: begun.resolve,
        onOutput: () => said.resolve(),
        onCall: async () => {
          await go.promise
          return { kind: 'text', text: 'alive' }
        },
      },
      source.token,
    )
    const script = await begun.promise
    script.detach()
    source.cancel('stop')
    go.resolve()
    await said.promise
    await script.stop()
    expect((await running).end).toEqual({ kind: 'stopped' })
  })

  test('that kills its kernel says so, and the next one runs', slow, async () => {
    const { end } = await far.run(runtime, 'python', 'import os\nos.kill(os.getpid(), 9)')
    expect(end).toMatchObject({ kind: 'failed', code: 'kernel_ended' })
    expect(await far.run(runtime, 'python', 'print("well")')).toEqual({ end: done, output: 'well\n' })
  })

  // Stands last: it ends all.
  test('leaves nothing there in the end: no process, no file', slow, async () => {
    await far.close()
    await expect.poll(() => far.left(), { timeout: 10_000 }).toEqual([])
  })
})

function processesOf(left: readonly string[]): string[] {
  return left.filter((one) => one.startsWith('process'))
}

describe.each(['files', 'stream'] as const)('a lost connection (%s)', (transport) => {
  test(
    'ends the script in mid-call with a clear result, leaves nothing there, and the next one runs',
    slow,
    async () => {
      await using far = await Far.open()
      const here = await mkdtemp(join(tmpdir(), 'here-'))
      vi.stubEnv('TMPDIR', here)
      onTestFinished(() => {
        vi.unstubAllEnvs()
        return rm(here, { recursive: true })
      })
      const runtime = far.ssh(transport)
      const called = Promise.withResolvers<void>()
      const shell = `trap '' TERM HUP; while :; do sleep 0.1; done`
      const code = `import subprocess\nfrom stretto import tools\nprint("begun", flush=True)
subprocess.Popen(["sh", "-c", ${JSON.stringify(shell)}])\ntools.wait()`
      const cancelled = Promise.withResolvers<void>()
      const running = far.run(runtime, 'python', code, {
        onCall: async (_call, token) => {
          called.resolve()
          token.onCancellationRequested(() => cancelled.resolve())
          await cancelled.promise
          return failed('cancelled', 'It was cancelled.')
        },
      })
      await called.promise
      const before = new Set(await far.left())
      await far.cut()
      expect(await running).toMatchObject({
        output: 'begun\n',
        end: { kind: 'failed', code: 'connection_lost', message: expect.stringContaining('look before') },
      })
      // What is there after that is the next kernel, which is kept warm.
      const still = async () => (await far.left()).filter((one) => before.has(one))
      await expect.poll(still, { timeout: 15_000 }).toEqual([])
      expect(await far.run(runtime, 'python', 'print("again")')).toEqual({ end: done, output: 'again\n' })
      await far.close()
      await expect.poll(() => far.left(), { timeout: 10_000 }).toEqual([])
      expect((await readdir(here)).filter((name) => /^stretto-\w{6}$/.test(name))).toEqual([])
    },
  )
})

describe('where there is no kernel', () => {
  test.each([
    ['python', 'There is no Python there'],
    ['javascript', 'There is no JavaScript there'],
  ] as const)('for %s, that is said, with the host and what to do', slow, async (language, words) => {
    await using far = await Far.open(await bareTools())
    const { end } = await far.run(far.ssh('files'), language, '1')
    expect(end).toMatchObject({ kind: 'failed', code: 'no_kernel', message: expect.stringContaining(words) })
    expect(end).toMatchObject({ message: expect.stringMatching(/127\.0\.0\.1.*must be installed there/s) })
    expect(far.kernels.size).toBe(0)
  })

  test('a folder that is not there is said, with the setting to correct', slow, async () => {
    await using far = await Far.open()
    const { end } = await far.run(far.ssh('files', '/no/such'), 'python', '1')
    expect(end).toMatchObject({
      code: 'no_folder',
      message: expect.stringMatching(/no\/such.*stretto\.runtime\.folder/s),
    })
  })
})

/** A PATH with what runtimes need and nothing else. */
async function bareTools(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bare-'))
  const names = 'sh bash base64 cat env find grep mkdir mkfifo mktemp mv rm sed setsid sleep tr wc'.split(' ')
  for (const name of names) await symlink(executable(name) ?? '', join(folder, name))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

test('the kernels of a place that scripts have left end', slow, async () => {
  await using far = await Far.open()
  const [first, second] = [far.container('files'), far.container('stream')]
  for (const runtime of [first, second]) expect((await far.run(runtime, 'python', 'print(1)')).end).toEqual(done)
  await expect
    .poll(async () => (await far.left()).filter((one) => one.startsWith('stretto-')).length, { timeout: 10_000 })
    .toBe(1)
})

test('a connection that is lost before the script began is made again once, and then said', slow, async () => {
  await using far = await Far.open()
  const runtime = far.ssh('files')
  const carry = runtime.carry.bind(runtime)
  let [count, cuts] = [0, 1]
  runtime.carry = async (command, token) => {
    if (++count % 3 === 0 && cuts-- > 0) await far.cut()
    return carry(command, token)
  }
  expect((await far.run(runtime, 'python', 'print(1)')).end).toEqual(done)
  ;[count, cuts] = [0, Infinity]
  await far.cut()
  const { end } = await far.run(runtime, 'python', 'print(1)')
  expect(end).toMatchObject({ kind: 'failed', code: expect.stringMatching(/connection_lost|unreachable/) })
  cuts = 0
  expect((await far.run(runtime, 'python', 'print(1)')).end).toEqual(done)
})
