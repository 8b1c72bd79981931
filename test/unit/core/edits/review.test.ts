import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { align, linesOf } from '../../../../src/core/edits/align.ts'
import { carry, sidesOf } from '../../../../src/core/edits/carry.ts'
import { rejection } from '../../../../src/core/edits/rejection.ts'
import { hunksOf, openHunks, placeHunks, verdictsOfText } from '../../../../src/core/edits/review.ts'
import { applyEdits } from '../../../../src/core/edits/textEdits.ts'
import type { TurnText } from '../../../../src/core/sessions/turnTexts.ts'
import type { HunkVerdict } from '../../../../src/protocol/events.ts'
import { propertyMs, runs } from '../../../support/settled.ts'

const seed = 20_261_121
const options = (usual: number) => ({ seed, numRuns: runs(usual) })

/** A review as its user meets it: a text that changes, and verdicts. */
class Story {
  readonly sides: TurnText
  readonly verdicts = new Map<string, HunkVerdict>()
  text: string | undefined

  constructor(before: string | undefined, after: string | undefined) {
    this.sides = { before, after }
    this.text = after
  }

  get ids(): string[] {
    return hunksOf(this.sides).map(({ id }) => id)
  }

  placed() {
    return placeHunks(this.sides, hunksOf(this.sides), this.text, this.verdicts)
  }

  open(): string[] {
    return openHunks(this.placed()).map(({ hunk }) => hunk.id)
  }

  accept(...ids: string[]): void {
    for (const id of ids) this.verdicts.set(id, 'accepted')
  }

  /** The lines, from 1, of those that cannot be taken back. */
  reject(...ids: string[]): [first: number, last: number][] {
    const { change, conflicts, ids: done } = rejection(this.sides, this.placed(), this.text, new Set(ids))
    for (const id of done) this.verdicts.set(id, 'rejected')
    if (change.kind === 'edit') this.text = applyEdits(this.text ?? '', change.edits)
    if (change.kind === 'create') this.text = change.text
    if (change.kind === 'remove') this.text = undefined
    return conflicts.map(({ lines }) => [lines.start + 1, lines.end])
  }

  /** What the host does when the text has changed: undone and done again are verdicts too. */
  follow(): void {
    for (const { id, verdict } of verdictsOfText(this.placed())) {
      if (verdict === 'open') this.verdicts.delete(id)
      else this.verdicts.set(id, verdict)
    }
  }
}

const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('')
const BEFORE = lines('one', 'two', 'three', 'four', 'five', 'six', 'seven')
const AFTER = lines('one', 'TWO', 'three', 'new', 'four', 'five', 'seven')

describe('hunks of a turn', () => {
  it('are neighbouring lines that it changed, each under a name that its content gives it', () => {
    const hunks = hunksOf({ before: BEFORE, after: AFTER })
    expect(hunks.map(({ removed, added }) => [removed, added])).toEqual([
      [['two'], ['TWO']],
      [[], ['new']],
      [['six'], []],
    ])
    const further = hunksOf({ before: `zero\n${BEFORE}`, after: `zero\n${AFTER}` })
    expect(further.map(({ id }) => id)).toEqual(hunks.map(({ id }) => id))
    expect(new Set(hunks.map(({ id }) => id)).size).toBe(3)
  })

  it('of the same content have names of their own', () => {
    const story = new Story(lines('a', 'x', 'b', 'x', 'c'), lines('a', 'y', 'b', 'y', 'c'))
    expect(new Set(story.ids).size).toBe(2)
    story.reject(story.ids[1] ?? '')
    expect(story.text).toBe(lines('a', 'y', 'b', 'x', 'c'))
  })

  it('move with what the user writes around them', () => {
    const story = new Story(BEFORE, AFTER)
    story.text = `mine\nmine too\n${AFTER.replace('four\n', '')}end`
    expect(story.placed().map(({ place, state }) => [place.start, place.end, state])).toEqual([
      [3, 4, 'intact'],
      [5, 6, 'intact'],
      [7, 7, 'intact'],
    ])
  })

  it('in which the user wrote are edited', () => {
    const story = new Story(BEFORE, AFTER)
    story.text = AFTER.replace('TWO', 'TWO and mine')
    expect(story.placed().map(({ state }) => state)).toEqual(['edited', 'intact', 'intact'])
  })

  it('are many in a large file, also where more lines differ than a plain comparison takes', () => {
    const before = Array.from({ length: 20_000 }, (_, i) => `line ${i}`)
    const after = before.map((line, i) => (i % 40 === 0 ? `${line} changed` : line))
    expect(align(before, after)).toHaveLength(500)
  })
})

describe('rejecting', () => {
  it('takes one hunk back and leaves the others and what the user wrote since', () => {
    const story = new Story(BEFORE, AFTER)
    story.text = AFTER.replace('four', 'mine\nfour').replace('seven', 'seven, mine')
    expect(story.reject(story.ids[0] ?? '')).toEqual([])
    expect(story.text).toBe(lines('one', 'two', 'three', 'new', 'mine', 'four', 'five', 'seven, mine'))
    expect(story.open()).toEqual(story.ids.slice(1))
  })

  it('is refused, with the lines, where the user wrote in the hunk; the rest is taken back', () => {
    const story = new Story(BEFORE, AFTER)
    story.text = `top\n${AFTER.replace('new', 'new\nmine')}`.replace('new\nmine', 'new, mine\nmine')
    expect(story.reject(...story.ids)).toEqual([[5, 6]])
    expect(story.text).toBe(lines('top', 'one', 'two', 'three', 'new, mine', 'mine', 'four', 'five', 'six', 'seven'))
    expect(story.open()).toEqual([story.ids[1]])
  })

  it('goes on where the user had only deleted, or put back what was there', () => {
    const story = new Story(lines('a', 'b', 'c', 'z'), lines('A', 'B', 'C', 'z'))
    story.text = lines('A', 'b', 'z')
    expect(story.reject(...story.ids)).toEqual([])
    expect(story.text).toBe(lines('a', 'b', 'c', 'z'))
  })

  it('of a new file removes it, unless the user wrote in it', () => {
    const story = new Story(undefined, lines('new', 'file'))
    story.text = lines('new', 'mine', 'file')
    expect(story.reject(...story.ids)).toEqual([[2, 2]])
    expect(story.text).toBe(lines('new', 'mine', 'file'))
    story.text = lines('new', 'file')
    expect(story.reject(...story.ids)).toEqual([])
    expect(story.text).toBeUndefined()
  })

  it('of a deleted file brings it back, unless there is another by now', () => {
    const story = new Story(BEFORE, undefined)
    story.text = 'mine\n'
    expect(story.reject(...story.ids)).toEqual([[1, 2]])
    expect(story.text).toBe('mine\n')
    story.text = undefined
    story.reject(...story.ids)
    expect(story.text).toBe(BEFORE)
  })

  it('both sides of a move gives the file back under its old name, with what was changed in it', () => {
    const [from, to] = [new Story(BEFORE, undefined), new Story(undefined, AFTER)]
    for (const side of [from, to]) expect(side.reject(...side.ids)).toEqual([])
    expect([from.text, to.text]).toEqual([BEFORE, undefined])
  })

  it('keeps an empty file apart from none', () => {
    const story = new Story('', 'text')
    story.reject(...story.ids)
    expect(story.text).toBe('')
  })
})

describe('undo', () => {
  it('of a rejection opens the hunk again; redo rejects it again', () => {
    const story = new Story(BEFORE, AFTER)
    story.text = AFTER.replace('TWO', 'mine\nTWO\nmine too')
    const texts = story.ids.map((id) => {
      const undone = story.text
      story.reject(id)
      return { id, undone, redone: story.text }
    })
    for (const { id, undone } of texts.toReversed()) {
      story.text = undone
      story.follow()
      expect(story.verdicts.has(id)).toBe(false)
      expect(story.open()).toContain(id)
    }
    for (const { id, redone } of texts) {
      story.text = redone
      story.follow()
      expect(story.verdicts.get(id)).toBe('rejected')
    }
  })

  it('of what the agent did is its rejection', () => {
    const story = new Story(BEFORE, AFTER)
    story.text = `mine\n${BEFORE}`
    story.follow()
    expect([...story.verdicts.values()]).toEqual(['rejected', 'rejected', 'rejected'])
    expect(story.open()).toEqual([])
  })
})

describe('a turn of several edits', () => {
  it('does not count what the user wrote between two of them', () => {
    const first = { before: BEFORE, after: BEFORE.replace('two', 'TWO') }
    const typed = first.after.replace('five', 'five\nmine')
    const second = { before: typed, after: typed.replace('seven', 'SEVEN') }
    const story = new Story(sidesOf([first, second])?.before, sidesOf([first, second])?.after)
    expect(story.ids).toHaveLength(2)
    story.reject(...story.ids)
    expect(story.text).toBe(BEFORE.replace('five', 'five\nmine'))
  })

  it('carries a change over to a text that has come of the same', () => {
    expect(carry(BEFORE, AFTER, `mine\n${BEFORE}`)).toEqual({ text: `mine\n${AFTER}`, missed: 0 })
    expect(carry(BEFORE, AFTER, BEFORE.replace('two', 'mine')).missed).toBe(1)
  })
})

const line = fc.constantFrom('a', 'b', 'c', '}', '')
const text = fc.array(line, { maxLength: 14 }).map((all) => all.join('\n'))
const file = fc.option(text, { nil: undefined, freq: 8 })

describe('any texts', () => {
  it(
    'align so that only changed lines differ, and changes are apart',
    () => {
      fc.assert(
        fc.property(text, text, (from, to) => {
          const [a, b] = [linesOf(from), linesOf(to)]
          let [fromAt, toAt] = [0, 0]
          for (const [index, change] of align(a, b).entries()) {
            if (index > 0) expect(change.from.start).toBeGreaterThan(fromAt)
            expect(a.slice(fromAt, change.from.start)).toEqual(b.slice(toAt, change.to.start))
            fromAt = change.from.end
            toAt = change.to.end
          }
          expect(a.slice(fromAt)).toEqual(b.slice(toAt))
        }),
        options(2000),
      )
    },
    propertyMs,
  )

  it(
    'align also where they are long, with changes near and far',
    () => {
      const change = fc.record({
        at: fc.nat({ max: 2999 }),
        deletes: fc.nat({ max: 70 }),
        inserts: fc.nat({ max: 70 }),
      })
      fc.assert(
        fc.property(fc.array(change, { maxLength: 8 }), fc.nat({ max: 50 }), (all, period) => {
          const a = Array.from({ length: 3000 }, (_, i) => (period > 0 && i % period < 3 ? '}' : `line ${i}`))
          const b = [...a]
          for (const { at, deletes, inserts } of all)
            b.splice(at, deletes, ...Array.from({ length: inserts }, (_, i) => (i % 3 === 0 ? '}' : `new ${at} ${i}`)))
          const changes = align(a, b)
          const made = changes.toReversed().reduce(
            (so, { from, to }) => {
              so.splice(from.start, from.end - from.start, ...b.slice(to.start, to.end))
              return so
            },
            [...a],
          )
          expect(made).toEqual(b)
          // No more than what was done.
          const size = changes.reduce((sum, { from, to }) => sum + from.end - from.start + to.end - to.start, 0)
          expect(size).toBeLessThanOrEqual(all.reduce((sum, { deletes, inserts }) => sum + deletes + inserts, 0) + 40)
        }),
        options(100),
      )
    },
    propertyMs,
  )

  it(
    'are given back when every hunk of an untouched file is rejected, in whatever order and with whatever undone between',
    () => {
      fc.assert(
        fc.property(file, file, fc.infiniteStream(fc.nat()), fc.boolean(), (before, after, dice, atOnce) => {
          const story = new Story(before, after)
          if (atOnce) expect(story.reject(...story.ids)).toEqual([])
          while (story.open().length > 0) {
            const open = story.open()
            expect(story.reject(open[(dice.next().value ?? 0) % open.length] ?? '')).toEqual([])
          }
          expect(story.text).toBe(before)
        }),
        options(1500),
      )
    },
    propertyMs,
  )

  it(
    'stay as they are when every hunk is accepted',
    () => {
      fc.assert(
        fc.property(file, file, (before, after) => {
          const story = new Story(before, after)
          story.accept(...story.ids)
          story.follow()
          expect(story.open()).toEqual([])
          expect(story.text).toBe(after)
        }),
        options(300),
      )
    },
    propertyMs,
  )

  const typing = fc.array(
    fc.record({ at: fc.nat(), kind: fc.constantFrom('insert', 'replace'), deletes: fc.nat({ max: 2 }) }),
    { maxLength: 4 },
  )
  /** Each typed line is like no other. */
  const type = (story: Story, edits: { at: number; kind: string; deletes: number }[], name: string): void => {
    for (const [index, { at, kind, deletes }] of edits.entries()) {
      const all = linesOf(story.text)
      all.splice(at % (all.length + 1), kind === 'insert' ? 0 : deletes, `${name} ${index}`)
      story.text = all.join('\n')
    }
  }

  it(
    'keep every line that the user has written, and every other of the text, when hunks are rejected',
    () => {
      const steps = fc.array(fc.record({ pick: fc.nat(), typed: typing }), { maxLength: 5 })
      fc.assert(
        fc.property(text, text, steps, (before, after, all) => {
          const story = new Story(before, after)
          for (const [step, { pick, typed }] of all.entries()) {
            type(story, typed, `mine ${step}`)
            const id = story.ids[pick % Math.max(1, story.ids.length)] ?? ''
            const kept = linesOf(story.text).filter((own) => own.startsWith('mine'))
            const hunk = story.placed().find((one) => one.hunk.id === id)?.hunk
            const was = linesOf(story.text).length
            const conflicts = story.reject(id)
            expect(linesOf(story.text).filter((own) => own.startsWith('mine'))).toEqual(kept)
            if (hunk === undefined) continue
            const most = Math.max(hunk.added.length, hunk.removed.length)
            expect(Math.abs(linesOf(story.text).length - was)).toBeLessThanOrEqual(conflicts.length > 0 ? 0 : most)
          }
        }),
        options(2000),
      )
    },
    propertyMs,
  )

  it(
    'come out the same in whatever order the verdicts are given',
    () => {
      const unique = fc.uniqueArray(fc.nat({ max: 40 }), { maxLength: 14 }).map((all) => all.join('\n'))
      fc.assert(
        fc.property(unique, unique, typing, fc.infiniteStream(fc.nat()), (before, after, edits, dice) => {
          const base = new Story(before, after)
          type(base, edits, 'mine')
          const rejected = base.ids.filter(() => (dice.next().value ?? 0) % 2 === 0)
          const shuffled = rejected.toSorted(() => ((dice.next().value ?? 0) % 2 === 0 ? 1 : -1))
          const [some, others] = [new Story(before, after), new Story(before, after)]
          for (const story of [some, others]) story.text = base.text
          for (const id of rejected) some.reject(id)
          others.reject(...shuffled.slice(0, 1))
          for (const id of shuffled.slice(1)) others.reject(id)
          expect(others.text).toBe(some.text)
        }),
        options(1500),
      )
    },
    propertyMs,
  )
})
