import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ScriptLanguage } from '../../../../src/core/code/scripts.ts'
import { failed } from '../../../../src/core/tools/tool.ts'
import { World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await World.make()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

const done = { kind: 'ended' }
const ended = (error: unknown) => ({ kind: 'ended', error })

interface Case {
  code: Record<ScriptLanguage, string>
  output?: unknown
  end?: unknown
}

const cases: Record<string, Case> = {
  'all of its output is there at its end, without a line end too': {
    code: {
      python: 'import sys\nprint("one")\nprint("two", file=sys.stderr, end="")\nprint("three", end="")',
      javascript: 'console.log("one"); process.stderr.write("two"); process.stdout.write("three")',
    },
    output: expect.stringMatching(/^(?=[^]*one\n)(?=[^]*two)[^]*three/),
  },
  'what its children print is there': {
    code: {
      python: 'import subprocess\nsubprocess.run(["sh", "-c", "echo child; echo wrong >&2"])\nprint("after")',
      javascript:
        'require("child_process").spawnSync("sh", ["-c", "echo child; echo wrong >&2"], { stdio: "inherit" }); console.log("after")',
    },
    output: expect.stringMatching(/^(?=[^]*wrong\n)[^]*child\n(wrong\n)?after\n/),
  },
  'a megabyte of output comes whole': {
    code: {
      python: 'print("x" * (1 << 20)); print("end")',
      javascript: 'console.log("x".repeat(1 << 20)); console.log("end")',
    },
    output: `${'x'.repeat(1 << 20)}\nend\n`,
  },
  'bytes that are no UTF-8, and its own NULs, are shown': {
    code: {
      python: 'import os\nos.write(1, b"a\\xffb\\0c\\0")',
      javascript: 'require("fs").writeSync(1, Buffer.from("61ff62006300", "hex"))',
    },
    output: 'a\ufffdb\0c\0',
  },
  'its input is empty': {
    code: {
      python: 'import sys\nprint(repr(sys.stdin.read()))',
      javascript: 'for await (const piece of process.stdin) console.log(piece)\nconsole.log("end of input")',
    },
    output: expect.stringMatching(/^('')?(end of input)?\n$/),
  },
  'an uncaught error comes with the lines of the script': {
    code: {
      python: 'def f(x):\n    return 1 / x\n\nf(0)',
      javascript: 'function f(x) {\n  return x.y\n}\nf(null)',
    },
    end: ended(expect.stringMatching(/ZeroDivisionError[^]*|TypeError[^]*script\.stretto\.mjs:2:12[^]*mjs:4:1$/)),
  },
  'an error of syntax comes with its line': {
    code: { python: 'x = 1\ndef f(:\n  pass', javascript: 'let x = 1\nfunction f(: {}' },
    end: ended(expect.stringMatching(/line 2\n[^]*SyntaxError|mjs:2\n[^]*SyntaxError/)),
  },
  'an exit code is told': {
    code: { python: 'import sys\nprint("so far")\nsys.exit(3)', javascript: 'console.log("so far"); process.exit(3)' },
    output: 'so far\n',
    end: ended('The script exited with code 3.'),
  },
  'an exit with code 0 is none of an error': {
    code: { python: 'raise SystemExit', javascript: 'process.exit(0)' },
  },
  'it runs in the folder that it was given': {
    code: { python: 'import os\nprint(os.getcwd())', javascript: 'console.log(process.cwd())' },
    output: expect.stringMatching(/run-\w+\n$/),
  },
  'what it started and did not wait for is waited for as the language does': {
    code: {
      python:
        'import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.1), print("late"))).start()\nfrom concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor(2).submit(print, "pooled")',
      javascript: 'setTimeout(() => console.log("late"), 100); console.log("pooled")',
    },
    output: 'pooled\nlate\n',
  },
}

for (const [behaviour, { code, output = '', end = done }] of Object.entries(cases)) {
  test.each(['python', 'javascript'] as const)(`%s: ${behaviour}`, async (language) => {
    expect(await world.run(language, code[language])).toEqual({ output, end })
  })
}

test.each([
  ['python', 'for n in range(30): print(str(n) * 10_000)'],
  ['javascript', 'for (let n = 0; n < 30; n++) console.log(String(n).repeat(10_000))'],
] as const)('%s: what hears its output slowly hears it all, before its end', async (language, code) => {
  let heard = ''
  const onOutput = async (text: string): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 10))
    heard += text
  }
  expect((await world.run(language, code, { onOutput })).end).toEqual(done)
  expect(heard).toBe(Array.from({ length: 30 }, (_, n) => `${String(n).repeat(10_000)}\n`).join(''))
})

describe('JavaScript', () => {
  test.each([
    ['require and a top-level await', 'const fs = require("node:fs"); await null; console.log(typeof fs.readFileSync)'],
    [
      'import, as a statement and as a call',
      'import fs from "node:fs"\nconst p = await import("node:path")\nconsole.log(typeof fs.readFileSync, p.sep)',
    ],
  ])('knows %s', async (_, code) => {
    expect((await world.run('javascript', code)).output).toMatch(/^function/)
  })

  test('imports and requires what lies in its folder', async () => {
    await writeFile(join(world.folder, 'a.mjs'), 'export const a = 1')
    await writeFile(join(world.folder, 'b.cjs'), 'exports.b = 2')
    const { output } = await world.run(
      'javascript',
      'import { a } from "./a.mjs"\nconsole.log(a, require("./b.cjs").b)',
    )
    expect(output).toBe('1 2\n')
  })

  test('an unhandled rejection ends it, and is its error', async () => {
    const { end } = await world.run('javascript', 'Promise.reject(new Error("nobody")); setInterval(() => {}, 1000)')
    expect(end).toMatchObject(ended(expect.stringContaining('Error: nobody')))
  })

  test('an await of what never comes is told', async () => {
    const { end } = await world.run('javascript', 'await new Promise(() => {})')
    expect(end).toMatchObject(ended(expect.stringContaining('top-level await')))
  })

  test('can change its folder, for its children too', async () => {
    await mkdir(join(world.folder, 'inner'), { recursive: true })
    const code = `process.chdir('inner'); console.log(process.cwd())
      require('child_process').execSync('pwd', { stdio: 'inherit' })
      try { process.chdir('nowhere') } catch (error) { console.log(error.code) }`
    const inner = join(world.folder, 'inner')
    expect((await world.run('javascript', code)).output).toBe(`${inner}\n${inner}\nENOENT\n`)
  })
})

describe('Python', () => {
  test('imports what lies in its folder', async () => {
    await writeFile(join(world.folder, 'mine.py'), 'value = 7')
    expect((await world.run('python', 'import mine\nprint(mine.value)')).output).toBe('7\n')
  })

  test('a process that it forks ends by itself, as the script’s text does', async () => {
    const code = 'import os\nif os.fork() == 0:\n    print("child")\n    raise SystemExit(4)\nprint(os.wait()[1] >> 8)'
    expect(await world.run('python', code)).toEqual({ output: 'child\n4\n', end: done })
  })

  test('what is to be called at its exit is called', async () => {
    expect((await world.run('python', 'import atexit\natexit.register(print, "bye")')).output).toBe('bye\n')
  })
})

describe('calls', () => {
  const calling: Record<ScriptLanguage, string> = {
    python:
      'from concurrent.futures import ThreadPoolExecutor\nfrom stretto import tools\nwith ThreadPoolExecutor(10) as pool:\n    print(*pool.map(lambda n: tools.echo(n=n), range(10)), sep="\\n")',
    javascript: 'console.log((await Promise.all(Array.from({ length: 10 }, (_, n) => tools.echo({ n })))).join("\\n"))',
  }
  test.each(['python', 'javascript'] as const)('%s: run at once, and each gets its own answer', async (language) => {
    const all = Promise.withResolvers<void>()
    let open = 0
    const { output, end } = await world.run(language, calling[language], {
      onCall: async ({ input }) => {
        if (++open === 10) all.resolve()
        await all.promise
        return { kind: 'text', text: JSON.stringify(input) }
      },
    })
    expect({ end, lines: output.trim().split('\n') }).toEqual({
      end: done,
      lines: Array.from({ length: 10 }, (_, n) => `{"n":${n}}`),
    })
  })

  test.each([
    ['python', 'from stretto import tools, ToolError\ntry:\n    tools.x()\nexcept ToolError as e:\n    print(e.code)'],
    ['javascript', 'try { await tools.x() } catch (e) { console.log(e.code) }'],
  ] as const)('%s: a failure is an exception with its code', async (language, code) => {
    const onCall = async () => failed('not_found', 'There is none.')
    expect((await world.run(language, code, { onCall })).output).toBe('not_found\n')
  })

  test.each([
    ['python', 'from stretto import tools\nprint(len(tools.x()))'],
    ['javascript', 'console.log((await tools.x()).length)'],
  ] as const)('%s: a large result comes whole', async (language, code) => {
    const onCall = async () => ({ kind: 'text' as const, text: 'é'.repeat(1 << 20) })
    expect((await world.run(language, code, { onCall })).output).toBe(`${1 << 20}\n`)
  })

  test.each([
    [
      'python',
      'import threading, os, time\nfrom stretto import tools\nthreading.Thread(target=tools.x, daemon=True).start()\ntime.sleep(0.2)',
    ],
    ['javascript', 'tools.x().catch(() => {}); setTimeout(() => process.exit(0), 200)'],
  ] as const)('%s: one that is open when its script ends is cancelled, and waited for', async (language, code) => {
    const seen: string[] = []
    const { end } = await world.run(language, code, {
      onCall: (_, token) =>
        new Promise((resolve) => {
          seen.push('begun')
          token.onCancellationRequested(() => {
            seen.push('cancelled')
            setTimeout(() => {
              seen.push('replied')
              resolve(failed('cancelled', 'It was cancelled.'))
            }, 50)
          })
        }),
    })
    expect({ end, seen }).toEqual({ end: done, seen: ['begun', 'cancelled', 'replied'] })
  })
})
