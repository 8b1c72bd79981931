import type { SessionEvent } from '../protocol/events.ts'
import { emptySession, reduce, type SessionState } from '../protocol/state.ts'
import type { Time } from './clock.ts'

/** How long one frame may reduce, in ms. */
const BUDGET = 8
/** Events between two looks at the time. */
const BETWEEN = 64

type Output = Extract<SessionEvent, { type: 'callOutput' }>

/** Events on their way to the screen: reduced a bounded slice a frame, shown once a frame, never in a hidden view. */
export class Inbox {
  readonly #time: Time
  readonly #measure: () => number
  readonly #show: (state: SessionState) => void
  #state: SessionState = emptySession('')
  #queue: SessionEvent[] = []
  #read = 0
  /** Where in the queue a call's output stands; it may come early there, since it meets no other event of its call. */
  readonly #outputs = new Map<string, number>()
  #asked = false

  constructor(time: Time, measure: () => number, show: (state: SessionState) => void) {
    this.#time = time
    this.#measure = measure
    this.#show = show
  }

  /** Events that wait for a frame. */
  get waiting(): number {
    return this.#queue.length - this.#read
  }

  snapshot(state: SessionState): void {
    this.#state = state
    this.#forget()
    this.#request()
  }

  /** Events of another session than the shown one are not ours to show. */
  receive(sessionId: string, events: readonly SessionEvent[]): void {
    if (sessionId !== this.#state.id) return
    for (const event of events) this.#push(event)
    this.#request()
  }

  /** The view became visible or hidden. */
  visibilityChanged(): void {
    this.#asked = false
    this.#request()
  }

  #push(event: SessionEvent): void {
    if (event.type === 'callOutput') {
      const at = this.#outputs.get(event.callId)
      const before = at === undefined ? undefined : this.#queue[at]
      if (at !== undefined && at >= this.#read && before?.type === 'callOutput') {
        this.#queue[at] = joined(before, event)
        return
      }
      this.#outputs.set(event.callId, this.#queue.length)
    }
    this.#queue.push(event)
  }

  #request(): void {
    if (this.#time.hidden()) {
      this.#reduceUntil(Infinity)
      return
    }
    if (this.#asked) return
    this.#asked = true
    this.#time.frame(() => this.#frame())
  }

  #frame(): void {
    if (!this.#asked) return
    this.#asked = false
    this.#reduceUntil(this.#measure() + BUDGET)
    this.#show(this.#state)
    if (this.waiting > 0) this.#request()
  }

  #reduceUntil(deadline: number): void {
    let state = this.#state
    for (let done = 1; this.#read < this.#queue.length; done++) {
      const event = this.#queue[this.#read++]
      if (event !== undefined) state = reduce(state, event)
      if (done % BETWEEN === 0 && this.#measure() >= deadline) break
    }
    this.#state = state
    if (this.waiting === 0) this.#forget()
  }

  #forget(): void {
    this.#queue = []
    this.#read = 0
    this.#outputs.clear()
  }
}

function joined(before: Output, next: Output): Output {
  return { ...before, text: before.text + next.text }
}
