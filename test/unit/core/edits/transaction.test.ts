import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SavePolicy } from '../../../../src/core/edits/documentStore.ts'
import { LockedDocuments } from '../../../../src/core/edits/lockedDocuments.ts'
import { replaceWhole } from '../../../../src/core/edits/whole.ts'
import type { Compute, DocumentChange } from '../../../../src/core/ports.ts'
import { CancellationSource, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { Locks } from '../../../../src/core/scheduling/locks.ts'
import { failed } from '../../../../src/core/tools/tool.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { MemoryStore, memoryTarget, type Operation } from '../../../support/memoryDocuments.ts'
import { propertyMs, runs, settled } from '../../../support/settled.ts'

const make =
  (wanted: string): Compute =>
  ({ text }) =>
    replaceWhole(text, wanted)
const append =
  (added: string): Compute =>
  ({ text = '' }) => ({ edits: [{ start: text.length, end: text.length, text: added }] })
const same: Compute = () => ({ edits: [] })

const edit = (path: string, compute: Compute): DocumentChange => ({ kind: 'edit', target: memoryTarget(path), compute })
const remove = (path: string): DocumentChange => ({ kind: 'delete', target: memoryTarget(path), compute: same })
const move = (path: string, to: string, compute: Compute = same): DocumentChange => ({
  kind: 'move',
  target: memoryTarget(path),
  to: memoryTarget(to),
  compute,
})

const START = { '/a': '\uFEFFa\r\n', '/b': 'b\n', '/c': 'c\n', '/d': 'd' }

function world() {
  const store = new MemoryStore()
  const clock = new ManualClock()
  const locks = new Locks()
  const policy: { now: SavePolicy } = { now: 'clean' }
  const documents = new LockedDocuments({ store, locks, clock, savePolicy: () => policy.now })
  for (const [path, text] of Object.entries(START)) store.disk.set(path, Buffer.from(text))
  const disk = () => Object.fromEntries([...store.disk].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]))
  return { store, clock, locks, documents, disk, policy }
}

/** One of each kind. */
const everyKind = (): DocumentChange[] => [
  edit('/a', append('A\n')),
  edit('/new', make('new\n')),
  move('/b', '/sub/b', append('B\n')),
  remove('/c'),
  edit('/d', append('D')),
]
const AFTER = { '/a': '\uFEFFa\r\nA\r\n', '/new': 'new\n', '/sub/b': 'b\nB\n', '/d': 'dD' }

describe('several changes', () => {
  it('are all made, and each has its receipt in their order', async () => {
    const { documents, disk, locks, store } = world()
    const receipts = await documents.change(everyKind(), neverCancelled)
    expect(disk()).toEqual(AFTER)
    expect(receipts).toMatchObject([
      { saved: true, change: { path: 'a', kind: 'modified', added: 1 } },
      { saved: true, change: { path: 'new', kind: 'added', added: 1 } },
      { saved: true, change: { path: 'sub/b', kind: 'moved', from: { path: 'b' }, added: 1 } },
      { saved: true, change: { path: 'c', kind: 'deleted', removed: 1 } },
      { saved: true, change: { path: 'd', kind: 'modified' } },
    ])
    expect(locks.size).toBe(0)
    expect(store.calls.save).toBe(3)
  })
  it.each([
    ['an edit that does not fit', edit('/d', () => failed('not_matched', 'no')), 'not_matched'],
    ['a deletion of what is not there', remove('/none'), 'not_found'],
    ['a move of what is not there', move('/none', '/x'), 'not_found'],
    ['a move to where a file is', move('/b', '/d'), 'exists'],
  ])('%s: nothing is begun', async (_name, wrong, code) => {
    const { documents, disk, store } = world()
    const changes = [edit('/a', append('A\n')), remove('/c'), wrong]
    expect(await documents.change(changes, neverCancelled)).toMatchObject({ kind: 'failed', code })
    expect(disk()).toEqual(START)
    const { apply, create, remove: removed, move: moved } = store.calls
    expect([apply, create, removed, moved]).toEqual([0, 0, 0, 0])
  })
  it.each([remove('/c'), move('/c', '/e')])(
    'what the user has not saved is neither deleted nor moved',
    async (change) => {
      const { documents, store, disk } = world()
      store.type('/c', [{ start: 0, end: 0, text: 'mine ' }])
      const result = await documents.change([edit('/a', append('A\n')), change], neverCancelled)
      expect(result).toMatchObject({ code: 'unsaved_changes' })
      expect([disk(), store.buffer('/c').text]).toEqual([START, 'mine c\n'])
    },
  )
  it('an edit of what the user has not saved stays unsaved, and is taken back without it', async () => {
    const { documents, store, disk } = world()
    store.type('/a', [{ start: 0, end: 0, text: 'mine ' }])
    store.gate = async (operation) => {
      if (operation === 'save') store.disk.set('/d', Buffer.from('other'))
    }
    const result = await documents.change([edit('/a', append('A\n')), edit('/d', append('D'))], neverCancelled)
    expect(result).toMatchObject({ code: 'conflict' })
    expect(store.buffer('/a')).toMatchObject({ text: 'mine a\n', dirty: true })
    expect(store.buffer('/d').text).toBe('d')
    expect(disk()).toMatchObject({ '/a': START['/a'], '/d': 'other' })
  })
})

describe('the locks of several changes', () => {
  it('are taken in the tick of the call: an edit that came before is before, one that comes later behind', async () => {
    const { documents, disk, store } = world()
    const gate = Promise.withResolvers<void>()
    store.gate = () => gate.promise
    const first = documents.edit(memoryTarget('/a'), append('1\n'), neverCancelled)
    const both = documents.change([edit('/b', append('2\n')), edit('/a', append('2\n'))], neverCancelled)
    const last = documents.edit(memoryTarget('/a'), append('3\n'), neverCancelled)
    gate.resolve()
    await Promise.all([first, both, last])
    expect(disk()).toMatchObject({ '/a': '\uFEFFa\r\n1\r\n2\r\n3\r\n', '/b': 'b\n2\n' })
  })
  it('never hold each other up, whatever their order', async () => {
    const { documents, disk, locks } = world()
    const orders = [
      ['/a', '/b'],
      ['/b', '/a'],
      ['/c', '/a'],
      ['/b', '/c'],
    ]
    await Promise.all(
      orders.map((paths, index) =>
        documents.change(
          paths.map((path) => edit(path, append(`${index}\n`))),
          neverCancelled,
        ),
      ),
    )
    expect(disk()).toMatchObject({ '/a': '\uFEFFa\r\n0\r\n1\r\n2\r\n', '/b': 'b\n0\n1\n3\n', '/c': 'c\n2\n3\n' })
    expect(locks.size).toBe(0)
  })
  it('are given back by one that is cancelled in the queue, which never happens', async () => {
    const { documents, disk, store, locks } = world()
    const gate = Promise.withResolvers<void>()
    store.gate = () => gate.promise
    const source = new CancellationSource()
    const places: number[] = []
    const first = documents.edit(memoryTarget('/a'), append('1\n'), neverCancelled)
    const queued = documents.change(everyKind(), source.token, { onPlace: (place) => places.push(place) })
    await settled()
    source.cancel('stop')
    await expect(queued).rejects.toMatchObject({ name: 'CancelledError' })
    gate.resolve()
    await first
    expect(places).toEqual([1])
    expect(disk()).toEqual({ ...START, '/a': '\uFEFFa\r\n1\r\n' })
    expect(locks.size).toBe(0)
  })
  it('one that is cancelled before its first effect never happens, after it happens whole', async () => {
    const operations: Operation[] = ['open', 'move', 'apply', 'create', 'save', 'remove']
    for (const at of operations) {
      const { documents, disk, store } = world()
      const source = new CancellationSource()
      store.gate = async (operation) => {
        if (operation === at) source.cancel('stop')
      }
      const result = await documents.change(everyKind(), source.token).catch((error: unknown) => error)
      if (at === 'open') expect(result).toMatchObject({ name: 'CancelledError' })
      else expect(result).toHaveLength(5)
      expect(disk()).toEqual(at === 'open' ? START : AFTER)
    }
  })
})

/** Operations of a run, by number. */
function failing(store: MemoryStore, at: number): void {
  let count = 0
  for (const operation of ['create', 'remove', 'move'] as const) {
    const real = store[operation].bind(store) as (...args: unknown[]) => Promise<unknown>
    Object.assign(store, {
      [operation]: (...args: unknown[]) => (count++ === at ? Promise.resolve(failed('refused', 'No.')) : real(...args)),
    })
  }
  const open = store.open.bind(store)
  store.open = async (target) => {
    const opened = await open(target)
    if (opened.kind !== 'open') return opened
    const { apply, save } = opened
    return {
      ...opened,
      apply: async (edits) => (count++ === at ? failed('refused', 'No.') : apply(edits)),
      save: async (text) => (count++ === at ? { kind: 'refused', why: 'The disk is full.' } : save(text)),
    }
  }
}

describe('a change that fails in the middle', () => {
  it.each(Array.from({ length: 9 }, (_, at) => at))('at effect %i: all files are as they were', async (at) => {
    const { documents, disk, store, locks } = world()
    failing(store, at)
    const result = await documents.change(everyKind(), neverCancelled)
    expect(result).toMatchObject({ kind: 'failed' })
    expect(disk()).toEqual(START)
    expect([...store.buffers.values()].filter(({ dirty }) => dirty)).toEqual([])
    if (at > 0) expect('message' in result && result.message).toContain('nothing is changed')
    expect(locks.size).toBe(0)
  })
  it('there are no more effects than those', async () => {
    const { documents, disk, store } = world()
    failing(store, 9)
    expect(await documents.change(everyKind(), neverCancelled)).toHaveLength(5)
    expect(disk()).toEqual(AFTER)
  })
  it('names what could not be put back', async () => {
    const { documents, store, disk } = world()
    store.gate = async (operation, path) => {
      // Another program takes the old place while the file is elsewhere.
      if (operation === 'save') store.disk.set('/b', Buffer.from('taken\n'))
      if (operation === 'save' && path === '/d') store.full = true
    }
    const result = await documents.change([move('/b', '/e'), edit('/d', append('D'))], neverCancelled)
    expect(result).toMatchObject({ kind: 'failed', code: 'unknown_effect' })
    expect('message' in result && result.message).toMatch(/It could not all be put back\. Changed are still: b \(/)
    expect(disk()).toMatchObject({ '/b': 'taken\n', '/e': 'b\n' })
  })
  it('keeps what the user typed meanwhile', async () => {
    const { documents, store } = world()
    store.gate = async (operation, path) => {
      if (operation !== 'save' || path !== '/d' || store.full) return
      store.type('/a', [{ start: 0, end: 0, text: 'mine ' }])
      store.full = true
    }
    const result = await documents.change([edit('/a', append('A\n')), edit('/d', append('D'))], neverCancelled)
    expect(result).toMatchObject({ code: 'unknown_effect' })
    expect('message' in result && result.message).toContain('a (a is as it was in the editor, but could not be saved)')
    expect(store.buffer('/a').text).toBe('mine a\n')
  })
  it('a host that hangs is given up, and what was done is put back', async () => {
    const { documents, store, clock, disk } = world()
    store.gate = (operation) => (operation === 'remove' ? new Promise(() => undefined) : Promise.resolve())
    const result = documents.change([edit('/a', append('A\n')), remove('/c')], neverCancelled)
    await settled()
    clock.advance(60_000)
    expect(await result).toMatchObject({ code: 'unknown_effect' })
    expect(disk()['/a']).toBe(START['/a'])
    expect(await documents.edit(memoryTarget('/c'), append('x'), neverCancelled)).toMatchObject({ code: 'busy' })
  })
  it('a computation that throws puts everything back and throws', async () => {
    const { documents, disk } = world()
    let calls = 0
    const wrong: Compute = () => {
      if (++calls > 1) throw new Error('bug')
      return { edits: [] }
    }
    await expect(documents.change([edit('/a', append('A\n')), edit('/b', wrong)], neverCancelled)).rejects.toThrow(
      'bug',
    )
    expect(disk()).toEqual(START)
  })
})

it('whatever fails, several changes are all made or none is', { timeout: propertyMs }, async () => {
  const change = fc.oneof(
    fc.record({ kind: fc.constant('edit' as const), text: fc.string({ maxLength: 4 }) }),
    fc.record({ kind: fc.constant('create' as const), text: fc.string({ maxLength: 4 }) }),
    fc.record({ kind: fc.constant('delete' as const) }),
    fc.record({ kind: fc.constant('move' as const), text: fc.string({ maxLength: 4 }) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat({ max: 20 }), async (parts, at) => {
      const { store, documents, disk } = world()
      for (const path of store.disk.keys()) store.disk.delete(path)
      const changes = parts.map((part, index) => {
        const path = `/${index}`
        if (part.kind !== 'create') store.disk.set(path, Buffer.from(`${index}\r\n`))
        if (part.kind === 'delete') return remove(path)
        if (part.kind === 'move') return move(path, `/to/${index}`, append(part.text))
        return edit(path, part.kind === 'create' ? make(part.text) : append(part.text))
      })
      const before = disk()
      failing(store, at)
      const result = await documents.change(changes, neverCancelled)
      if ('kind' in result) expect(disk()).toEqual(before)
      else expect(result).toHaveLength(parts.length)
    }),
    { numRuns: runs(500), seed: 5 },
  )
})
