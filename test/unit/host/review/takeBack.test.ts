import { describe, expect, it } from 'vitest'
import { LockedDocuments } from '../../../../src/core/edits/lockedDocuments.ts'
import { rejection } from '../../../../src/core/edits/rejection.ts'
import { hunksOf, placeHunks } from '../../../../src/core/edits/review.ts'
import { Locks } from '../../../../src/core/scheduling/locks.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import type { TurnText } from '../../../../src/core/sessions/turnTexts.ts'
import { type Rejected, takeBack } from '../../../../src/host/review/takeBack.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { MemoryStore, memoryTarget } from '../../../support/memoryDocuments.ts'

const BEFORE = 'one\ntwo\nthree\n'
const AFTER = 'one\nTWO\nthree\n'

function world(files: Record<string, string>) {
  const store = new MemoryStore()
  for (const [path, text] of Object.entries(files)) store.disk.set(path, new TextEncoder().encode(text))
  const documents = new LockedDocuments({
    store,
    locks: new Locks(),
    clock: new ManualClock(),
    savePolicy: () => 'clean',
  })
  const read = (path: string): string | undefined => {
    const bytes = store.disk.get(path)
    return bytes && new TextDecoder().decode(bytes)
  }
  return { store, documents, read }
}

/** All hunks of a file. */
function all(path: string, sides: TurnText): Rejected {
  const hunks = hunksOf(sides)
  const ids = new Set(hunks.map(({ id }) => id))
  return {
    target: memoryTarget(path),
    reject: (text) => rejection(sides, placeHunks(sides, hunks, text, new Map()), text, ids),
  }
}

describe('taking hunks back', () => {
  it('waits its turn behind an edit of the agent’s, and is computed on what that left', async () => {
    const { documents, read } = world({ '/a': AFTER })
    const add = { edits: [{ start: 0, end: 0, text: 'agent\n' }] }
    const [, taken] = await Promise.all([
      documents.edit(memoryTarget('/a'), () => add, neverCancelled),
      takeBack([all('/a', { before: BEFORE, after: AFTER })], documents),
    ])
    expect(taken).toEqual({ done: [expect.arrayContaining([expect.any(String)])] })
    expect(read('/a')).toBe(`agent\n${BEFORE}`)
  })

  it('saves what was clean, and leaves the user’s own unsaved changes to them', async () => {
    const { store, documents, read } = world({ '/a': AFTER })
    store.type('/a', [{ start: 0, end: 0, text: 'mine\n' }])
    await takeBack([all('/a', { before: BEFORE, after: AFTER })], documents)
    expect(store.buffer('/a')).toMatchObject({ text: `mine\n${BEFORE}`, dirty: true })
    expect(read('/a')).toBe(AFTER)
  })

  it('removes a file that the turn has made, and brings back one that it has deleted', async () => {
    const { documents, read } = world({ '/new': AFTER })
    await takeBack([all('/new', { before: undefined, after: AFTER })], documents)
    await takeBack([all('/old', { before: BEFORE, after: undefined })], documents)
    expect([read('/new'), read('/old')]).toEqual([undefined, BEFORE])
  })

  it('moves a file back with what was changed in it; none of it where the user has written in it', async () => {
    const sides = [all('/old', { before: BEFORE, after: undefined }), all('/new', { before: undefined, after: AFTER })]
    const clean = world({ '/new': AFTER })
    expect((await takeBack(sides, clean.documents)).conflict).toBeUndefined()
    expect([clean.read('/old'), clean.read('/new')]).toEqual([BEFORE, undefined])
    const typed = world({ '/new': `mine\n${AFTER}` })
    expect(await takeBack(sides, typed.documents)).toEqual({
      done: [[], []],
      conflict: expect.stringMatching(/^You have written in line 1 of new since\./),
    })
    expect([typed.read('/old'), typed.read('/new')]).toEqual([undefined, `mine\n${AFTER}`])
  })

  it('names the lines that it leaves, and takes back the rest', async () => {
    const { store, documents, read } = world({})
    const [before, after] = ['a\nb\nc\nd\n', 'A\nb\nC\nd\n']
    store.disk.set('/a', new TextEncoder().encode(after.replace('C', 'C, mine')))
    const taken = await takeBack([all('/a', { before, after })], documents)
    expect(taken.conflict).toMatch(/^You have written in line 3 of a since\./)
    expect(read('/a')).toBe('a\nb\nC, mine\nd\n')
  })
})
