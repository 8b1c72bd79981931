import type * as vscode from 'vscode'
import type { Session } from '../core/agent/session.ts'
import type { TurnResult } from '../core/agent/turnResult.ts'
import type { ApprovalMode } from '../protocol/messages.ts'
import type { SessionState } from '../protocol/state.ts'
import type { Agent, OfSession } from './agent.ts'
import type { ChatView } from './chatView.ts'
import type { CurrentSession } from './currentSession.ts'

export interface AskOptions {
  /** None: a new session. */
  sessionId?: string
  /** Show it in the panel; else the panel keeps the session that it shows. */
  reveal?: boolean
  /** An id at the endpoint in use, `vscode:VENDOR/ID`, `https://host/v1#ID` of an endpoint that is set up, or `demo`. */
  model?: string
  /** At most what the user's setting allows. */
  approvals?: ApprovalMode
  token?: vscode.CancellationToken
}

/** What other extensions and scripts get. Nothing in it answers a question: only the user does. */
export interface StrettoApi {
  readonly version: 1
  /** One turn, to its end. Rejects only for a session that does not exist. */
  ask(prompt: string, options?: AskOptions): Promise<TurnResult>
  /**
   * Redirects the running turn, or queues the message for its end; starts a turn in an idle session. Rejects only for a
   * session that does not exist.
   */
  steer(sessionId: string, message: string, when?: 'now' | 'turnEnd'): Promise<void>
  /** Settles when all of it has ended. */
  stop(sessionId: string, callId?: string): Promise<void>
  /** Plain JSON; undefined for a session that is not open in this window. */
  state(sessionId: string): SessionState | undefined
  readonly onEvent: vscode.Event<OfSession>
}

interface ApiParts {
  agent: Agent
  current: CurrentSession
  chat: ChatView
}

export function createApi({ agent, current, chat }: ApiParts): StrettoApi {
  return {
    version: 1,
    ask: async (prompt, { sessionId, reveal = false, model, approvals, token } = {}) => {
      const session = await sessionFor(agent, sessionId)
      if (reveal) await show(session)
      return session.send(prompt, { source: 'api', model, approvals, token })
    },
    steer: async (sessionId, message, when) => {
      const session = await sessionFor(agent, sessionId)
      session.steer(message, { source: 'api' }, when)
    },
    stop: async (sessionId, callId) => agent.get(sessionId)?.stop(callId),
    state: (sessionId) => agent.state(sessionId),
    onEvent: agent.onEvent,
  }

  async function show(session: Session): Promise<void> {
    await current.show(session.id)
    await chat.reveal(true)
  }
}

async function sessionFor(agent: Agent, id: string | undefined): Promise<Session> {
  if (id === undefined) return agent.create()
  const session = await agent.open(id)
  if (session === undefined) throw new Error(`There is no session ${id}.`)
  return session
}
