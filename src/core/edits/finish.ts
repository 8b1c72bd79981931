import type { Failure, FileTarget, Receipt } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import { bounded, LATE } from './bounded.ts'
import type { Link } from './chain.ts'
import { describeChange } from './diff.ts'
import type { OpenDocument } from './documentStore.ts'
import { type CommitParts, DEADLINE_MS, type Work } from './work.ts'

/** Whether the file on disk has the edits; why not, in words; or what failed. */
type Saving = { saved: true } | { saved: false; reason: string } | Failure

/** Saves what was changed, where it should be. Gives what hands everybody the receipt. */
export async function finish(target: FileTarget, work: Work, parts: CommitParts): Promise<() => void> {
  if (work.links.length === 0) return () => undefined
  const saving = await saveWork(target, work, parts)
  remember(target, work, parts)
  return () => {
    for (const link of work.links) link.edit.settle(receiptOf(link, saving))
  }
}

async function saveWork(target: FileTarget, work: Work, parts: CommitParts): Promise<Saving> {
  const { document } = work
  if (document === undefined) return created(target, parts)
  const reason = whyNotToSave(target, work, document, parts)
  if (document.now()?.dirty === false) return { saved: true }
  if (reason !== undefined || work.text === undefined) return { saved: false, reason: reason ?? 'was left unsaved' }
  const save = document.save(work.text)
  const saved = await bounded(save, DEADLINE_MS, parts.clock)
  if (saved === LATE) {
    parts.stuck.add(target.path, 'saving it has not come to its end.', save)
    const message = `The edit is in the editor, but saving ${target.display} hangs. Until it ends, the file takes no edits.`
    return failed('save_hangs', message)
  }
  if (saved) return { saved: true }
  const message = `The edit is in the editor, but ${target.display} could not be saved: the file on disk differs or cannot be written. The user has to save it or compare it with the disk.`
  return failed('conflict', message)
}

function created(target: FileTarget, parts: CommitParts): Saving {
  return parts.savePolicy(target) === 'never'
    ? { saved: false, reason: 'saving is off in the settings' }
    : { saved: true }
}

function whyNotToSave(target: FileTarget, work: Work, document: OpenDocument, parts: CommitParts): string | undefined {
  const policy = parts.savePolicy(target)
  if (policy === 'never') return 'saving is off in the settings'
  if (policy === 'clean' && work.heldOthers) return 'held your own edits'
  const now = document.now()
  const moved = work.moved || (now !== undefined && work.text !== undefined && now.text !== work.text)
  return moved ? 'you typed in it meanwhile' : undefined
}

function remember(
  { path }: FileTarget,
  { document, text, heldOthers, moved }: Work,
  { leftUnsaved }: CommitParts,
): void {
  const now = document?.now()
  if (text === undefined) return
  if (now?.dirty === true && now.text === text && !heldOthers && !moved) leftUnsaved.set(path, text)
  else leftUnsaved.delete(path)
}

function receiptOf({ edit, before, after, versions }: Link, saving: Saving): Receipt | Failure {
  const change = describeChange(edit.target, before, after)
  if ('kind' in saving) return { ...saving, change: { ...change, saved: false, unsavedReason: 'could not be saved' } }
  const unsaved = saving.saved ? {} : { unsavedReason: saving.reason }
  return { kind: 'edited', ...versions, change: { ...change, saved: saving.saved, ...unsaved }, saved: saving.saved }
}
