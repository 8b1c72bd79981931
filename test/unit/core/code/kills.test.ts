import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import type { ScriptLanguage } from '../../../../src/core/code/scripts.ts'
import { CancellationSource } from '../../../../src/core/scheduling/cancellation.ts'
import { type ProcessRow, processTable } from '../../../../src/core/processes/processTable.ts'
import { propertyMs, runs } from '../../../support/settled.ts'
import { World } from './world.ts'

const AT_ONCE = 4
/** Comes through a file. */
const LARGE = 'x'.repeat(300_000)

/** One script that makes many calls, and what happens to it. */
interface Fate {
  language: ScriptLanguage
  /** How its kernel, or it, ends. */
  how: 'SIGKILL' | 'SIGTERM' | 'SIGABRT' | 'stop' | 'nothing'
  /** When: after so many of its calls have begun, or so many ms after its start. */
  after: { calls: number } | { ms: number }
}

const fates: fc.Arbitrary<Fate> = fc.record({
  language: fc.constantFrom('python', 'javascript'),
  how: fc.constantFrom('SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGABRT', 'stop', 'nothing'),
  after: fc.oneof(
    fc.record({ calls: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ ms: fc.integer({ min: 0, max: 30 }) }),
  ),
})

/** Prints its kernel's pid, then each answer; a wrong one ends it. Starts a child that stays. */
const texts: Record<ScriptLanguage, string> = {
  python: `import os, subprocess
from concurrent.futures import ThreadPoolExecutor
from stretto import tools
print(os.getpid(), flush=True)
subprocess.Popen(["sleep", "300"])
def ask(n):
    answer = tools.echo(n=n)
    assert answer == ("x" * 300000 if n == 5 else str(n)), "wrong: %s for %d" % (answer[:99], n)
    print("got", n)
with ThreadPoolExecutor(4) as pool: list(pool.map(ask, range(12)))`,
  javascript: `console.log(process.pid)
require("child_process").spawn("sleep", ["300"], { stdio: "ignore" }).unref()
const ask = async (n) => {
  const answer = await tools.echo({ n })
  if (answer !== (n === 5 ? "x".repeat(300000) : String(n))) throw new Error("wrong: " + answer.slice(0, 99) + " for " + n)
  console.log("got", n)
}
for (let n = 0; n < 12; n += 4) await Promise.all([n, n + 1, n + 2, n + 3].map(ask))`,
}

async function live(world: World, { language, how, after }: Fate): Promise<void> {
  const source = new CancellationSource()
  const pid = Promise.withResolvers<number>()
  let [begun, replied, output] = [0, 0, '']
  const strike = (): void => {
    if (how === 'nothing') return
    if (how === 'stop') return source.cancel('stop')
    void pid.promise.then((one) => {
      try {
        process.kill(one, how)
      } catch {
        // It has ended by itself.
      }
    })
  }
  const onOutput = (text: string): void => {
    output += text
    const [, first] = /^(\d+)\n/.exec(output) ?? []
    if (first !== undefined) pid.resolve(Number(first))
  }
  const { end } = await world.run(
    language,
    texts[language],
    {
      onOutput,
      onStart: () => {
        if ('ms' in after) setTimeout(strike, after.ms)
      },
      onCall: async ({ input }) => {
        if (++begun === ('calls' in after ? after.calls : undefined)) strike()
        await new Promise((resolve) => setTimeout(resolve, (begun % 3) * 8))
        replied++
        const { n } = input as { n: number }
        return { kind: 'text', text: n === 5 ? LARGE : String(n) }
      },
    },
    source.token,
  )
  expect(replied).toBe(begun)
  if (end.kind === 'failed') expect({ how, code: end.code }).toEqual({ how, code: 'kernel_ended' })
  if (end.kind === 'stopped') expect(how).toBe('stop')
  if (end.kind === 'ended') expect(end.error).toBeUndefined()
  if (end.kind === 'ended') expect(output.match(/got/g)).toHaveLength(12)
}

afterEach(() => {
  vi.unstubAllEnvs()
})

test(
  'however a kernel is killed: every call has its result, no answer is wrong, and no process or file is left',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kills-'))
    const mark = randomUUID()
    vi.stubEnv('KILLS_MARK', mark)
    vi.stubEnv('TMPDIR', folder)
    const world = await World.make()
    const all = fc.sample(fates, { seed: 7, numRuns: Math.min(runs(100), 1_000) })
    const lives = async (): Promise<void> => {
      for (let fate = all.pop(); fate !== undefined; fate = all.pop()) await live(world, fate)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lives))
    await world[Symbol.asyncDispose]()
    const ours = ({ environment }: ProcessRow): boolean =>
      environment.includes(mark) && environment.includes('STRETTO_CALL')
    expect((await processTable()).filter(ours)).toEqual([])
    expect(await readdir(folder)).toEqual([])
    await rm(folder, { recursive: true })
  },
  propertyMs,
)
