import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RunningScript } from '../../../../src/core/code/scripts.ts'
import { MOST_RUNNING } from '../../../../src/core/code/kernels.ts'
import { CancellationSource, CancelledError } from '../../../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../../../src/host/clock.ts'
import { isRunning } from '../../../support/isRunning.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { World } from './world.ts'
import { noWalls } from '../../../support/noWalls.ts'

let world: World
beforeAll(async () => {
  world = await World.make()
})
beforeEach(() => world.renew())
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

const languages = ['python', 'javascript'] as const
const done = { kind: 'ended' }
const pidOf = {
  python: 'import os; print(os.getpid())',
  javascript: 'console.log(process.pid)',
}

/** Polls on a condition, bounded. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 15_000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('it did not come true in time')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The pid that a script has written to a file. */
async function writtenPid(name = 'pid'): Promise<number> {
  const path = join(world.folder, name)
  await until(async () => (await readFile(path, 'utf8').catch(() => '')).endsWith('\n'))
  return Number(await readFile(path, 'utf8'))
}

test('a kernel that has run 250 scripts is replaced, and no script is the worse for it', async () => {
  const served = new Map<string, number>()
  for (let script = 0; script < 600; script++) {
    const { end, output } = await world.run('python', pidOf.python)
    expect(end).toMatchObject(done)
    served.set(output, (served.get(output) ?? 0) + 1)
  }
  // One runs them, and one is kept warm: two could do it all.
  expect(served.size).toBeGreaterThan(2)
  expect(Math.max(...served.values())).toBeLessThanOrEqual(250)
}, 120_000)

describe.each(languages)('%s: a kernel', (language) => {
  test('serves the next script after a clean end, without anything of the one before', async () => {
    const pids = new Set<string>()
    const dirty = {
      python:
        'import os, sys, json, builtins\nx = 1\nos.chdir("/")\nos.environ["LEFT"] = "1"\nsys.path.append("/left")\njson.dumps = builtins.len = None\nos.umask(0o077)\n',
      javascript:
        'globalThis.x = 1; process.chdir("/"); process.env.LEFT = "1"; require("fs").readFileSync = JSON.parse = null\n',
    }
    const look = {
      python:
        'import os, sys, json\nprint("x" in globals(), os.getcwd(), os.environ.get("LEFT"), "/left" in sys.path, json.dumps(len("ab")), os.umask(0o22) == 0o22)\n',
      javascript:
        'console.log("x" in globalThis, process.cwd(), process.env.LEFT, require("fs").readFileSync !== null, JSON.parse("2"))\n',
    }
    const fresh = {
      python: `False ${world.folder} None False 2 True`,
      javascript: `false ${world.folder} undefined true 2`,
    }
    for (let n = 0; n < 6; n++) {
      const { output, end } = await world.run(language, `${look[language]}${pidOf[language]}\n${dirty[language]}`)
      const [seen, pid = ''] = output.trim().split('\n')
      expect({ end, seen }).toEqual({ end: done, seen: fresh[language] })
      pids.add(pid)
    }
    // The one kept ahead, and one that was used before.
    expect(pids.size).toBeLessThanOrEqual(2)
  })

  test('runs one script at a time: several at once take several', async () => {
    const all = Promise.withResolvers<void>()
    let begun = 0
    const call = { python: 'from stretto import tools; tools.x()', javascript: 'await tools.x()' }
    const outputs = await Promise.all(
      Array.from({ length: 4 }, () =>
        world.run(language, `${pidOf[language]}\n${call[language]}`, {
          onCall: async () => {
            if (++begun === 4) all.resolve()
            await all.promise
            return { kind: 'text', text: '' }
          },
        }),
      ),
    )
    expect(new Set(outputs.map(({ output }) => output)).size).toBe(4)
  })

  test('ends a script that is stopped in an endless loop, and touches no other', async () => {
    const source = new CancellationSource()
    const loop = { python: 'print("on")\nwhile True: pass', javascript: 'console.log("on"); for (;;);' }
    const on = Promise.withResolvers<void>()
    const running = world.run(language, loop[language], { onOutput: () => on.resolve() }, source.token)
    const other = Promise.withResolvers<void>()
    const call = {
      python: 'from stretto import tools; print(tools.x())',
      javascript: 'console.log(await tools.x())',
    }
    const sibling = world.run(language, call[language], {
      onCall: async () => {
        await other.promise
        return { kind: 'text', text: 'untouched' }
      },
    })
    await on.promise
    source.cancel('stop')
    expect((await running).end).toEqual({ kind: 'stopped' })
    other.resolve()
    expect(await sibling).toEqual({ output: 'untouched\n', end: done })
  })

  test('lets a stopped script do what it does last', async () => {
    const source = new CancellationSource()
    const wait = {
      python: 'from stretto import tools\ntry:\n    tools.x()\nfinally:\n    print("last words")',
      javascript: 'try { await tools.x() } finally { console.log("last words") }',
    }
    const begun = Promise.withResolvers<void>()
    const running = world.run(
      language,
      wait[language],
      {
        onCall: (_, token) =>
          new Promise((resolve) => {
            begun.resolve()
            token.onCancellationRequested(() => resolve({ kind: 'failed', code: 'cancelled', message: 'Stopped.' }))
          }),
      },
      source.token,
    )
    await begun.promise
    source.cancel('stop')
    expect(await running).toEqual({ output: 'last words\n', end: { kind: 'stopped' } })
  })

  test('takes along, when it is stopped, all that its script started', async () => {
    const source = new CancellationSource()
    const shell = `setsid sh -c 'echo $$ > pid.tmp; mv pid.tmp pid; sleep 300' & wait`
    const start = {
      python: `import subprocess\nsubprocess.run(["sh", "-c", ${JSON.stringify(shell)}])`,
      javascript: `require("child_process").execSync(${JSON.stringify(shell)})`,
    }
    const running = world.run(language, start[language], {}, source.token)
    const pid = await writtenPid()
    source.cancel('stop')
    expect((await running).end).toEqual({ kind: 'stopped' })
    expect(await isRunning(pid)).toBe(false)
  })

  test.each(['child', 'daemon'])('ends what a script leaves behind at a clean end: a %s', async (kind) => {
    const shell = `echo $$ > pid.tmp; mv pid.tmp pid; exec sleep 300`
    const args = JSON.stringify(kind === 'daemon' ? ['setsid', '-f', 'sh', '-c', shell] : ['sh', '-c', shell])
    const start = {
      python: `import subprocess, os, time\np = subprocess.Popen(${args})\nwhile not os.path.exists("pid"): time.sleep(0.01)\n${kind === 'daemon' ? 'p.wait()' : ''}`,
      javascript: `const [file, ...args] = ${args}; const { existsSync } = require("fs")
        const child = require("child_process").spawn(file, args, { stdio: "inherit" }); child.unref()
        while (!existsSync("pid")) await new Promise((done) => setTimeout(done, 10))`,
    }
    expect((await world.run(language, start[language])).end).toEqual(done)
    expect(await isRunning(await writtenPid())).toBe(false)
  })

  test('that its script kills is told, and replaced', async () => {
    const kill = {
      python: 'import os\nprint("so far", flush=True)\nos.kill(os.getpid(), 9)',
      javascript: 'console.log("so far"); process.kill(process.pid, "SIGKILL")',
    }
    const { end, output } = await world.run(language, kill[language])
    expect({ end, output }).toMatchObject({
      end: { kind: 'failed', code: 'kernel_ended', message: expect.stringContaining('SIGKILL') },
      output: 'so far\n',
    })
    expect((await world.run(language, pidOf[language])).end).toEqual(done)
  })

  test.each([0, 1, 2, 3, 4])('gets over a script that closes descriptor %i', async (descriptor) => {
    const close = {
      python: `import os\ntry: os.close(${descriptor})\nexcept OSError: pass\nopen("mine", "w").write("kept")`,
      javascript: `const fs = require("fs"); try { fs.closeSync(${descriptor}) } catch {}; fs.writeFileSync("mine", "kept")`,
    }
    const { end } = await world.run(language, close[language])
    expect(end).toEqual(done)
    expect(await readFile(join(world.folder, 'mine'), 'utf8')).toBe('kept')
    const code = { python: 'print("well")', javascript: 'console.log("well")' }
    expect(await world.run(language, code[language])).toEqual({ output: 'well\n', end: done })
  })

  test('goes on when its script is detached from its token, until it is stopped', async () => {
    const source = new CancellationSource()
    const begun = Promise.withResolvers<RunningScript>()
    const go = Promise.withResolvers<void>()
    const call = {
      python: 'from stretto import tools\nprint(tools.x())\nwhile True: tools.x()',
      javascript: 'console.log(await tools.x()); for (;;) await tools.x()',
    }
    const said = Promise.withResolvers<void>()
    const running = world.run(
      language,
      call[language],
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
})

test('scripts beyond the limit queue, and can be cancelled there: nothing runs', async () => {
  const go = Promise.withResolvers<void>()
  let begun = 0
  const full = Promise.withResolvers<void>()
  const busy = Array.from({ length: MOST_RUNNING }, () =>
    world.run('python', 'import time, os\nwhile not os.path.exists("go"): time.sleep(0.01)', {
      onStart: () => void (++begun === MOST_RUNNING && full.resolve()),
    }),
  )
  await full.promise
  const source = new CancellationSource()
  const queued = world.run('python', 'open("ran", "w")', {}, source.token)
  source.cancel('stop')
  await expect(queued).rejects.toThrow(CancelledError)
  await writeFile(join(world.folder, 'go'), '')
  go.resolve()
  expect((await Promise.all(busy)).map(({ end }) => end)).toEqual(busy.map(() => done))
  expect(existsSync(join(world.folder, 'ran'))).toBe(false)
})

test('a script that waits for its call holds no place: the calls may be scripts, one inside the other', async () => {
  const nested = (depth: number): Promise<string> =>
    world
      .run('python', 'from stretto import tools\nprint(tools.inner())', {
        onCall: async () => ({ kind: 'text', text: depth === 0 ? 'bottom' : (await nested(depth - 1)).trim() }),
      })
      .then(({ output }) => output)
  expect(await nested(MOST_RUNNING + 2)).toBe('bottom\n')
})

test('a kernel that cannot start says why and what to do, and is never used', async () => {
  const { Kernels } = await import('../../../../src/core/code/kernels.ts')
  const broken = join(world.folder, 'broken.py')
  await writeFile(broken, 'raise SystemExit("this Python is broken")')
  const { processes } = world
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const files = { python: broken, javascript: '', worker: '' }
  await using kernels = new Kernels({ processes, confinement: noWalls, clock: systemClock, log, files })
  const options = { language: 'python' as const, code: 'print(1)', cwd: world.folder, onOutput: () => {} }
  const owner = { sessionId: 's', turnId: 't', callId: 'c' }
  const onCall = async () => ({ kind: 'text' as const, text: '' })
  const end = await kernels.run({ ...options, owner, reach: 'user', onCall }, new CancellationSource().token)
  expect(end).toMatchObject({ kind: 'failed', code: 'no_kernel' })
  expect(end).toMatchObject({ message: expect.stringMatching(/this Python is broken[^]*Python 3\.8 or newer/) })
  expect(kernels.size).toBe(0)
})

describe('with a clock', () => {
  let clock: ManualClock
  let timed: World
  beforeEach(async () => {
    clock = new ManualClock()
    timed = await World.make(clock)
  })
  afterEach(async () => {
    const ending = timed[Symbol.asyncDispose]()
    await Promise.all([ending, advancing(ending)])
  })
  /** Time goes by until the work has ended. */
  async function advancing(work: Promise<unknown>, step = 10): Promise<void> {
    const timer = setInterval(() => clock.advance(step), 5)
    await work.finally(() => clearInterval(timer))
  }

  test('kernels that nobody uses end after five minutes', async () => {
    const [pid] = (await timed.run('python', pidOf.python)).output.split('\n')
    await until(() => timed.kernels.size === 2)
    clock.advance(5 * 60_000)
    await until(() => timed.kernels.size === 0)
    expect(await isRunning(Number(pid))).toBe(false)
  })

  test('a kernel is probed before it is used again: one that does not answer is replaced', async () => {
    const [pid] = (await timed.run('python', pidOf.python)).output.split('\n')
    await until(() => timed.kernels.size === 2)
    const pids = new Set<string>()
    for (let n = 0; n < 4; n++) pids.add((await timed.run('python', pidOf.python)).output.trim())
    for (const one of [pid, ...pids]) process.kill(Number(one), 'SIGSTOP')
    const next = timed.run('python', pidOf.python)
    void advancing(next)
    expect(pids.has((await next).output.trim())).toBe(false)
  })

  test.each([
    ['is busy without a break', 'import re\nprint("on")\nre.match(r"(a*)*b", "a" * 23)\nprint("done")', 1_000],
    ['waits', 'import time\nprint("on")\ntime.sleep(2)\nprint("done")', 100],
  ])('a script that %s goes on, whatever time goes by', async (_, code, step) => {
    const on = Promise.withResolvers<void>()
    let output = ''
    const running = timed.run('python', code, {
      onOutput: (text) => {
        output += text
        on.resolve()
      },
    })
    await on.promise
    void advancing(running, step)
    expect((await running).end).toEqual(done)
    expect(output).toBe('on\ndone\n')
  })

  test('a kernel that neither answers nor does anything is ended, and that is the script’s failure', async () => {
    const on = Promise.withResolvers<void>()
    const code = 'import os, signal\nprint("on")\nos.kill(os.getpid(), signal.SIGSTOP)'
    const running = timed.run('python', code, { onOutput: () => on.resolve() })
    await on.promise
    void advancing(running, 1_000)
    expect((await running).end).toMatchObject({ kind: 'failed', message: expect.stringContaining('neither answered') })
  })
})
