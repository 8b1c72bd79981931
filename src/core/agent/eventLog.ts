import type { SessionEvent } from '../../protocol/events.ts'
import { reduce, type SessionState } from '../../protocol/state.ts'
import type { Clock, Log } from '../ports.ts'
import type { CallEvent } from '../scheduling/call.ts'
import type { Journal } from '../sessions/journal.ts'
import type { TurnEvent } from './turn.ts'

/** One session's events: written to its journal, reduced to its state, told to whoever listens. */
export class EventLog {
  readonly #journal: Journal
  readonly #clock: Clock
  readonly #log: Log
  readonly #listeners = new Set<(event: SessionEvent) => void>()
  #state: SessionState
  /** Events that the listeners have yet to hear: one that a listener causes comes after the one that it hears. */
  readonly #unheard: SessionEvent[] = []
  #telling = false

  constructor(state: SessionState, journal: Journal, { clock, log }: { clock: Clock; log: Log }) {
    this.#state = state
    this.#journal = journal
    this.#clock = clock
    this.#log = log
  }

  get state(): SessionState {
    return this.#state
  }

  onEvent(listener: (event: SessionEvent) => void): { dispose(): void } {
    this.#listeners.add(listener)
    return { dispose: () => this.#listeners.delete(listener) }
  }

  add(turnId: string, event: TurnEvent | CallEvent): void {
    const whole = { ...event, at: this.#clock.now(), turnId }
    this.#state = reduce(this.#state, whole)
    this.#journal.append(whole)
    this.#unheard.push(whole)
    if (!this.#telling) this.#tell()
  }

  /** Writes what is left; afterwards nobody hears anything more. */
  async close(): Promise<void> {
    await this.#journal.flush()
    this.#listeners.clear()
  }

  #tell(): void {
    this.#telling = true
    try {
      for (let event = this.#unheard.shift(); event !== undefined; event = this.#unheard.shift()) {
        for (const listener of this.#listeners) this.#hear(listener, event)
      }
    } finally {
      this.#telling = false
    }
  }

  /** A fault of one who listens is not the turn's. */
  #hear(listener: (event: SessionEvent) => void, event: SessionEvent): void {
    try {
      listener(event)
    } catch (error) {
      this.#log.error(`A listener failed at ${event.type}`, error)
    }
  }
}
