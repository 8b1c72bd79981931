import * as vscode from 'vscode'
import type { SessionEvent } from '../protocol/events.ts'
import type { Agent, OfSession } from './agent.ts'
import type { ChatView } from './chatView.ts'
import type { CurrentSession } from './currentSession.ts'
import { plainLine } from './plainText.ts'

interface NotificationParts {
  agent: Agent
  chat: ChatView
  current: CurrentSession
  isShown: (sessionId: string) => boolean
}

/** Says that a call needs the user's answer while its card is out of view. It brings the card there, and answers nothing. */
export class AnswerNotifications {
  readonly #parts: NotificationParts
  readonly #listener: vscode.Disposable
  /** Questions without an answer, by session and call; true once announced. */
  readonly #open = new Map<string, { sessionId: string; callId: string; announced: boolean }>()

  constructor(parts: NotificationParts) {
    this.#parts = parts
    this.#listener = parts.agent.onEvent((event) => this.#follow(event))
  }

  /** To be called when the panel was shown, hidden, or given another session. */
  update(): void {
    for (const question of this.#open.values()) this.#announce(question)
  }

  dispose(): void {
    this.#listener.dispose()
    this.#open.clear()
  }

  #follow({ sessionId, event }: OfSession): void {
    if (!isOfCall(event)) return
    const { callId } = event
    const key = `${sessionId} ${callId}`
    if (event.type === 'callApproval' || event.type === 'callAsked') {
      const question = { sessionId, callId, announced: false }
      this.#open.set(key, question)
      this.#announce(question)
    } else if (event.type !== 'callOutput') {
      this.#open.delete(key)
    }
  }

  #announce(question: { sessionId: string; callId: string; announced: boolean }): void {
    const { sessionId, callId } = question
    if (question.announced || this.#parts.isShown(sessionId)) return
    question.announced = true
    const call = this.#parts.agent.state(sessionId)?.calls.find(({ id }) => id === callId)
    const what = call?.question?.question ?? `${call?.name ?? ''} ${call?.summary ?? ''}`
    vscode.window.showInformationMessage(`Stretto needs your answer: ${plainLine(what)}`, 'Show').then(
      (button) => button === 'Show' && void this.#show(sessionId, callId),
      // The window closes with the question still open.
      () => undefined,
    )
  }

  async #show(sessionId: string, callId: string): Promise<void> {
    const { chat, current } = this.#parts
    await current.show(sessionId)
    await chat.reveal(false)
    chat.send({ type: 'reveal', callId })
  }
}

function isOfCall(event: SessionEvent): event is Extract<SessionEvent, { callId: string }> {
  return 'callId' in event
}
