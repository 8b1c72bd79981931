import { applyEdits, ordered } from '../edits/textEdits.ts'
import { versionOf } from '../edits/version.ts'
import type { Documents, DocumentText, Failure, Receipt, TextEdit } from '../ports.ts'
import type { Checkpoints } from './checkpoints.ts'
import { knownText, type Known, type RecordedEdit } from './turnRecord.ts'

/** The same documents; what calls do to them goes into their turn's checkpoint. */
export function recordedDocuments(documents: Documents, checkpoints: Checkpoints): Documents {
  return {
    read: (target, token) => documents.read(target, token),
    unsaved: () => documents.unsaved(),
    edit: async (target, compute, token, hooks) => {
      const owner = hooks?.owner
      if (owner === undefined) return documents.edit(target, compute, token, hooks)
      let edit: RecordedEdit | undefined
      const observed: typeof compute = (document) => {
        const computed = compute(document)
        if (edit !== undefined) edit.state = 'dropped'
        edit = undefined
        if (!('edits' in computed)) return computed
        const dirty = checkpoints.watches(owner) && documents.unsaved().some(({ path }) => path === target.path)
        edit = pendingEdit(document, computed.edits, dirty)
        checkpoints.edited(owner, target, edit)
        return computed
      }
      try {
        const receipt = await documents.edit(target, observed, token, hooks)
        if (edit !== undefined) settle(edit, receipt)
        return receipt
      } finally {
        // It threw: cancelled, or never computed for good.
        drop(edit)
      }
    },
  }
}

function pendingEdit({ text, version }: DocumentText, edits: TextEdit[], dirty: boolean): RecordedEdit {
  const before = text ?? ''
  // Most are replaced by the next edit of the same file before they are looked at.
  const after = lazyText(() => applyEdits(before, ordered(edits, before.length)))
  return { state: 'pending', before: knownText(text, version), after, saved: false, dirty }
}

/** A failed edit may be in its buffer all the same, or nobody knows. */
function settle(edit: RecordedEdit, receipt: Receipt | Failure): void {
  const isApplied = receipt.kind === 'edited' || receipt.change !== undefined || receipt.code === 'unknown_effect'
  edit.state = isApplied ? 'applied' : 'dropped'
  if (receipt.kind === 'failed') return
  const { reformatted, saved, after: version } = receipt
  edit.saved = saved
  if (reformatted?.text === undefined) edit.after = { version, content: edit.after.content }
  else edit.after = knownText(reformatted.text, reformatted.version)
}

function drop(edit: RecordedEdit | undefined): void {
  if (edit?.state === 'pending') edit.state = 'dropped'
}

function lazyText(compute: () => string): Known {
  let text: string | undefined
  const made = (): string => (text ??= compute())
  return {
    get version() {
      return versionOf(made())
    },
    content: {
      kind: 'text',
      get text() {
        return made()
      },
    },
  }
}
