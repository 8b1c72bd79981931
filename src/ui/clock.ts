import { signal, type ReadonlySignal } from '@preact/signals'

/** What the panel needs of a window's time; tests script it. */
export interface Time {
  now: () => number
  frame: (callback: () => void) => void
  hidden: () => boolean
}

export const windowTime: Time = {
  now: () => Date.now(),
  frame: (callback) => void requestAnimationFrame(callback),
  hidden: () => document.visibilityState === 'hidden',
}

/** Called with the time, once a frame, while the view is visible. */
type OnFrame = (now: number) => void

/** One timer for all clocks, one frame loop for all playheads; both rest while nothing is live. */
export class Clock {
  readonly #time: Time
  readonly #second = signal(0)
  readonly #playheads = new Set<OnFrame>()
  #latest = 0
  #looping = false

  constructor(time: Time) {
    this.#time = time
  }

  /** Changes once a second while something is live: who reads it is drawn again then. */
  get second(): ReadonlySignal<number> {
    return this.#second
  }

  /** Never before an event that was seen: the host's clock may be ahead of the panel's. */
  now(): number {
    return Math.max(this.#time.now(), this.#latest)
  }

  /** An event came that happened at `at`. */
  saw(at: number): void {
    this.#latest = Math.max(this.#latest, at)
  }

  tick(): void {
    this.#second.value++
  }

  /** Moves a playhead with each frame until disposed. */
  each(onFrame: OnFrame): () => void {
    this.#playheads.add(onFrame)
    onFrame(this.now())
    this.#loop()
    return () => this.#playheads.delete(onFrame)
  }

  #loop(): void {
    if (this.#looping || this.#playheads.size === 0) return
    this.#looping = true
    this.#time.frame(() => {
      this.#looping = false
      const now = this.now()
      if (!this.#time.hidden()) for (const onFrame of this.#playheads) onFrame(now)
      this.#loop()
    })
  }
}
