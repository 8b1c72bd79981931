import type { Clock } from '../ports.ts'
import { CancellationSource, CancelledError, type CancellationToken } from '../scheduling/cancellation.ts'

/** Waits with a token, as long as something moves now and then. */
export class Patience {
  readonly #source = new CancellationSource()
  readonly #outer: CancellationToken
  readonly #listener: { dispose(): void }
  readonly #clock: Clock
  readonly #ms: number
  #timer: { dispose(): void } | undefined

  constructor(ms: number, clock: Clock, outer: CancellationToken) {
    this.#ms = ms
    this.#clock = clock
    this.#outer = outer
    this.#listener = outer.onCancellationRequested(() => this.#source.cancel(outer.reason ?? 'stop'))
    this.moved()
  }

  /** Cancelled with the outer one, or when nothing has moved for too long. */
  get token(): CancellationToken {
    return this.#source.token
  }

  /** Begins the wait anew. */
  moved(): void {
    this.#timer?.dispose()
    this.#timer = this.#clock.after(this.#ms, () => this.#source.cancel('timeout'))
  }

  /** Whether what a wait threw means that it was too long, and nothing else. */
  isOver(error: unknown): boolean {
    return error instanceof CancelledError && !this.#outer.isCancellationRequested
  }

  [Symbol.dispose](): void {
    this.#timer?.dispose()
    this.#listener.dispose()
    this.#source.dispose()
  }
}
