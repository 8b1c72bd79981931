import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CallOwner } from '../../../../src/core/ports.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { DiskWorld } from '../../../support/diskWorld.ts'
import { propertyMs, runs } from '../../../support/settled.ts'

/** Shared files have slots between lines that stay: even ones are the user's, odd ones the agent's. */
const SLOTS = 6
const shared = ['s1.txt', 's2.txt']
/** Files that only the agent and its commands touch; the first is there from the beginning. */
const own = ['o1.txt', 'o2.txt', 'o3.txt']

type Step =
  | { kind: 'edit' | 'command'; file: string; slot: number; word: number }
  | { kind: 'write' | 'run'; file: string; word: number | undefined }
  | { kind: 'type' | 'typeAndSave'; file: string; slot: number; word: number }
  | { kind: 'save'; file: string }

interface History {
  turns: { steps: Step[]; later: Step[] }[]
  /** Of the turns, which is gone back to. */
  to: number
  /** The user overwrites an agent's slot at the end. */
  clash: boolean
}

const word = fc.nat({ max: 3 })
const slot = fc.nat({ max: SLOTS / 2 - 1 })
const userStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('type' as const, 'typeAndSave' as const),
    file: fc.constantFrom(...shared),
    slot: slot.map((at) => at * 2),
    word,
  }),
  fc.record({ kind: fc.constant('save' as const), file: fc.constantFrom(...shared) }),
)
const agentStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('edit' as const, 'edit' as const, 'command' as const),
    file: fc.constantFrom(...shared),
    slot: slot.map((at) => at * 2 + 1),
    word,
  }),
  fc.record({
    kind: fc.constantFrom('write' as const, 'run' as const),
    file: fc.constantFrom(...own),
    word: fc.option(word, { nil: undefined }),
  }),
)
const history: fc.Arbitrary<History> = fc.record({
  turns: fc.array(
    fc.record({
      steps: fc.array(fc.oneof({ weight: 3, arbitrary: agentStep }, { weight: 2, arbitrary: userStep }), {
        maxLength: 7,
      }),
      later: fc.array(userStep, { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  to: fc.nat({ max: 2 }),
  clash: fc.boolean(),
})

test(
  'restoring takes back what the agent and its commands did, and nothing that the user wrote',
  async () => {
    await fc.assert(fc.asyncProperty(history, play), { seed: 45, numRuns: runs(80) })
  },
  propertyMs,
)

async function play({ turns, to, clash }: History): Promise<void> {
  await using world = new DiskWorld()
  for (const file of shared) world.write(file, textWith([]))
  world.write('o1.txt', 'as it was\n')
  const before: Map<string, string | undefined>[] = []
  for (const [at, turn] of turns.entries()) {
    before.push(new Map([...shared, ...own].map((file) => [file, world.text(file)])))
    const owner = world.begin(`t${at}`)
    for (const step of turn.steps) await take(step, owner, world)
    await world.end(`t${at}`)
    for (const step of turn.later) await take(step, owner, world)
  }
  const wanted = to % turns.length
  const clashed = clash ? clashIn(world) : undefined
  const now = new Map([...shared, ...own].map((file) => [file, world.text(file)]))
  const dirty = new Set(world.buffers.keys())
  const report = await world.restorer.restore(world.state, `t${wanted}`, neverCancelled)

  expect(report.gaps).toEqual([])
  for (const file of own) expect(world.text(file), file).toBe(before[wanted]?.get(file))
  for (const file of shared) {
    const expected = merged(now.get(file), before[wanted]?.get(file))
    const left = report.left.some(({ path }) => path === file)
    if (file === clashed) expect(world.text(file)).toContain('clash')
    if (left) expect(world.text(file), file).toBe(now.get(file))
    else if (file !== clashed) expect(world.text(file), file).toBe(expected)
    // Only what clashes may be left alone.
    if (left) expect(file).toBe(clashed)
    if (!dirty.has(file)) expect(world.disk(file), file).toBe(world.text(file))
  }
  const undone = await world.restorer.undo('s1', report.id, neverCancelled)
  for (const file of [...shared, ...own]) expect(world.text(file), file).toBe(now.get(file))
  expect(undone?.left ?? []).toEqual([])
}

async function take(step: Step, owner: CallOwner, world: DiskWorld): Promise<void> {
  switch (step.kind) {
    case 'type':
    case 'typeAndSave':
      world.type(step.file, withSlot(world.text(step.file), step.slot, `user ${step.word}`))
      if (step.kind === 'typeAndSave') world.save(step.file)
      return
    case 'save':
      return world.save(step.file)
    case 'edit':
      return edit(world, owner, step.file, (text) => withSlot(text, step.slot, `agent ${step.word}`))
    case 'command':
      // The editor would not save over a file that a command changed under a buffer.
      world.save(step.file)
      return command(world, owner, step.file, withSlot(world.text(step.file), step.slot, `command ${step.word}`))
    case 'write':
      if (step.word !== undefined) await edit(world, owner, step.file, () => `written ${step.word}\n`)
      return
    case 'run':
      return command(world, owner, step.file, step.word === undefined ? undefined : `ran ${step.word}\n`)
  }
}

async function edit(world: DiskWorld, owner: CallOwner, file: string, make: (text: string) => string): Promise<void> {
  await world.documents.edit(
    world.target(file),
    ({ text = '' }) => ({ edits: [{ start: 0, end: text.length, text: make(text) }] }),
    neverCancelled,
    { owner },
  )
}

async function command(world: DiskWorld, owner: CallOwner, file: string, text: string | undefined): Promise<void> {
  await world.checkpoints.beforeRun(owner, neverCancelled)
  world.write(file, text)
}

/** The user writes over a slot of the agent's. */
function clashIn(world: DiskWorld): string {
  world.type('s1.txt', withSlot(world.text('s1.txt'), 1, 'clash'))
  return 's1.txt'
}

/** The user's slots as they are, the agent's as they were. */
function merged(now: string | undefined, then: string | undefined): string {
  const [is, was] = [slotsOf(now), slotsOf(then)]
  return textWith(is.map((text, at) => (at % 2 === 0 ? text : (was[at] ?? ''))))
}

function textWith(slots: readonly string[]): string {
  return Array.from({ length: SLOTS }, (_, at) => `anchor ${at}\n--\n${slots[at] ?? 'empty'}\n--\n`).join('')
}

function slotsOf(text = ''): string[] {
  return Array.from({ length: SLOTS }, (_, at) => text.split('\n')[at * 4 + 2] ?? '')
}

function withSlot(text: string | undefined, slotAt: number, content: string): string {
  return textWith(slotsOf(text).with(slotAt, content))
}
