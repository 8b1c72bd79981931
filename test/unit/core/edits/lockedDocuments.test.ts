import { describe, expect, it } from 'vitest'
import { LockedDocuments } from '../../../../src/core/edits/lockedDocuments.ts'
import type { Compute } from '../../../../src/core/ports.ts'
import { CancellationSource, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { Locks } from '../../../../src/core/scheduling/locks.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { MemoryStore, memoryTarget, type Operation } from '../../../support/memoryDocuments.ts'
import { settled } from '../../../support/settled.ts'

const file = memoryTarget('/a.txt')
const append =
  (added: string): Compute =>
  ({ text = '' }) => ({ edits: [{ start: text.length, end: text.length, text: added }] })

function world() {
  const store = new MemoryStore()
  const clock = new ManualClock()
  const locks = new Locks()
  const documents = new LockedDocuments({ store, locks, clock, savePolicy: () => 'clean' })
  const text = () => Buffer.from(store.disk.get('/a.txt') ?? []).toString()
  store.disk.set('/a.txt', Buffer.from('a\n'))
  return { store, clock, locks, documents, text }
}

/** Holds one kind of operation until the test lets it go on. */
function hold(store: MemoryStore, operation: Operation): { release(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  store.gate = (now) => (now === operation ? promise : Promise.resolve())
  return { release: resolve }
}

describe('a save that hangs', () => {
  it('gives the lock up after its deadline, and the file takes no edits until it settles', async () => {
    const { store, clock, locks, documents, text } = world()
    const gate = hold(store, 'save')
    const first = documents.edit(file, append('b\n'), neverCancelled)
    await settled()
    clock.advance(60_000)
    expect(await first).toMatchObject({ kind: 'failed', code: 'save_hangs', change: { added: 1, saved: false } })
    expect(locks.size).toBe(0)
    expect(await documents.edit(file, append('c\n'), neverCancelled)).toMatchObject({ code: 'busy' })
    gate.release()
    await settled()
    expect(text()).toBe('a\nb\n')
    expect(await documents.edit(file, append('c\n'), neverCancelled)).toMatchObject({ kind: 'edited', saved: true })
    expect(text()).toBe('a\nb\nc\n')
    expect(clock.pending).toBe(0)
  })
})

describe('a change that hangs', () => {
  it('is reported as of unknown effect, and blocks the file until it settles', async () => {
    const { store, clock, documents } = world()
    const gate = hold(store, 'apply')
    const first = documents.edit(file, append('b\n'), neverCancelled)
    await settled()
    clock.advance(60_000)
    expect(await first).toMatchObject({ code: 'unknown_effect' })
    expect(await documents.edit(file, append('c\n'), neverCancelled)).toMatchObject({ code: 'busy' })
    gate.release()
    await settled()
    expect(await documents.edit(file, append('c\n'), neverCancelled)).toMatchObject({ kind: 'edited' })
  })
})

describe('an opening that hangs', () => {
  it('fails without an effect and frees the file', async () => {
    const { store, clock, documents } = world()
    hold(store, 'open')
    const first = documents.edit(file, append('b\n'), neverCancelled)
    await settled()
    clock.advance(60_000)
    expect(await first).toMatchObject({ code: 'unavailable' })
    store.gate = () => Promise.resolve()
    expect(await documents.edit(file, append('c\n'), neverCancelled)).toMatchObject({ kind: 'edited' })
  })
})

describe('a refused save', () => {
  it('is a conflict, with the change that is in the buffer', async () => {
    const { store, documents, text } = world()
    store.gate = async (operation) => {
      if (operation === 'save') store.disk.set('/a.txt', Buffer.from('other\n'))
    }
    const result = await documents.edit(file, append('b\n'), neverCancelled)
    expect(result).toMatchObject({ kind: 'failed', code: 'conflict', change: { added: 1, saved: false } })
    expect([text(), store.buffer('/a.txt').text]).toEqual(['other\n', 'a\nb\n'])
  })
})

describe('what the user does meanwhile', () => {
  it('is not saved when typed between the change and the save', async () => {
    const { store, documents, text } = world()
    const apply = store.open.bind(store)
    store.open = async (target) => {
      const opened = await apply(target)
      if (opened.kind !== 'open') return opened
      const typing = async (edits: Parameters<typeof opened.apply>[0]) => {
        const done = await opened.apply(edits)
        store.type('/a.txt', [{ start: 0, end: 0, text: 'mine ' }])
        return done
      }
      return { ...opened, apply: typing }
    }
    const result = await documents.edit(file, append('b\n'), neverCancelled)
    expect(result).toMatchObject({ saved: false, change: { unsavedReason: 'you typed in it meanwhile' } })
    expect([text(), store.buffer('/a.txt').text]).toEqual(['a\n', 'mine a\nb\n'])
  })
  it('refuses the edit in the end when it never stops', async () => {
    const { store, documents, text } = world()
    store.gate = async (operation) => {
      if (operation === 'apply') store.type('/a.txt', [{ start: 0, end: 0, text: 'x' }])
    }
    expect(await documents.edit(file, append('b\n'), neverCancelled)).toMatchObject({ code: 'conflict' })
    expect(store.buffer('/a.txt').text).toMatch(/^x+a\n$/)
    expect(text()).toBe('a\n')
  })
})

describe('the queue', () => {
  it('tells each caller its place while the file is being saved', async () => {
    const { store, documents } = world()
    const gate = hold(store, 'save')
    const first = documents.edit(file, append('b\n'), neverCancelled)
    await settled()
    const places: number[][] = [[], []]
    const later = places.map((heard) =>
      documents.edit(file, append('c\n'), neverCancelled, { onPlace: (at) => heard.push(at) }),
    )
    await settled()
    expect(places).toEqual([[1], [2]])
    gate.release()
    await Promise.all([first, ...later])
    expect(places).toEqual([
      [1, 0],
      [2, 0],
    ])
  })
  it('keeps a cancelled caller out, whatever its place, and leaves nothing behind', async () => {
    const { store, locks, documents, text } = world()
    const gate = hold(store, 'apply')
    const source = new CancellationSource()
    const first = documents.edit(file, append('b\n'), neverCancelled)
    await settled()
    const cancelled = documents.edit(file, append('never\n'), source.token)
    source.cancel('stop')
    await expect(cancelled).rejects.toMatchObject({ name: 'CancelledError' })
    gate.release()
    await first
    expect(text()).toBe('a\nb\n')
    expect(locks.size).toBe(0)
  })
  it('reports what happened to a caller that is cancelled past the point of no return', async () => {
    const { store, documents, text } = world()
    const gate = hold(store, 'apply')
    const source = new CancellationSource()
    const result = documents.edit(file, append('b\n'), source.token)
    await settled()
    source.cancel('stop')
    gate.release()
    expect(await result).toMatchObject({ kind: 'edited', saved: true })
    expect(text()).toBe('a\nb\n')
  })
  it('takes in what arrives while a change is applied, and saves once', async () => {
    const { store, documents, text } = world()
    const gate = hold(store, 'apply')
    const first = documents.edit(file, append('b\n'), neverCancelled)
    await settled()
    const second = documents.edit(file, append('c\n'), neverCancelled)
    gate.release()
    await Promise.all([first, second])
    expect([text(), store.calls.apply, store.calls.save]).toEqual(['a\nb\nc\n', 2, 1])
  })
  it('lets nobody at the file while it is being saved', async () => {
    const { store, documents, text } = world()
    const gate = hold(store, 'save')
    const first = documents.edit(file, append('b\n'), neverCancelled)
    await settled()
    const second = documents.edit(file, append('c\n'), neverCancelled)
    await settled()
    expect(store.buffer('/a.txt').text).toBe('a\nb\n')
    gate.release()
    expect(await Promise.all([first, second])).toMatchObject([{ saved: true }, { saved: true }])
    expect(text()).toBe('a\nb\nc\n')
  })
  it('has at most 40 files open at once', async () => {
    const { store, documents } = world()
    const gate = hold(store, 'save')
    const edits = Array.from({ length: 60 }, (_, index) =>
      documents.edit(memoryTarget(`/${index}.txt`), append('x'), neverCancelled),
    )
    store.gate = () => Promise.resolve()
    await Promise.all(edits)
    store.calls.open = 0
    const held = hold(store, 'save')
    const again = Array.from({ length: 60 }, (_, index) =>
      documents.edit(memoryTarget(`/${index}.txt`), append('y'), neverCancelled),
    )
    await settled()
    expect(store.calls.open).toBe(40)
    held.release()
    gate.release()
    await Promise.all(again)
    expect(store.calls.open).toBe(60)
  })
})

it('a computation that throws fails its caller alone', async () => {
  const { documents, text } = world()
  const wrong = documents.edit(
    file,
    () => {
      throw new Error('bug')
    },
    neverCancelled,
  )
  const right = documents.edit(file, append('b\n'), neverCancelled)
  await expect(wrong).rejects.toThrow('bug')
  expect(await right).toMatchObject({ kind: 'edited' })
  expect(text()).toBe('a\nb\n')
})
