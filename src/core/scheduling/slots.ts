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

/** One call's place among the running, or none. Giving back what is not held does nothing. */
export class Place {
  readonly #slots: Slots
  #held = false

  constructor(slots: Slots) {
    this.#slots = slots
  }

  /** Whether it is held now. */
  tryTake(): boolean {
    this.#held ||= this.#slots.tryTake()
    return this.#held
  }

  /** @throws {CancelledError} */
  async take(token: CancellationToken): Promise<void> {
    await this.#slots.take(token)
    this.#held = true
  }

  retake(): void {
    if (!this.#held) this.#slots.retake()
    this.#held = true
  }

  give(): void {
    if (this.#held) this.#slots.give()
    this.#held = false
  }

  [Symbol.dispose](): void {
    this.give()
  }
}
