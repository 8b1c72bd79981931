import { describe, expect, it } from 'vitest'
import type { Documents, FileTarget, Receipt } from '../../../src/core/ports.ts'
import { neverCancelled } from '../../../src/core/scheduling/cancellation.ts'
import { ChangeRecord, recordingDocuments } from '../../../src/host/recordingDocuments.ts'
import type { FileChange } from '../../../src/protocol/events.ts'

const target: FileTarget = { path: '/w/a', asked: '/w/a', display: 'a', inside: true }
const change = (added: number): FileChange => ({
  path: 'a',
  uri: 'file:///w/a',
  kind: 'modified',
  added,
  removed: 0,
  diff: [],
  omitted: 0,
  saved: true,
})

/** Computes on each of the texts in turn, as a lock does after a conflict; the last one is applied. */
function scripted(texts: string[], receipt: Receipt): Documents {
  return {
    read: async () => ({ kind: 'failed', code: 'not_found', message: 'none' }),
    unsaved: () => [],
    change: async () => ({ kind: 'failed', code: 'not_found', message: 'none' }),
    edit: async (_target, compute) => {
      const computed = texts.map((text) => compute({ text, version: text })).at(-1)
      return computed !== undefined && 'kind' in computed ? computed : receipt
    },
  }
}

const receipt = (added: number): Receipt => ({
  kind: 'edited',
  before: '1',
  after: '2',
  change: change(added),
  saved: true,
})

describe('recordingDocuments', () => {
  it('keeps the text that was really edited, and what became of it', async () => {
    const record = new ChangeRecord()
    const documents = recordingDocuments(scripted(['old', 'one two three'], receipt(1)), record)
    const edits = (): { edits: { start: number; end: number; text: string }[] } => ({
      edits: [
        { start: 0, end: 3, text: '1' },
        { start: 8, end: 13, text: '3' },
      ],
    })
    await documents.edit(target, edits, neverCancelled)
    expect(record.find(change(1))).toMatchObject({ before: 'one two three', after: '1 two 3' })
  })

  it('keeps nothing of a refused edit', async () => {
    const record = new ChangeRecord()
    const documents = recordingDocuments(scripted(['text'], receipt(1)), record)
    const refusal = { kind: 'failed', code: 'conflict', message: 'no' } as const
    expect(await documents.edit(target, () => refusal, neverCancelled)).toBe(refusal)
    expect(record.find(change(1))).toBeUndefined()
  })

  it('drops the oldest when it is full', () => {
    const record = new ChangeRecord(20)
    record.add(change(1), { before: 'a'.repeat(8), after: '' })
    record.add(change(2), { before: 'b'.repeat(8), after: '' })
    record.add(change(3), { before: 'c'.repeat(8), after: '' })
    expect(record.find(change(1))).toBeUndefined()
    expect(record.find(change(2))?.before).toBe('b'.repeat(8))
    expect(record.find(change(3))?.before).toBe('c'.repeat(8))
  })
})
