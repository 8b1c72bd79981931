import type { Failure, FileTarget, Receipt } from '../ports.ts'
import { type CancellationToken, CancellationSource } from '../scheduling/cancellation.ts'
import { PendingEdit } from './pending.ts'

/** Edits of one file that share a ticket at its lock, in order of arrival. */
export class EditGroup {
  /** Of the first caller; all mean the same physical file. */
  readonly target: FileTarget
  /** From now on it takes no edits; calling it again does nothing. */
  readonly close: () => void
  readonly #source = new CancellationSource()
  #pending: PendingEdit[] = []
  #lockPlace = 0

  /** @param onClose is told when the group takes no more edits */
  constructor(target: FileTarget, onClose: () => void) {
    this.target = target
    this.close = onClose
  }

  /** Cancelled when no caller is left who waits. */
  get token(): CancellationToken {
    return this.#source.token
  }

  add(edit: Pick<PendingEdit, 'target' | 'compute' | 'hooks'>, token: CancellationToken): Promise<Receipt | Failure> {
    const pending = new PendingEdit(edit, token, () => this.#cancelled())
    this.#pending.push(pending)
    this.tellPlaces(this.#lockPlace)
    return pending.result
  }

  /** Those not yet applied, in order. */
  queued(): PendingEdit[] {
    this.#pending = this.#pending.filter((edit) => !edit.isSettled)
    return this.#pending.filter((edit) => edit.isQueued)
  }

  /** @param lockPlace the group's own place at the lock, from 1; 0 when it holds the lock */
  tellPlaces(lockPlace: number): void {
    if (lockPlace === 0 && this.#lockPlace === 0) return
    this.#lockPlace = lockPlace
    for (const [index, edit] of this.queued().entries()) edit.tellPlace(lockPlace === 0 ? 0 : lockPlace + index)
  }

  settleQueued(failure: Failure): void {
    for (const edit of this.queued()) edit.settle(failure)
  }

  failAll(error: unknown): void {
    for (const edit of this.#pending) edit.fail(error)
  }

  #cancelled(): void {
    if (this.queued().length === 0 && this.#pending.length === 0) this.#source.cancel('stop')
    else this.tellPlaces(this.#lockPlace)
  }
}
