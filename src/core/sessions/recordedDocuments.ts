import { applyEdits, ordered } from '../edits/textEdits.ts'
import { MISSING, versionOf } from '../edits/version.ts'
import type {
  CallOwner,
  Compute,
  DocumentChange,
  Documents,
  DocumentText,
  Failure,
  FileTarget,
  Receipt,
  TextEdit,
} from '../ports.ts'
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
      using watch = new Watch({ kind: 'edit', target, compute }, owner, { documents, checkpoints })
      const receipt = await documents.edit(target, watch.change.compute, token, hooks)
      watch.settle(receipt)
      return receipt
    },
    change: async (changes, token, hooks) => {
      const owner = hooks?.owner
      if (owner === undefined) return documents.change(changes, token, hooks)
      using watches = new DisposableStack()
      const watched = changes.map((change) => watches.use(new Watch(change, owner, { documents, checkpoints })))
      const result = await documents.change(
        watched.map(({ change }) => change),
        token,
        hooks,
      )
      for (const [index, watch] of watched.entries()) watch.settle('kind' in result ? result : result[index])
      return result
    },
  }
}

/** What becomes of one change: each computation takes the place of the one before. */
class Watch implements Disposable {
  /** The same, heard of. */
  readonly change: DocumentChange
  readonly #owner: CallOwner
  readonly #parts: { documents: Documents; checkpoints: Checkpoints }
  #edits: RecordedEdit[] = []

  constructor(change: DocumentChange, owner: CallOwner, parts: { documents: Documents; checkpoints: Checkpoints }) {
    this.#owner = owner
    this.#parts = parts
    const compute: Compute = (document) => {
      const computed = change.compute(document)
      this.#drop()
      if ('edits' in computed) this.#record(change, document, computed.edits)
      return computed
    }
    this.change = { ...change, compute }
  }

  /** A failed change may be there all the same, or nobody knows. */
  settle(receipt: Receipt | Failure | undefined): void {
    const isApplied = receipt?.kind === 'edited' || receipt?.change !== undefined || receipt?.code === 'unknown_effect'
    for (const edit of this.#edits) edit.state = isApplied ? 'applied' : 'dropped'
    if (receipt?.kind !== 'edited') return
    const { reformatted, saved, after: version } = receipt
    for (const edit of this.#edits) edit.saved = saved
    const made = this.#edits.at(-1)
    if (made === undefined || version === MISSING) return
    if (reformatted?.text === undefined) made.after = { version, content: made.after.content }
    else made.after = knownText(reformatted.text, reformatted.version)
  }

  /** It threw: cancelled, or never computed for good. */
  [Symbol.dispose](): void {
    for (const edit of this.#edits) if (edit.state === 'pending') edit.state = 'dropped'
  }

  #record(change: DocumentChange, document: DocumentText, edits: TextEdit[]): void {
    const { target, kind } = change
    const { documents, checkpoints } = this.#parts
    const dirty = checkpoints.watches(this.#owner) && documents.unsaved().some(({ path }) => path === target.path)
    const edit = pendingEdit(document, edits, dirty)
    if (kind === 'edit') return this.#add(target, edit)
    this.#add(target, { ...edit, after: knownText(undefined) })
    if (kind === 'move') this.#add(change.to, { ...edit, before: knownText(undefined) })
  }

  #add(target: FileTarget, edit: RecordedEdit): void {
    this.#edits.push(edit)
    this.#parts.checkpoints.edited(this.#owner, target, edit)
  }

  #drop(): void {
    for (const edit of this.#edits) edit.state = 'dropped'
    this.#edits = []
  }
}

function pendingEdit({ text, version }: DocumentText, edits: TextEdit[], dirty: boolean): RecordedEdit {
  const before = text ?? ''
  // Most are replaced by the next edit of the same file before they are looked at.
  const after = lazyText(() => applyEdits(before, ordered(edits, before.length)))
  return { state: 'pending', before: knownText(text, version), after, saved: false, dirty }
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
