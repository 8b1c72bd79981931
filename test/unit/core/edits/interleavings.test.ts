import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { LockedDocuments } from '../../../../src/core/edits/lockedDocuments.ts'
import { applyEdits, normalise } from '../../../../src/core/edits/textEdits.ts'
import { versionOf } from '../../../../src/core/edits/version.ts'
import type { Compute, Failure, Receipt } from '../../../../src/core/ports.ts'
import { CancellationSource, CancelledError } from '../../../../src/core/scheduling/cancellation.ts'
import { Locks } from '../../../../src/core/scheduling/locks.ts'
import { type Action, addLine, format, scripts, timesIn } from '../../../support/editScripts.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { MemoryStore, memoryTarget } from '../../../support/memoryDocuments.ts'
import { propertyMs, runs } from '../../../support/settled.ts'

const PATH = '/file.txt'
const target = memoryTarget(PATH)
const START = '\uFEFFfirst\r\nmiddle\r\nlast\r\n'

/** A hundred thousand schedules take half a minute, and many times that on a busy machine. */
const MOST_MS = 10 * 60_000

/** As a buffer has it. */
function plain(disk: string): string {
  return normalise(disk.replace(/^\uFEFF/, ''))
}

type Schedule = (name: string) => Promise<void>

/** An edit's end, and the world at that moment. */
interface Ending {
  result: Receipt | Failure | 'cancelled'
  disk: string
  buffer: { text: string; dirty: boolean }
  /** What the last computation saw and made. */
  computed: { before: string | undefined; after: string } | undefined
}

class Story {
  readonly store = new MemoryStore()
  /** Lines that must be somewhere, and whether the disk is the place. */
  readonly owed = new Set<string>()
  readonly written = new Set<string>()
  readonly endings = new Map<string, Promise<Ending>>()
  /** Lines that the user undid, or another program deleted. */
  readonly gone = new Set<string>()
  wasDeleted = false
  readonly #schedule: Schedule
  readonly #documents = new LockedDocuments({
    store: this.store,
    locks: new Locks(),
    clock: new ManualClock(),
    savePolicy: () => 'clean',
  })

  constructor(schedule: Schedule) {
    this.#schedule = schedule
    this.store.disk.set(PATH, Buffer.from(START))
    this.store.gate = (operation) => {
      if (operation === 'save') this.#checkNothingOfTheUsersIsSaved()
      return schedule(operation)
    }
  }

  get disk(): string {
    return Buffer.from(this.store.disk.get(PATH) ?? []).toString()
  }

  get text(): string {
    return this.store.buffers.get(PATH)?.text ?? plain(this.disk)
  }

  run(action: Action, index: number): void {
    switch (action.kind) {
      case 'edit':
        return this.#edit(`edit-${index}`, action)
      case 'type':
        this.store.type(PATH, [addLine(this.store.buffer(PATH).text, action.where, `typed-${index}`)])
        this.owed.add(`typed-${index}`)
        return
      case 'undo':
        return this.#losing(() => this.store.undo(PATH))
      case 'revert':
        return this.#losing(() => this.store.revert(PATH))
      case 'save':
        this.store.saveNow(PATH)
        return
      case 'disk':
        this.store.disk.set(PATH, Buffer.from(`${this.disk}disk-${index}\r\n`))
        this.written.add(`disk-${index}`)
        return
      case 'touch':
        if (this.store.disk.has(PATH)) this.store.disk.set(PATH, Buffer.from(this.disk))
        return
      case 'delete':
        this.wasDeleted = true
        this.written.clear()
        return this.#losing(() => this.store.disk.delete(PATH))
      case 'close':
        return this.store.close(PATH)
      case 'format':
        this.store.participant = action.on ? format : (text) => text
    }
  }

  /** Both what the buffer holds unsaved and what is on disk. */
  #lines(): string[] {
    const buffer = this.store.buffers.get(PATH)
    return `${buffer?.dirty === true ? buffer.text : ''}\n${plain(this.disk)}`.split('\n').map((line) => line.trimEnd())
  }

  #losing(act: () => unknown): void {
    const before = [...this.#lines(), ...this.text.split('\n').map((line) => line.trimEnd())]
    act()
    const after = new Set(this.#lines())
    for (const line of before) if (!after.has(line)) this.gone.add(line)
    const text = this.text
    for (const line of before) if (timesIn(text, line) === 0) this.gone.add(line)
  }

  #edit(line: string, { where, cancelled }: { where: number; cancelled: boolean }): void {
    const source = new CancellationSource()
    let computed: Ending['computed']
    const compute: Compute = ({ text: before }) => {
      const text = before ?? ''
      const edits = [addLine(text, where, line)]
      computed = { before, after: applyEdits(text, edits) }
      return { edits }
    }
    const end = (result: Ending['result']): Ending => {
      const { text, dirty } = this.store.buffers.get(PATH) ?? { text: this.text, dirty: false }
      return { result, disk: this.disk, buffer: { text, dirty }, computed }
    }
    this.endings.set(
      line,
      this.#documents.edit(target, compute, source.token).then(end, (error: unknown) => {
        if (error instanceof CancelledError) return end('cancelled')
        throw error
      }),
    )
    if (cancelled) void this.#schedule(`cancel ${line}`).then(() => source.cancel('stop'))
  }

  #checkNothingOfTheUsersIsSaved(): void {
    const { text } = this.store.buffer(PATH)
    if (this.wasDeleted) return
    const held = [...this.owed].filter((line) => !this.gone.has(line) && timesIn(text, line) > 0)
    for (const line of held) expect(timesIn(plain(this.disk), line)).toBe(1)
  }
}

function check(line: string, { result, disk, buffer, computed }: Ending, story: Story): void {
  const times = timesIn(story.text, line)
  if (result === 'cancelled' || (result.kind === 'failed' && result.change === undefined)) {
    expect([line, times, timesIn(plain(disk), line)]).toEqual([line, 0, 0])
    return
  }
  expect([line, times]).toEqual([line, story.gone.has(line) ? times : 1])
  if (result.kind === 'failed') return
  expect([result.change.added, result.change.removed]).toEqual([1, 0])
  expect([result.before, result.after]).toEqual([versionOf(computed?.before), versionOf(computed?.after)])
  // It was on disk, and another program deleted it since.
  if (result.saved && story.gone.has(line)) return
  if (result.reformatted !== undefined) expect(result.reformatted.version).toBe(versionOf(buffer.text))
  else if (result.saved) expect([line, timesIn(plain(disk), line)]).toEqual([line, 1])
  else expect(buffer.dirty).toBe(true)
}

function checkEnd(story: Story): void {
  const { text, disk, gone } = story
  for (const line of story.owed) if (!gone.has(line)) expect([line, timesIn(text, line)]).toEqual([line, 1])
  for (const line of story.written) {
    if (!gone.has(line)) expect([line, timesIn(plain(disk), line)]).toEqual([line, 1])
  }
  if (story.wasDeleted) return
  for (const all of [text, plain(disk)]) expect(all).toMatch(/first\n[^]*middle\n[^]*last\n/)
  expect(disk).toMatch(/^\uFEFF(?:[^\r\n]*\r\n)*$/)
}

it(
  'whatever comes in between, every receipt is true, and nothing of anybody is lost',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), scripts, async (scheduler, script) => {
        const schedule = (name: string): Promise<void> => scheduler.schedule(Promise.resolve(), name)
        const story = new Story(schedule)
        for (const [index, action] of script.entries()) {
          void schedule(action.kind).then(() => story.run(action, index))
        }
        await scheduler.waitIdle()
        for (const [line, ending] of story.endings) check(line, await ending, story)
        checkEnd(story)
      }),
      { seed: 20261121, numRuns: runs(100_000) },
    )
  },
  Math.max(propertyMs, MOST_MS),
)
