import * as vscode from 'vscode'
import type { Session } from '../core/agent/session.ts'
import type { Sessions } from '../core/agent/sessions.ts'
import type { Documents } from '../core/ports.ts'
import type { Checkpoints } from '../core/sessions/checkpoints.ts'
import type { Restorer } from '../core/sessions/restorer.ts'
import type { SessionEvent } from '../protocol/events.ts'
import type { SessionState } from '../protocol/state.ts'
import type { Engine, EngineParts } from './engine.ts'

export interface OfSession {
  sessionId: string
  event: SessionEvent
}

/** The window's sessions, built when the first one is asked for: until then none of the agent's code is loaded. */
export class Agent {
  readonly #parts: EngineParts
  readonly #events = new vscode.EventEmitter<OfSession>()
  readonly #returned = new vscode.EventEmitter<{ sessionId: string; texts: string[] }>()
  readonly #opened = new vscode.EventEmitter<Session>()
  #loading: Promise<Engine> | undefined
  #engine: Engine | undefined
  #disposed = false

  readonly onEvent = this.#events.event
  /** A session was asked for by its id; it may have been read back just now. */
  readonly onOpened = this.#opened.event
  /** Queued messages that a stop or a failure gave back. */
  readonly onReturned = this.#returned.event

  constructor(parts: EngineParts) {
    this.#parts = parts
  }

  async create(): Promise<Session> {
    return (await this.#sessions()).create()
  }

  /** A live session, or one read back from its journal. */
  async open(id: string): Promise<Session | undefined> {
    const session = await (await this.#sessions()).open(id)
    if (session !== undefined) this.#opened.fire(session)
    return session
  }

  get(id: string): Session | undefined {
    return this.#engine?.sessions.get(id)
  }

  state(id: string): SessionState | undefined {
    return this.get(id)?.state
  }

  /** Ends everything that was started; returns what is left after `ms` to the system. */
  async dispose(ms: number): Promise<void> {
    this.#disposed = true
    const engine = await this.#loading?.catch(() => undefined)
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    await Promise.race([engine?.dispose(), late])
    clearTimeout(timer)
    this.#events.dispose()
    this.#returned.dispose()
    this.#opened.dispose()
  }

  /** The documents, behind the locks that the agent's edits take. */
  async documents(): Promise<Documents> {
    return (await this.#ready()).documents
  }

  async checkpoints(): Promise<Checkpoints> {
    return (await this.#ready()).checkpoints
  }

  async restorer(): Promise<Restorer> {
    return (await this.#ready()).restorer
  }

  async #sessions(): Promise<Sessions> {
    return (await this.#ready()).sessions
  }

  async #ready(): Promise<Engine> {
    if (this.#disposed) throw new Error('Stretto has ended in this window. Reload the window to use it again.')
    this.#loading ??= this.#load()
    return this.#loading
  }

  async #load(): Promise<Engine> {
    const { buildEngine } = await import('./engine.ts')
    const engine = buildEngine(this.#parts)
    engine.sessions.onEvent((event) => this.#events.fire(event))
    engine.sessions.onReturned((event) => this.#returned.fire(event))
    this.#engine = engine
    return engine
  }
}
