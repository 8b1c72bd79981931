import type { Clock } from '../core/ports.ts'
import { joined } from '../core/sessions/journal.ts'
import type { SessionEvent } from '../protocol/events.ts'
import type { Environment, ToPanel } from '../protocol/messages.ts'
import type { SessionState } from '../protocol/state.ts'

/** Events of this many ms go to the panel in one message. */
const TICK_MS = 8

/** What goes to one panel: a snapshot, then every event after it exactly once, in order. Nothing while it is hidden. */
export class PanelFeed {
  readonly #post: (message: ToPanel) => void
  readonly #clock: Clock
  #sessionId: string | undefined
  #pending: SessionEvent[] = []
  #timer: { dispose(): void } | undefined

  constructor(post: (message: ToPanel) => void, clock: Clock) {
    this.#post = post
    this.#clock = clock
  }

  /** Events that the state holds already are not sent again. */
  snapshot(state: SessionState, environment: Environment): void {
    this.pause()
    this.#sessionId = state.id
    this.#post({ type: 'snapshot', state, environment })
  }

  /** Sends nothing more until the next snapshot. */
  pause(): void {
    this.#timer?.dispose()
    this.#timer = undefined
    this.#pending = []
    this.#sessionId = undefined
  }

  add(sessionId: string, event: SessionEvent): void {
    if (sessionId !== this.#sessionId) return
    const last = this.#pending.at(-1)
    const both = last && joined(last, event)
    if (both === undefined) this.#pending.push(event)
    else this.#pending[this.#pending.length - 1] = both
    this.#timer ??= this.#clock.after(TICK_MS, () => this.#flush())
  }

  /** Another message, after the events so far. */
  send(message: ToPanel): void {
    this.#flush()
    if (this.#sessionId !== undefined) this.#post(message)
  }

  #flush(): void {
    this.#timer?.dispose()
    this.#timer = undefined
    if (this.#pending.length === 0 || this.#sessionId === undefined) return
    const events = this.#pending
    this.#pending = []
    this.#post({ type: 'events', sessionId: this.#sessionId, events })
  }
}
