import type { Clock } from '../../src/core/ports.ts'

/** A clock that moves only when the test says so. */
export class ManualClock implements Clock {
  #now = 0
  #timers: { at: number; callback: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): { dispose(): void } {
    const timer = { at: this.#now + ms, callback }
    this.#timers.push(timer)
    return { dispose: () => (this.#timers = this.#timers.filter((other) => other !== timer)) }
  }

  /** Moves on, firing what is due on the way in order of time. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#timers = this.#timers.filter((other) => other !== next)
      this.#now = next.at
      next.callback()
    }
    this.#now = end
  }

  /** Timers that wait: a leak shows here. */
  get pending(): number {
    return this.#timers.length
  }
}
