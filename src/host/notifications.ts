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

interface Question {
  sessionId: string
  /** Of the call that asks; the turn itself asks about a limit when there is none. */
  callId?: string
  announced: boolean
}

/** Says that something needs the user's answer while it is out of view. It brings it there, and answers nothing. */
export class AnswerNotifications {
  readonly #parts: NotificationParts
  readonly #listener: vscode.Disposable
  /** Questions without an answer, by session and call. */
  readonly #open = new Map<string, Question>()

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
    if (event.type === 'budgetReached') this.#ask({ sessionId, announced: false })
    if (event.type === 'budgetAnswered' || event.type === 'turnEnded') this.#open.delete(keyOf({ sessionId }))
    if (!isOfCall(event)) return
    const { callId } = event
    if (event.type === 'callApproval' || event.type === 'callAsked') this.#ask({ sessionId, callId, announced: false })
    else if (event.type !== 'callOutput') this.#open.delete(keyOf({ sessionId, callId }))
  }

  #ask(question: Question): void {
    this.#open.set(keyOf(question), question)
    this.#announce(question)
  }

  #announce(question: Question): void {
    const { sessionId, callId } = question
    if (question.announced || this.#parts.isShown(sessionId)) return
    question.announced = true
    const words = plainLine(this.#words(question))
    vscode.window.showInformationMessage(`Stretto needs your answer: ${words}`, 'Show').then(
      (button) => button === 'Show' && void this.#show(sessionId, callId),
      // The window closes with the question still open.
      () => undefined,
    )
  }

  #words({ sessionId, callId }: Question): string {
    if (callId === undefined) return 'the session has come to a limit'
    const call = this.#parts.agent.state(sessionId)?.calls.find(({ id }) => id === callId)
    return call?.question?.question ?? `${call?.name ?? ''} ${call?.summary ?? ''}`
  }

  async #show(sessionId: string, callId: string | undefined): Promise<void> {
    const { chat, current } = this.#parts
    await current.show(sessionId)
    await chat.reveal(false)
    if (callId !== undefined) chat.send({ type: 'reveal', callId })
  }
}

function keyOf({ sessionId, callId = '' }: Pick<Question, 'sessionId' | 'callId'>): string {
  return `${sessionId} ${callId}`
}

function isOfCall(event: SessionEvent): event is Extract<SessionEvent, { callId: string }> {
  return 'callId' in event
}
