import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { recheck } from '../../../src/core/approvals/paths.ts'
import { describeChange } from '../../../src/core/edits/diff.ts'
import { applyEdits, ordered } from '../../../src/core/edits/textEdits.ts'
import { versionOf } from '../../../src/core/edits/version.ts'
import type { Compute, DocumentChange, Documents, Failure, FileTarget, Receipt } from '../../../src/core/ports.ts'

/** Files on disk, opened as the window does it: after a second look at where their paths lead. */
export class DiskDocuments implements Documents {
  /** What somebody else does between the check and the opening. */
  meanwhile: () => Promise<void> = () => Promise.resolve()

  async read(target: FileTarget): ReturnType<Documents['read']> {
    await this.meanwhile()
    const text = await this.#text(target)
    if (typeof text === 'object') return text
    if (text === undefined) return { kind: 'failed', code: 'not_found', message: `${target.display} is not there.` }
    return { kind: 'read', text, version: versionOf(text), dirty: false }
  }

  async edit(target: FileTarget, compute: Compute): Promise<Receipt | Failure> {
    await this.meanwhile()
    const text = await this.#text(target)
    if (typeof text === 'object') return text
    const computed = compute({ text, version: versionOf(text) })
    if ('kind' in computed) return computed
    const after = applyEdits(text ?? '', ordered(computed.edits, text?.length ?? 0))
    await mkdir(dirname(target.path), { recursive: true })
    await writeFile(target.path, after)
    const change = { ...describeChange(target, text, after), saved: true }
    return { kind: 'edited', before: versionOf(text), after: versionOf(after), change, saved: true }
  }

  async change(changes: readonly DocumentChange[]): Promise<Receipt[] | Failure> {
    await this.meanwhile()
    const targets = changes.flatMap((change) => (change.kind === 'move' ? [change.target, change.to] : [change.target]))
    for (const target of targets) {
      const moved = await recheck(target)
      if (moved !== undefined) return moved
    }
    const receipts: Receipt[] = []
    for (const change of changes) {
      const done = await this.#apply(change)
      if (done.kind === 'failed') return done
      receipts.push(done)
    }
    return receipts
  }

  unsaved(): readonly FileTarget[] {
    return []
  }

  async #apply(change: DocumentChange): Promise<Receipt | Failure> {
    const { target, compute } = change
    if (change.kind === 'edit') return this.edit(target, compute)
    const text = await this.#text(target)
    if (typeof text === 'object') return text
    const computed = compute({ text, version: versionOf(text) })
    if ('kind' in computed) return computed
    if (change.kind === 'move') {
      await mkdir(dirname(change.to.path), { recursive: true })
      await rename(target.path, change.to.path)
    } else await rm(target.path)
    const made = { ...describeChange(target, text, text ?? ''), saved: true }
    return { kind: 'edited', before: versionOf(text), after: versionOf(text), change: made, saved: true }
  }

  async #text(target: FileTarget): Promise<string | undefined | Failure> {
    const moved = await recheck(target)
    return moved ?? (await readFile(target.path, 'utf8').catch(() => undefined))
  }
}
