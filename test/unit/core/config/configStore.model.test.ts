import fc from 'fast-check'
import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { type ConfigFile, configFiles } from '../../../../src/core/config/config.ts'
import { CancellationSource, CancelledError } from '../../../../src/core/scheduling/cancellation.ts'
import { hops, propertyMs, runs, settled } from '../../../support/settled.ts'
import { type ConfigWorld, configWorld, insideLocks } from './world.ts'

/** One change: to which files, and when it is cancelled, as turns of the loop after its start. */
interface Move {
  files: readonly ConfigFile[]
  cancelAfter: number | undefined
  /** Turns of the loop before the next one. */
  pause: number | undefined
}

const move: fc.Arbitrary<Move> = fc.record({
  files: fc.subarray([...configFiles], { minLength: 1 }),
  cancelAfter: fc.option(fc.nat({ max: 12 }), { nil: undefined }),
  pause: fc.oneof(fc.constant(undefined), fc.nat({ max: 4 })),
})

test(
  'a change is there whole when it says so, and nowhere when it was cancelled, under any schedule of two windows',
  async () => {
    const moves = fc.array(move, { minLength: 1, maxLength: 12, size: 'max' })
    await fc.assert(fc.asyncProperty(moves, play), { seed: 11, numRuns: runs(150) })
  },
  propertyMs,
)

async function play(moves: Move[]): Promise<void> {
  // What stands for the locks between windows: both queue at one place.
  const locks = insideLocks()
  await using world = await configWorld(locks)
  const other = world.another(locks)
  const ends: Promise<boolean>[] = []
  for (const [name, one] of moves.entries()) {
    ends.push(make(name % 2 === 0 ? world.store : other, one, name))
    await hops(one.pause)
  }
  const made = await Promise.all(ends)
  for (const file of configFiles) expect(await namesIn(world, file)).toEqual(expected(moves, made, file))
  const files = await readdir(world.folder)
  expect(files.filter((name) => !name.endsWith('.jsonc'))).toEqual([])
}

/** Whether it was made. */
async function make(store: ConfigWorld['store'], { files, cancelAfter }: Move, name: number): Promise<boolean> {
  const source = new CancellationSource()
  const changes = Object.fromEntries(files.map((file) => [file, (value: Value) => adding(file, value, `m${name}`)]))
  const end = store.updateAll(changes, source.token)
  if (cancelAfter !== undefined) void settled(cancelAfter).then(() => source.cancel('stop'))
  try {
    expect(await end).toBeUndefined()
    return true
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error
    return false
  }
}

interface Value {
  servers?: object
  deny?: { tool: string }[]
}

function adding(file: ConfigFile, value: Value, name: string): Readonly<Record<string, unknown>> {
  switch (file) {
    case 'models':
      return { ...value, [name]: {} }
    case 'mcp':
      return { servers: { ...value.servers, [name]: { command: 'x' } } }
    case 'permissions':
      return { deny: [...(value.deny ?? []), { tool: name }] }
  }
}

async function namesIn({ store }: ConfigWorld, file: ConfigFile): Promise<string[]> {
  const value = (await store.readValue(file)) as Value
  if (file === 'permissions') return (value.deny ?? []).map(({ tool }) => tool).sort()
  return Object.keys(file === 'models' ? value : (value.servers ?? {})).sort()
}

function expected(moves: Move[], made: boolean[], file: ConfigFile): string[] {
  return moves.flatMap(({ files }, name) => (made[name] && files.includes(file) ? [`m${name}`] : [])).sort()
}
