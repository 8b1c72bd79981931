import { randomUUID } from 'node:crypto'
import type { SessionEvent } from '../../protocol/events.ts'
import { emptySession, replay } from '../../protocol/state.ts'
import { Slots } from '../scheduling/slots.ts'
import type { Journals } from '../sessions/journal.ts'
import type { SessionParts } from './parts.ts'
import { Session } from './session.ts'

type Returned = Parameters<SessionParts['onReturned']>[0]
interface OfSession {
  sessionId: string
  event: SessionEvent
}

/** The live sessions of a window. */
export class Sessions {
  readonly #parts: SessionParts
  readonly #journals: Journals
  readonly #live = new Map<string, Session>()
  /** Sessions that still end, and write the rest of their journal. */
  readonly #closing = new Map<string, Promise<void>>()
  readonly #listeners = new Set<(event: OfSession) => void>()
  readonly #onReturned = new Set<(event: Returned) => void>()

  constructor(parts: Omit<SessionParts, 'slots' | 'onReturned'>, journals: Journals) {
    const slots = new Slots(() => parts.settings().parallelCalls)
    const onReturned = (event: Returned): void => {
      for (const listener of this.#onReturned) listener(event)
    }
    this.#parts = { ...parts, slots, onReturned }
    this.#journals = journals
  }

  create(): Session {
    const id = randomUUID()
    return this.#adopt(new Session(emptySession(id), this.#journals.open(id), this.#parts))
  }

  /** A live session, or one read back from its journal; undefined if there is none. */
  async open(id: string): Promise<Session | undefined> {
    const live = this.#live.get(id)
    if (live !== undefined) return live
    await this.#closing.get(id)
    const events = await this.#journals.read(id)
    if (events === undefined) return undefined
    return this.#live.get(id) ?? this.#adopt(new Session(replay(id, events), this.#journals.open(id), this.#parts))
  }

  get(id: string): Session | undefined {
    return this.#live.get(id)
  }

  /** Ends what the session runs and lets it go. Its journal stays: `open` reads it back. */
  close(id: string): Promise<void> {
    const session = this.#live.get(id)
    if (session === undefined) return this.#closing.get(id) ?? Promise.resolve()
    this.#live.delete(id)
    const closed = session.dispose().finally(() => this.#closing.delete(id))
    this.#closing.set(id, closed)
    return closed
  }

  onEvent(listener: (event: OfSession) => void): { dispose(): void } {
    this.#listeners.add(listener)
    return { dispose: () => this.#listeners.delete(listener) }
  }

  onReturned(listener: (event: Returned) => void): { dispose(): void } {
    this.#onReturned.add(listener)
    return { dispose: () => this.#onReturned.delete(listener) }
  }

  /** Ends every session. Safe to call again. */
  async dispose(): Promise<void> {
    const live = [...this.#live.values()]
    this.#live.clear()
    await Promise.all([...live.map((session) => session.dispose()), ...this.#closing.values()])
    this.#listeners.clear()
    this.#onReturned.clear()
  }

  #adopt(session: Session): Session {
    this.#live.set(session.id, session)
    session.onEvent((event) => {
      for (const listener of this.#listeners) listener({ sessionId: session.id, event })
    })
    return session
  }
}
