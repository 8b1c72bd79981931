import { type CancellationToken, CancelledError } from './cancellation.ts'

/** The limit of running calls. A call that waits gives its place away and goes on later without queueing again. */
export class Slots {
  readonly #limit: () => number
  readonly #queue: (() => void)[] = []
  #taken = 0

  /** @param limit read at each decision, so that a changed setting holds at once */
  constructor(limit: () => number) {
    this.#limit = limit
  }

  get taken(): number {
    return this.#taken
  }

  /** Whether a place can be taken now, without waiting. */
  tryTake(): boolean {
    if (this.#taken >= this.#limit() || this.#queue.length > 0) return false
    this.#taken++
    return true
  }

  /** First come, first served. @throws {CancelledError} */
  take(token: CancellationToken): Promise<void> {
    if (this.tryTake()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        registration.dispose()
        this.#taken++
        resolve()
      }
      this.#queue.push(enter)
      const registration = token.onCancellationRequested(() => {
        const at = this.#queue.indexOf(enter)
        if (at !== -1) this.#queue.splice(at, 1)
        reject(new CancelledError(token.reason ?? 'stop'))
      })
    })
  }

  /** Takes a place beyond the limit if need be: for a call whose wait is over. */
  retake(): void {
    this.#taken++
  }

  give(): void {
    this.#taken--
    while (this.#queue.length > 0 && this.#taken < this.#limit()) this.#queue.shift()?.()
  }
}
