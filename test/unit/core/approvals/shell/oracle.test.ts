import fc from 'fast-check'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { shellAnalysis } from '../../../../../src/core/approvals/shell/analysis.ts'
import type { Listing } from '../../../../../src/core/approvals/shell/look.ts'
import { everydayCommands } from '../../../../fixtures/everydayCommands.ts'
import { openAnalysis } from './analyse.ts'
import { everyOption, hostileCommand, MARK } from './grammar.ts'
import { canObserve, observe, type Observed } from './observed.ts'
import { snapshot, world, type World } from './world.ts'

const LONG = process.env['STRETTO_LONG'] !== undefined
const COMMANDS = LONG ? 200_000 : 3_000
const BATCH = 100

let observable: true | string
beforeAll(async () => {
  observable = await canObserve()
})

test(
  'what is allowed without a question runs nothing else, writes nothing and sends nothing',
  { timeout: LONG ? 7_200_000 : 300_000 },
  async (context) => {
    if (observable !== true) return context.skip(observable)
    await using place = await world()
    vi.stubEnv('HOME', place.home)
    const shell = shellAnalysis({
      workspace: { folders: () => [{ name: 'ws', path: place.workspace }] },
      listing: walk,
      load: openAnalysis,
    })
    const everyday = everydayCommands.flatMap(({ commands }) => commands)
    const made = fc.sample(hostileCommand, { numRuns: COMMANDS, seed: Number(process.env['SEED'] ?? 7) })
    const allowed: string[] = []
    for (const command of new Set([...everyday, ...everyOption(), ...made])) {
      const verdict = await shell.judge(command, place.workspace)
      if (verdict.kind === 'harmless') allowed.push(command)
    }
    vi.unstubAllEnvs()
    // Else the analysis asks about everything, and this shows nothing.
    expect(allowed.length).toBeGreaterThan(COMMANDS / 8)
    const before = await snapshot(place.root)
    const faults: string[] = []
    const where = { cwd: place.workspace, scratch: place.scratch, source: place.environment }
    const batches = Array.from({ length: Math.ceil(allowed.length / BATCH) }, (_, at) =>
      allowed.slice(at * BATCH, (at + 1) * BATCH),
    )
    const lane = async (): Promise<void> => {
      for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
        const [commands, seen] = [batch, await observe(batch, where)]
        faults.push(...commands.flatMap((command, index) => faultsOf(command, seen[index], place)))
      }
    }
    await Promise.all([lane(), lane()])
    expect(faults).toEqual([])
    expect(await snapshot(place.root)).toEqual(before)
  },
)

const INTERPRETERS = /^(?:(?:ba|da|z|k)?sh|python[\d.]*|node|perl|ruby|make|env|xargs|eval)$/
const secret = /canary|id_rsa|\/etc\/shadow|(?:^|\/)\.env$/

function faultsOf(command: string, seen: Observed | undefined, { root }: World): string[] {
  if (seen === undefined) return [`${command}: not observed`]
  const bare = command.replaceAll(/["'\\]|\$'/g, '')
  const programs = seen.programs.flatMap(({ path, args }) => {
    const name = basename(path)
    const isNamed = bare.includes(name) && !path.startsWith(root) && path.startsWith('/')
    const isRun = INTERPRETERS.test(name) && !/, "--?[vV](?:ersion)?"\]$/.test(args) && !/^env(?! -)/.test(name)
    return isNamed && !isRun ? [] : [`runs ${path} ${args}`]
  })
  const reads = seen.opened.filter((path) => secret.test(path)).map((path) => `reads ${path}`)
  return [...programs, ...reads, ...seen.effects].map((fault) => `${JSON.stringify(command)}: ${fault}`)
}

const walk: Listing = {
  async files(path, all, each) {
    const found = await readdir(path, { recursive: true }).catch(() => [])
    for (const name of found) {
      if ((all || !/(?:^|\/)\./.test(name)) && !name.split('/').includes('.git') && !each(join(path, name))) break
    }
    return undefined
  },
}

test('the observer sees programs, writes, connections and what a shell inside of a command does', async (context) => {
  if (observable !== true) return context.skip(observable)
  await using place = await world()
  const commands = [
    `touch ${MARK}`,
    `sh -c 'cat ../home/canary'`,
    `echo x > /dev/tcp/127.0.0.1/9`,
    `./evil.sh < /dev/null`,
    'ls',
  ]
  const seen = await observe(commands, { cwd: place.workspace, scratch: place.scratch, source: place.environment })
  const faults = commands.map((command, at) => faultsOf(command, seen[at], place).join('\n'))
  expect(faults[0]).toContain(MARK)
  expect(faults[1]).toMatch(/runs .*sh [^]*reads .*canary/)
  expect(faults[2]).toContain('connect(')
  expect(faults[3]).toMatch(/evil\.sh/)
  expect(faults[4]).toBe('')
})
