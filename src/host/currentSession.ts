import * as vscode from 'vscode'
import type { Session } from '../core/agent/session.ts'
import type { Agent } from './agent.ts'
import { plainLine } from './plainText.ts'

const KEY = 'currentSession'

/** The panel's session. Which one it is outlives the window. */
export class CurrentSession {
  readonly #agent: Agent
  readonly #memory: vscode.Memento
  readonly #changed = new vscode.EventEmitter<string>()
  #opening: Promise<Session> | undefined
  readonly #shown = new Set<string>()
  #id: string | undefined

  readonly onChanged = this.#changed.event

  constructor(agent: Agent, memory: vscode.Memento) {
    this.#agent = agent
    this.#memory = memory
  }

  /** Undefined until it was asked for. */
  get id(): string | undefined {
    return this.#id
  }

  /** Whether it was the panel's session at some time in this window. */
  hasShown(id: string): boolean {
    return this.#shown.has(id)
  }

  /** The session that the panel shows: the live one, the last one of this workspace, or a new one. */
  get(): Promise<Session> {
    this.#opening ??= this.#restore().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async renew(): Promise<Session> {
    return this.#show(this.#agent.create())
  }

  /** Shows another session; false when there is none of that id. */
  async show(id: string): Promise<boolean> {
    if (this.#id === id) return true
    const session = await this.#agent.open(id)
    if (session === undefined) return false
    await this.#show(Promise.resolve(session))
    return true
  }

  dispose(): void {
    this.#changed.dispose()
  }

  async #restore(): Promise<Session> {
    const id = this.#memory.get<string>(KEY)
    const last = typeof id === 'string' ? await this.#read(id) : undefined
    return this.#adopt(last ?? (await this.#agent.create()))
  }

  async #read(id: string): Promise<Session | undefined> {
    try {
      return await this.#agent.open(id)
    } catch (error) {
      const why = plainLine(error instanceof Error ? error.message : String(error))
      void vscode.window.showWarningMessage(
        `Stretto could not read the last conversation, and begins a new one: ${why}`,
      )
      return undefined
    }
  }

  async #show(opening: Promise<Session>): Promise<Session> {
    const shown = opening.then((session) => this.#adopt(session))
    this.#opening = shown
    const session = await shown
    this.#changed.fire(session.id)
    return session
  }

  async #adopt(session: Session): Promise<Session> {
    this.#id = session.id
    this.#shown.add(session.id)
    await this.#memory.update(KEY, session.id)
    return session
  }
}
