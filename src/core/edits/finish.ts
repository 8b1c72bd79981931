import type { Failure, FileTarget, Receipt } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import { bounded, LATE } from './bounded.ts'
import type { Link } from './chain.ts'
import { changedLines } from './blame.ts'
import { describeChange, lineDiff } from './diff.ts'
import type { SaveResult } from './documentStore.ts'
import { versionOf } from './version.ts'
import { type CommitParts, DEADLINE_MS, type Work } from './work.ts'

const TYPED = 'you typed in it meanwhile'

/** Whether the file on disk has the edits; why not, in words; or what failed. */
type Saving =
  | { saved: true; byOthers?: boolean; text?: string | undefined }
  | { saved: false; reason: string }
  | Failure

/** Saves what was changed, where it should be. Gives what hands everybody the receipt. */
export async function finish(target: FileTarget, work: Work, parts: CommitParts): Promise<() => void> {
  if (work.links.length === 0) return () => undefined
  const saving = await saveWork(target, work, parts)
  const reformatted = reformattedIn(work, saving)
  remember(target, work, parts)
  return () => {
    for (const link of work.links) link.edit.settle(receiptOf(link, saving, reformatted))
  }
}

async function saveWork(target: FileTarget, work: Work, parts: CommitParts): Promise<Saving> {
  const { document } = work
  if (document === undefined) return created(target, parts)
  if (document.neverSaved !== undefined) return { saved: false, reason: document.neverSaved }
  const now = document.now()
  const isUnsaved = now?.dirty === true
  if (work.text === undefined)
    return isUnsaved ? { saved: false, reason: 'was left unsaved' } : { saved: true, byOthers: true }
  // A clean or closed buffer leaves nothing unsaved: `save` looks at what became of it.
  const reason = isUnsaved ? whyNotToSave(target, work, now.text, parts) : undefined
  if (reason !== undefined) return { saved: false, reason }
  const save = document.save(work.text)
  const saved = await bounded(save, DEADLINE_MS, parts.clock)
  if (saved === LATE) {
    parts.stuck.add(target.path, 'saving it has not come to its end.', save)
    const message = `The edit is in the editor, but saving ${target.display} hangs. Until it ends, the file takes no edits.`
    return failed('save_hangs', message)
  }
  if (saved.kind === 'typed') return { saved: false, reason: TYPED }
  if (saved.kind !== 'saved') return notSaved(target, saved)
  return { saved: true, text: saved.text, byOthers: !isUnsaved }
}

function notSaved({ display }: FileTarget, saved: Exclude<SaveResult, { kind: 'saved' | 'typed' }>): Failure {
  const inEditor = `The edit of ${display} is in the editor only`
  if (saved.kind === 'refused') {
    return failed('not_saved', `${inEditor}: it could not be saved. ${saved.why} Then the user can save it.`)
  }
  if (saved.kind === 'closed') {
    return failed(
      'conflict',
      `The edit of ${display} is gone: its editor was reverted, or closed without saving. Read it again.`,
    )
  }
  const { before, now } = saved
  const what =
    now === undefined
      ? 'its file was deleted or moved meanwhile'
      : `on disk another program changed ${changedLines(before ?? '', now)} meanwhile`
  return failed('conflict', `${inEditor}: ${what}. The user has to compare the two and save, or revert the editor.`)
}

/** What a save participant, or whoever saved before us, made of the text. */
function reformattedIn({ document, text, links }: Work, saving: Saving): Receipt['reformatted'] {
  if ('kind' in saving || !saving.saved) return undefined
  const buffer = document?.now()
  const now = saving.text ?? (buffer?.dirty === false ? buffer.text : undefined)
  const ours = text ?? links.at(-1)?.after
  if (now === undefined || ours === undefined || now === ours) return undefined
  const made = saving.byOthers === true ? {} : { text: now }
  return { version: versionOf(now), diff: lineDiff(ours, now), ...made }
}

function created(target: FileTarget, parts: CommitParts): Saving {
  return parts.savePolicy(target) === 'never'
    ? { saved: false, reason: 'saving is off in the settings' }
    : { saved: true }
}

function whyNotToSave(target: FileTarget, work: Work, now: string, parts: CommitParts): string | undefined {
  const policy = parts.savePolicy(target)
  if (policy === 'never') return 'saving is off in the settings'
  if (policy === 'clean' && work.heldOthers) return 'held your own edits'
  const moved = work.moved || now !== work.text
  return moved ? TYPED : undefined
}

function remember({ path }: FileTarget, { document, text, heldOthers, moved }: Work, parts: CommitParts): void {
  const now = document?.now()
  if (now !== undefined) parts.history.saw(path, now.text, now.dirty)
  if (text === undefined) return
  if (now?.dirty === true && now.text === text && !heldOthers && !moved) parts.leftUnsaved.set(path, text)
  else parts.leftUnsaved.delete(path)
}

function receiptOf(
  { edit, before, after, versions }: Link,
  saving: Saving,
  reformatted: Receipt['reformatted'],
): Receipt | Failure {
  const change = describeChange(edit.target, before, after)
  if ('kind' in saving) return { ...saving, change: { ...change, saved: false, unsavedReason: 'could not be saved' } }
  const unsaved = saving.saved ? {} : { unsavedReason: saving.reason }
  const what = { ...change, saved: saving.saved, ...unsaved }
  return { kind: 'edited', ...versions, change: what, saved: saving.saved, ...(reformatted && { reformatted }) }
}
