import * as vscode from 'vscode'
import { hasEnded } from '../protocol/state.ts'
import type { TurnSource } from '../protocol/events.ts'
import type { Agent, OfSession } from './agent.ts'
import { plainLine } from './plainText.ts'

/** The least time between two reports, in ms. */
const REPORT_MS = 200

interface Running {
  sessionId: string
  turnId: string
  source: TurnSource
  text: string
  /** Ends the notification; undefined while there is none. */
  close: (() => void) | undefined
}

interface ProgressParts {
  agent: Agent
  /** Whether the user sees this session's turns in the panel. */
  isShown: (sessionId: string) => boolean
}

/**
 * VS Code's cancellable progress for the turns that a command or a code action started, and for any turn that the panel
 * does not show. Its cancel button stops the turn.
 */
export class TurnProgress {
  readonly #parts: ProgressParts
  readonly #running = new Map<string, Running>()
  readonly #listener: vscode.Disposable

  constructor(parts: ProgressParts) {
    this.#parts = parts
    this.#listener = parts.agent.onEvent((event) => this.#follow(event))
  }

  /** To be called when the panel was shown, hidden, or given another session. */
  update(): void {
    for (const turn of this.#running.values()) this.#adjust(turn)
  }

  dispose(): void {
    this.#listener.dispose()
    for (const turn of this.#running.values()) turn.close?.()
    this.#running.clear()
  }

  #follow({ sessionId, event }: OfSession): void {
    if (event.type === 'turnStarted') {
      const { turnId, source, text } = event
      const turn: Running = { sessionId, turnId, source, text, close: undefined }
      this.#running.set(sessionId, turn)
      this.#adjust(turn)
    } else if (event.type === 'turnEnded') {
      this.#running.get(sessionId)?.close?.()
      this.#running.delete(sessionId)
    }
  }

  #adjust(turn: Running): void {
    const asked = turn.source === 'command' || turn.source === 'codeAction'
    const wanted = asked || !this.#parts.isShown(turn.sessionId)
    if (wanted && turn.close === undefined) this.#open(turn)
    if (wanted || turn.close === undefined) return
    turn.close()
    turn.close = undefined
  }

  #open(turn: Running): void {
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    turn.close = resolve
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: `Stretto: ${plainLine(turn.text, 60)}`,
      cancellable: true,
    }
    void vscode.window.withProgress(options, async (progress, token) => {
      const stop = token.onCancellationRequested(() => this.#stop(turn))
      const timer = setInterval(() => progress.report({ message: this.#counts(turn) }), REPORT_MS)
      await closed
      clearInterval(timer)
      stop.dispose()
    })
  }

  #stop(turn: Running): void {
    if (this.#running.get(turn.sessionId) === turn) void this.#parts.agent.get(turn.sessionId)?.stop()
  }

  #counts({ sessionId, turnId }: Running): string {
    const state = this.#parts.agent.state(sessionId)
    if (state?.turns.at(-1)?.status === 'stopping') return 'Stopping …'
    const open = (state?.calls ?? []).filter((call) => call.turnId === turnId && !hasEnded(call))
    const count = (word: string, ...status: string[]): string[] => {
      const found = open.filter((call) => status.includes(call.status)).length
      return found === 0 ? [] : [`${found} ${word}`]
    }
    const parts = [
      ...count('running', 'running'),
      ...count('waiting', 'proposed', 'queued', 'waiting'),
      ...count('needs your answer', 'approval'),
    ]
    return parts.join(' · ')
  }
}
