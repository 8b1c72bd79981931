import type { Compute, DocumentChange, EditHooks, Failure, FileTarget, Receipt } from '../ports.ts'
import { type CancellationToken, neverCancelled } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { bounded, LATE } from './bounded.ts'
import { carry } from './carry.ts'
import { applyGroup } from './commit.ts'
import { describeChange, describeMove } from './diff.ts'
import { EditGroup } from './editGroup.ts'
import { finish } from './finish.ts'
import { MISSING, versionOf } from './version.ts'
import { replaceWhole } from './whole.ts'
import { type CommitParts, DEADLINE_MS, type Work } from './work.ts'

/** An edit that is in its buffer, or in its new file. */
interface Applied {
  target: FileTarget
  work: Work
  result: Promise<Receipt | Failure>
  /** Whether the file on disk has it. */
  saved: boolean
}

/** Takes something back; a failure where that cannot be. */
type Undo = () => Promise<Failure | undefined>

/** Every path that a change touches, for locks and claims. */
export function pathsOf(change: DocumentChange): string[] {
  return change.kind === 'move' ? [change.target.path, change.to.path] : [change.target.path]
}

/** Several changes under their locks: all of them, or none. What was done before one failed is taken back. */
export class Transaction {
  readonly #changes: readonly DocumentChange[]
  readonly #parts: CommitParts
  readonly #hooks: EditHooks
  readonly #undos: { target: FileTarget; undo: Undo }[] = []
  readonly #receipts = new Map<DocumentChange, Receipt>()

  constructor(changes: readonly DocumentChange[], parts: CommitParts, hooks: EditHooks) {
    this.#changes = changes
    this.#parts = parts
    this.#hooks = hooks
  }

  /** In the order of the changes. Can be cancelled until the first of them is applied. */
  async run(token: CancellationToken): Promise<Receipt[] | Failure> {
    for (const change of this.#changes) {
      const refused = await this.#refusal(change)
      token.throwIfCancelled()
      if (refused !== undefined) return refused
    }
    try {
      const failure = (await this.#moveAll()) ?? (await this.#editAll()) ?? (await this.#removeAll())
      if (failure !== undefined) return await this.#rollBack(failure)
    } catch (error) {
      await this.#rollBack(failed('bug', String(error)))
      throw error
    }
    return this.#changes.flatMap((change) => this.#receipts.get(change) ?? [])
  }

  /** Why a change could not be made now. */
  async #refusal(change: DocumentChange): Promise<Failure | undefined> {
    const { target, kind, compute } = change
    const found = await this.#textOf(target)
    if ('code' in found) return found
    const { text, isOthers } = found
    const verb = kind === 'move' ? 'moved' : 'deleted'
    if (kind !== 'edit' && isOthers) {
      const why = `${target.display} has unsaved changes of the user's, so it is not ${verb}`
      return failed('unsaved_changes', `${why}. Nothing was changed. Ask the user to save it.`)
    }
    const computed = compute({ text, version: versionOf(text) })
    if ('kind' in computed) return computed
    if (kind === 'edit') return undefined
    if (text === undefined) return failed('not_found', `${target.display} does not exist. Nothing was changed.`)
    if (kind === 'delete') return undefined
    const there = await this.#textOf(change.to)
    if ('code' in there) return there
    if (there.text === undefined) return undefined
    const how = 'Nothing was changed. Delete it first, or move to another path.'
    return failed('exists', `${change.to.display} exists, so ${target.display} is not moved there. ${how}`)
  }

  /** The text as it is, undefined where there is no file, and whether it holds unsaved changes of somebody else's. */
  async #textOf(target: FileTarget): Promise<{ text: string | undefined; isOthers: boolean } | Failure> {
    const { store, clock, leftUnsaved, stuck } = this.#parts
    const reason = stuck.reason(target.path)
    if (reason !== undefined) {
      return failed('busy', `${target.display}: ${reason} Nothing was changed. Try again later.`)
    }
    for (let tries = 0; tries < 3; tries++) {
      const opened = await bounded(store.open(target), DEADLINE_MS, clock)
      if (opened === LATE) break
      if (opened.kind === 'missing') return { text: undefined, isOthers: false }
      if (opened.kind === 'failed') return opened
      const now = opened.now()
      if (now !== undefined) return { text: now.text, isOthers: leftUnsaved.holdsOthers(target.path, now) }
    }
    return failed('unavailable', `${target.display} could not be opened in time. Nothing was changed.`)
  }

  async #moveAll(): Promise<Failure | undefined> {
    const { store } = this.#parts
    for (const change of this.#changes) {
      if (change.kind !== 'move') continue
      const { target, to } = change
      const failure = await this.#bounded(target, store.move(target, to))
      if (failure !== undefined) return failure
      this.#undos.push({ target, undo: () => this.#bounded(to, store.move(to, target)) })
    }
    return undefined
  }

  /** Everything is in its buffer before anything is saved. */
  async #editAll(): Promise<Failure | undefined> {
    const all: { change: DocumentChange; applied: Applied }[] = []
    for (const change of this.#changes) {
      if (change.kind === 'delete') continue
      const target = change.kind === 'move' ? change.to : change.target
      const applied = await this.#apply(target, change.compute)
      if ('code' in applied) return applied
      all.push({ change, applied })
      this.#undos.push({ target, undo: () => this.#revert(applied) })
    }
    for (const { change, applied } of all) {
      const result = await this.#save(applied)
      const { target } = change
      if (result.kind === 'failed') return unsaved(target, result)
      const asMove = change.kind === 'move' ? { change: describeMove(target, result.change) } : {}
      this.#receipts.set(change, { ...result, ...asMove })
    }
    return undefined
  }

  async #removeAll(): Promise<Failure | undefined> {
    for (const change of this.#changes) {
      if (change.kind !== 'delete') continue
      const { target } = change
      const found = await this.#textOf(target)
      if ('code' in found) return found
      const { text } = found
      if (text === undefined) return failed('not_found', `${target.display} is gone already.`)
      const removed = await this.#bounded(target, this.#parts.store.remove(target, text))
      if (removed.kind === 'failed') return removed
      this.#undos.push({ target, undo: () => this.#bounded(target, removed.restore()) })
      const what = { ...describeChange(target, text, undefined), saved: true }
      this.#receipts.set(change, {
        kind: 'edited',
        before: versionOf(text),
        after: MISSING,
        change: what,
        saved: true,
      })
    }
    return undefined
  }

  async #apply(target: FileTarget, compute: Compute): Promise<Applied | Failure> {
    const { owner } = this.#hooks
    const group = new EditGroup(target, () => undefined)
    const result = group.add({ target, compute, hooks: owner === undefined ? {} : { owner } }, neverCancelled)
    const work = await applyGroup(group, this.#parts)
    if (work.links.length > 0) return { target, work, result, saved: false }
    const refused = await result
    return refused.kind === 'failed' ? refused : failed('conflict', `${target.display} could not be changed.`)
  }

  async #save(applied: Applied): Promise<Receipt | Failure> {
    const settle = await finish(applied.target, applied.work, this.#parts)
    settle()
    const result = await applied.result
    applied.saved = result.kind === 'edited' && result.saved
    return result
  }

  /** Puts the text back as it was, what the user has typed since kept. */
  async #revert({ target, work, saved }: Applied): Promise<Failure | undefined> {
    const [link] = work.links
    if (link === undefined || link.before === link.after) return undefined
    const { before, after } = link
    const { leftUnsaved } = this.#parts
    if (before === undefined) return this.#unmake(target, after)
    // What it holds is ours, and is saved as the file was.
    const now = work.document?.now()
    if (!work.heldOthers && !work.moved && now?.dirty === true) leftUnsaved.set(target.path, now.text)
    const undone: Compute = ({ text }) => {
      const carried = text === undefined ? undefined : carry(after, before, text)
      return carried?.missed === 0
        ? replaceWhole(text, carried.text)
        : failed('conflict', `${target.display} has changed meanwhile.`)
    }
    const applied = await this.#apply(target, undone)
    if ('code' in applied) return applied
    await this.#save(applied)
    // Where nothing was saved, the buffer is all that there is to put back.
    if (!saved || applied.saved) return undefined
    return failed('not_saved', `${target.display} is as it was in the editor, but could not be saved`)
  }

  async #unmake(target: FileTarget, text: string): Promise<Failure | undefined> {
    const removed = await this.#bounded(target, this.#parts.store.remove(target, text))
    return removed.kind === 'failed' ? removed : undefined
  }

  async #rollBack(failure: Failure): Promise<Failure> {
    const left: string[] = []
    for (const { target, undo } of this.#undos.toReversed()) {
      const failed = await undo()
      if (failed !== undefined) left.push(`${target.display} (${failed.message})`)
    }
    const { change: _, ...rest } = failure
    if (this.#undos.length === 0) return rest
    const what =
      left.length === 0
        ? 'What had been changed before that was put back: nothing is changed.'
        : `It could not all be put back. Changed are still: ${left.join('; ')}. Read them, and tell the user.`
    const code = left.length === 0 ? rest.code : 'unknown_effect'
    return { ...rest, code, message: `${rest.message} ${what}` }
  }

  /** The outcome of something done to a file; a failure where that takes too long. */
  async #bounded<T>(target: FileTarget, work: Promise<T | Failure>): Promise<T | Failure> {
    const done = await bounded(work, DEADLINE_MS, this.#parts.clock)
    if (done !== LATE) return done
    this.#parts.stuck.add(target.path, 'an earlier change of it has not come to its end.', work)
    return failed('unknown_effect', `The editor did not answer. ${target.display} may be changed or not: read it.`)
  }
}

/** Why a save failed, for a change that is put back: it is not in the editor any more. */
function unsaved({ display }: FileTarget, failure: Failure): Failure {
  if (failure.code === 'conflict') return failed('conflict', `Another program changed ${display} meanwhile.`)
  if (failure.code !== 'not_saved') return failure
  return failed('not_saved', `${display} could not be saved: the disk may be full, or it may not be written.`)
}
