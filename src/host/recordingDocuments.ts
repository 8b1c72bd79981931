import type { FileChange } from '../protocol/events.ts'
import type { Documents, TextEdit } from '../core/ports.ts'

export interface ChangedText {
  before: string
  after: string
}

interface Entry extends ChangedText {
  change: FileChange
}

/** UTF-16 units of text that are kept, over all changes. */
const LIMIT = 10 * 1024 * 1024

/** The whole texts on either side of recent changes, for diff editors. The oldest are dropped first. */
export class ChangeRecord {
  readonly #limit: number
  #entries: Entry[] = []
  #size = 0

  constructor(limit = LIMIT) {
    this.#limit = limit
  }

  add(change: FileChange, { before, after }: ChangedText): void {
    this.#entries.push({ change, before, after })
    this.#size += before.length + after.length
    while (this.#size > this.#limit) {
      const dropped = this.#entries.shift()
      if (dropped === undefined) return
      this.#size -= dropped.before.length + dropped.after.length
    }
  }

  find(change: FileChange): ChangedText | undefined {
    return this.#entries.findLast((entry) => entry.change === change || isSame(entry.change, change))
  }
}

/** The same documents; each edit leaves its texts in the record. */
export function recordingDocuments(documents: Documents, record: ChangeRecord): Documents {
  return {
    read: (target, token) => documents.read(target, token),
    unsaved: () => documents.unsaved(),
    edit: async (target, compute, token, hooks) => {
      let seen: ChangedText | undefined
      const observed: typeof compute = (document) => {
        const computed = compute(document)
        const before = document.text ?? ''
        seen = 'edits' in computed ? { before, after: applied(before, computed.edits) } : undefined
        return computed
      }
      const receipt = await documents.edit(target, observed, token, hooks)
      if (receipt.kind === 'edited' && seen !== undefined) record.add(receipt.change, seen)
      return receipt
    },
  }
}

function applied(text: string, edits: readonly TextEdit[]): string {
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((so, edit) => so.slice(0, edit.start) + edit.text + so.slice(edit.end), text)
}

function isSame(a: FileChange, b: FileChange): boolean {
  if (a.uri !== b.uri || a.kind !== b.kind || a.added !== b.added || a.removed !== b.removed) return false
  return JSON.stringify(a.diff) === JSON.stringify(b.diff)
}
