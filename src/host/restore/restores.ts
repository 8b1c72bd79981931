import * as vscode from 'vscode'
import type { Session } from '../../core/agent/session.ts'
import { CancellationSource } from '../../core/scheduling/cancellation.ts'
import type { RestoreScope } from '../../protocol/events.ts'
import type { Agent } from '../agent.ts'

/** Takes a session back to before one of its turns, and takes that back again. One at a time. */
export class Restores {
  readonly #agent: Agent
  readonly #returned = new vscode.EventEmitter<{ sessionId: string; texts: string[] }>()
  #busy: Promise<void> = Promise.resolve()

  /** The message that a turn began with, for its writer. */
  readonly onReturned = this.#returned.event

  constructor(agent: Agent) {
    this.#agent = agent
  }

  restore(session: Session, turnId: string, scope: RestoreScope): Promise<void> {
    return this.#alone(async () => {
      if (!isIdle(session)) return
      const message = session.state.messages.find((one) => one.role === 'user' && one.turnId === turnId)
      if (message === undefined) return
      const restorer = await this.#agent.restorer()
      const { token } = new CancellationSource()
      const files = scope === 'conversation' ? undefined : await restorer.restore(session.state, turnId, token)
      // A turn that began meanwhile keeps the conversation that it goes on.
      const idle = scope === 'files' || isIdle(session)
      session.record(turnId, { type: 'restored', scope: idle ? scope : 'files', files })
      if (idle && scope !== 'files') this.#returned.fire({ sessionId: session.id, texts: [message.text] })
    })
  }

  /** @param id as in the session's restores */
  undo(session: Session, id: string): Promise<void> {
    return this.#alone(async () => {
      const restore = session.state.restores?.find((one) => one.id === id)
      if (restore === undefined || restore.undone === true || !isIdle(session)) return
      const { files: taken, turnId } = restore
      const restorer = await this.#agent.restorer()
      const { token } = new CancellationSource()
      const files = taken && (await restorer.undo(session.id, taken.id, token))
      if (isIdle(session)) session.record(turnId, { type: 'restoreUndone', id, files })
    })
  }

  dispose(): void {
    this.#returned.dispose()
  }

  #alone(work: () => Promise<void>): Promise<void> {
    const done = this.#busy.then(work)
    this.#busy = done.catch(() => undefined)
    return done
  }
}

function isIdle({ state }: Session): boolean {
  if (state.status === 'idle') return true
  void vscode.window.showWarningMessage('A turn is running. Stop it first, then restore the checkpoint.')
  return false
}
