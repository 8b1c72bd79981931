import { applyEdits, ordered } from '../edits/textEdits.ts'
import { versionOf } from '../edits/version.ts'
import type { Documents, Failure, Receipt, TextEdit } from '../ports.ts'
import type { Content } from './checkpoint.ts'
import type { Checkpoints } from './checkpoints.ts'
import { knownText, type RecordedEdit } from './turnRecord.ts'

/** The last computation of an edit: what it saw, and what it wanted of it. */
interface Seen {
  before: string | undefined
  edits: TextEdit[]
  dirty: boolean
}

/** The same documents; what calls do to them goes into their turn's checkpoint. */
export function recordedDocuments(documents: Documents, checkpoints: Checkpoints): Documents {
  return {
    read: (target, token) => documents.read(target, token),
    unsaved: () => documents.unsaved(),
    edit: async (target, compute, token, hooks) => {
      const owner = hooks?.owner
      if (owner === undefined) return documents.edit(target, compute, token, hooks)
      let seen: Seen | undefined
      const observed: typeof compute = (document) => {
        const computed = compute(document)
        seen = undefined
        if (!('edits' in computed)) return computed
        const dirty = checkpoints.watches(owner) && documents.unsaved().some(({ path }) => path === target.path)
        seen = { before: document.text, edits: computed.edits, dirty }
        return computed
      }
      const receipt = await documents.edit(target, observed, token, hooks)
      if (seen !== undefined && mayBeApplied(receipt)) checkpoints.edited(owner, target, recordedEdit(seen, receipt))
      return receipt
    },
  }
}

/** A failed edit may be in its buffer all the same, or nobody knows. */
function mayBeApplied(receipt: Receipt | Failure): boolean {
  return receipt.kind === 'edited' || receipt.change !== undefined || receipt.code === 'unknown_effect'
}

function recordedEdit({ before, edits, dirty }: Seen, receipt: Receipt | Failure): RecordedEdit {
  const base = before ?? ''
  const made = receipt.kind === 'edited' ? receipt.reformatted?.text : undefined
  let text = made
  // Most are replaced by the next edit of the same file before they are looked at.
  const computed = (): string => (text ??= applyEdits(base, ordered(edits, base.length)))
  const after: Content = {
    kind: 'text',
    get text() {
      return computed()
    },
  }
  if (receipt.kind === 'failed') {
    const version = versionOf(computed())
    return { before: knownText(before), after: { version, content: after }, saved: false, dirty }
  }
  const version = made === undefined ? receipt.after : (receipt.reformatted?.version ?? receipt.after)
  return { before: knownText(before, receipt.before), after: { version, content: after }, saved: receipt.saved, dirty }
}
