import type { FileChange } from '../protocol/events.ts'
import { applyEdits, ordered } from '../core/edits/textEdits.ts'
import type { Compute, DocumentChange, Documents, TextEdit } from '../core/ports.ts'

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
      const seen = observed({ kind: 'edit', target, compute })
      const receipt = await documents.edit(target, seen.change.compute, token, hooks)
      if (receipt.kind === 'edited') seen.keep(receipt.change, record)
      return receipt
    },
    change: async (changes, token, hooks) => {
      const seen = changes.map(observed)
      const receipts = await documents.change(
        seen.map(({ change }) => change),
        token,
        hooks,
      )
      if ('kind' in receipts) return receipts
      for (const [index, { change }] of receipts.entries()) seen[index]?.keep(change, record)
      return receipts
    },
  }
}

interface Observed {
  /** The same, its texts seen at each computation. */
  change: DocumentChange
  keep(what: FileChange, record: ChangeRecord): void
}

function observed(change: DocumentChange): Observed {
  let seen: (() => ChangedText) | undefined
  const compute: Compute = (document) => {
    const computed = change.compute(document)
    const before = document.text ?? ''
    const textAfter = (edits: readonly TextEdit[]): string =>
      change.kind === 'delete' ? '' : applyEdits(before, ordered(edits, before.length))
    seen = 'edits' in computed ? () => ({ before, after: textAfter(computed.edits) }) : undefined
    return computed
  }
  return {
    change: { ...change, compute },
    keep: (what, record) => {
      if (seen !== undefined) record.add(what, seen())
    },
  }
}

function isSame(a: FileChange, b: FileChange): boolean {
  if (a.uri !== b.uri || a.kind !== b.kind || a.added !== b.added || a.removed !== b.removed) return false
  return JSON.stringify(a.diff) === JSON.stringify(b.diff)
}
