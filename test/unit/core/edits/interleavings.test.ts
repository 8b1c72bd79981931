import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { LockedDocuments } from '../../../../src/core/edits/lockedDocuments.ts'
import { normalise } from '../../../../src/core/edits/textEdits.ts'
import type { Compute, Failure, Receipt } from '../../../../src/core/ports.ts'
import { CancellationSource } from '../../../../src/core/scheduling/cancellation.ts'
import { Locks } from '../../../../src/core/scheduling/locks.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { MemoryStore, memoryTarget } from '../../../support/memoryDocuments.ts'
import { runs } from '../../../support/settled.ts'

const PATH = '/file.txt'
const target = memoryTarget(PATH)
const START = '\uFEFFfirst\r\nmiddle\r\nlast\r\n'

type Action =
  | { kind: 'edit'; where: number; cancelled: boolean }
  | { kind: 'type'; where: number }
  | { kind: 'save' }
  /** Another program adds a line to the file. */
  | { kind: 'disk' }

type Ending = { result: Receipt | Failure | 'cancelled'; disk: string; dirty: boolean }

const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('edit' as const), where: fc.nat(), cancelled: fc.boolean() }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('type' as const), where: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('save' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('disk' as const) }) },
  ),
  { minLength: 1, maxLength: 14 },
)

function diskOf(store: MemoryStore): string {
  return Buffer.from(store.disk.get(PATH) ?? []).toString()
}

/** A line of its own, after one of the lines that are there. */
function addLine(text: string, where: number, line: string) {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  const at = starts[where % starts.length] ?? 0
  return { start: at, end: at, text: `${line}\n` }
}

class Story {
  readonly store = new MemoryStore()
  readonly typed: string[] = []
  readonly written: string[] = []
  readonly endings = new Map<string, Promise<Ending>>()
  readonly #documents = new LockedDocuments({
    store: this.store,
    locks: new Locks(),
    clock: new ManualClock(),
    savePolicy: () => 'clean',
  })

  constructor(schedule: (name: string) => Promise<void>) {
    this.store.disk.set(PATH, Buffer.from(START))
    this.store.gate = (operation) => {
      if (operation === 'save') this.#checkNothingOfTheUsersIsSaved()
      return schedule(operation)
    }
  }

  run(action: Action, index: number, schedule: (name: string) => Promise<void>): void {
    switch (action.kind) {
      case 'edit':
        this.#edit(`edit-${index}`, action, schedule)
        return
      case 'type': {
        const line = `typed-${index}`
        this.store.type(PATH, [addLine(this.store.buffer(PATH).text, action.where, line)])
        this.typed.push(line)
        return
      }
      case 'save':
        this.store.saveNow(PATH)
        return
      case 'disk':
        this.store.disk.set(PATH, Buffer.from(`${diskOf(this.store)}disk-${index}\r\n`))
        this.written.push(`disk-${index}`)
    }
  }

  #edit(
    line: string,
    { where, cancelled }: { where: number; cancelled: boolean },
    schedule: (n: string) => Promise<void>,
  ) {
    const source = new CancellationSource()
    const compute: Compute = ({ text = '' }) => ({ edits: [addLine(text, where, line)] })
    const end = (result: Ending['result']): Ending => ({
      result,
      disk: diskOf(this.store),
      dirty: this.store.buffer(PATH).dirty,
    })
    this.endings.set(
      line,
      this.#documents.edit(target, compute, source.token).then(end, () => end('cancelled')),
    )
    if (cancelled) void schedule(`cancel ${line}`).then(() => source.cancel('stop'))
  }

  #checkNothingOfTheUsersIsSaved(): void {
    const { text } = this.store.buffer(PATH)
    const disk = diskOf(this.store)
    for (const line of this.typed) if (text.includes(line)) expect(disk).toContain(line)
  }
}

function check(line: string, { result, disk, dirty }: Ending, finalText: string): void {
  const times = finalText.split(`${line}\n`).length - 1
  if (result === 'cancelled' || (result.kind === 'failed' && result.change === undefined)) {
    expect([line, times, disk.includes(line)]).toEqual([line, 0, false])
    return
  }
  expect([line, times]).toEqual([line, 1])
  if (result.kind === 'failed') return
  expect(result.change.added).toBe(1)
  expect(result.change.removed).toBe(0)
  if (result.saved) expect(disk).toContain(`${line}\r\n`)
  else expect(dirty).toBe(true)
}

it('whatever comes in between, every receipt is true, and nothing of anybody is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), actions, async (scheduler, script) => {
      const schedule = (name: string): Promise<void> => scheduler.schedule(Promise.resolve(), name)
      const story = new Story(schedule)
      const { store } = story
      for (const [index, action] of script.entries()) {
        void schedule(action.kind).then(() => story.run(action, index, schedule))
      }
      await scheduler.waitIdle()
      const { text } = store.buffer(PATH)
      for (const [line, ending] of story.endings) check(line, await ending, text)
      for (const line of story.typed) expect(text).toContain(line)
      for (const line of story.written) expect(diskOf(store)).toContain(`${line}\r\n`)
      for (const all of [text, normalise(diskOf(store))]) expect(all).toMatch(/first\n[^]*middle\n[^]*last\n/)
      expect(diskOf(store)).toMatch(/^\uFEFF(?:[^\r\n]*\r\n)*$/)
    }),
    { seed: 20261120, numRuns: runs(400) },
  )
}, 60_000)
