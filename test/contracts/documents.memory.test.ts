import { describe, it } from 'vitest'
import type { SavePolicy } from '../../src/core/edits/documentStore.ts'
import { LockedDocuments } from '../../src/core/edits/lockedDocuments.ts'
import { Locks } from '../../src/core/scheduling/locks.ts'
import { ManualClock } from '../support/manualClock.ts'
import { MemoryStore, memoryTarget } from '../support/memoryDocuments.ts'
import { documentsContract } from './documents.ts'
import type { DocumentsWorld } from './documentsWorld.ts'

function memoryWorld(): Promise<DocumentsWorld> {
  const store = new MemoryStore()
  let policy: SavePolicy = 'clean'
  const before = new Map<string, () => void>()
  store.gate = (operation) => {
    const action = before.get(operation)
    before.delete(operation)
    action?.()
    return Promise.resolve()
  }
  const documents = new LockedDocuments({
    store,
    locks: new Locks(),
    clock: new ManualClock(),
    savePolicy: () => policy,
  })
  return Promise.resolve({
    documents,
    target: (name) => memoryTarget(`/${name}`),
    write: async (name, content) => void store.disk.set(`/${name}`, Buffer.from(content)),
    bytes: async (name) => store.disk.get(`/${name}`),
    type: async (name, text) => store.type(`/${name}`, [{ start: 0, end: 0, text }]),
    remove: async (name) => void store.disk.delete(`/${name}`),
    folder: async (name) => void store.folders.add(`/${name}`),
    readOnly: async (name) => void store.readOnly.add(`/${name}`),
    onSave: (format) => void (store.participant = format),
    untitled: async (text) => {
      store.buffers.set('untitled:one', { text, version: 1, dirty: true, base: undefined, undo: [] })
      return { ...memoryTarget('untitled:one'), uri: 'untitled:one' }
    },
    buffer: async (name) => {
      const { text, dirty } = store.buffer(`/${name}`)
      return { text, dirty }
    },
    undo: async (name) => store.undo(`/${name}`),
    setSavePolicy: async (next) => void (policy = next),
    beforeApply: (action) => void before.set('apply', action),
    beforeSave: (action) => void before.set('save', action),
    counts: () => ({ applied: store.calls.apply + store.calls.create, saved: store.calls.save }),
    dispose: () => Promise.resolve(),
  } satisfies DocumentsWorld)
}

describe('documents in memory', () => documentsContract({ describe, it }, memoryWorld))
