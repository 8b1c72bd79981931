import type { Compute, EditHooks, Failure, FileTarget, Receipt } from '../ports.ts'
import { type CancellationToken, CancelledError } from '../scheduling/cancellation.ts'

/** One caller's edit, from its ticket to its receipt. Cancelling it works until it is `begin`ning to be applied. */
export class PendingEdit {
  readonly target: FileTarget
  readonly compute: Compute
  readonly hooks: EditHooks
  readonly #result = Promise.withResolvers<Receipt | Failure>()
  readonly #token: CancellationToken
  readonly #registration: { dispose(): void }
  #state: 'queued' | 'applying' | 'settled' = 'queued'
  #place = 0

  constructor(
    edit: { target: FileTarget; compute: Compute; hooks: EditHooks },
    token: CancellationToken,
    onCancelled: () => void,
  ) {
    this.target = edit.target
    this.compute = edit.compute
    this.hooks = edit.hooks
    this.#token = token
    this.#registration = token.onCancellationRequested(() => {
      if (this.#state !== 'queued') return
      this.fail(new CancelledError(token.reason ?? 'stop'))
      onCancelled()
    })
  }

  get result(): Promise<Receipt | Failure> {
    return this.#result.promise
  }

  get isQueued(): boolean {
    if (this.#state === 'queued' && this.#token.isCancellationRequested) {
      this.fail(new CancelledError(this.#token.reason ?? 'stop'))
    }
    return this.#state === 'queued'
  }

  get isSettled(): boolean {
    return this.#state === 'settled'
  }

  /** The point of no return. */
  begin(): void {
    if (this.#state === 'queued') this.#state = 'applying'
  }

  /** Nothing happened after all: it can be cancelled again. */
  refuse(): void {
    if (this.#state === 'applying') this.#state = 'queued'
  }

  settle(result: Receipt | Failure): void {
    if (!this.#end()) return
    this.#result.resolve(result)
  }

  fail(error: unknown): void {
    if (!this.#end()) return
    this.#result.reject(error instanceof Error ? error : new Error(String(error)))
  }

  /** Tells its place in the queue, from 1, when it changed; 0 when the wait is over. */
  tellPlace(place: number): void {
    if (place === this.#place || this.#state !== 'queued') return
    this.#place = place
    this.hooks.onPlace?.(place)
  }

  #end(): boolean {
    if (this.#state === 'settled') return false
    this.#state = 'settled'
    this.#registration.dispose()
    return true
  }
}
