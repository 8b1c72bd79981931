import type { TurnSource } from '../../protocol/events.ts'
import type { ChatView } from '../chatView.ts'
import type { CurrentSession } from '../currentSession.ts'

export interface StartParts {
  current: CurrentSession
  chat: ChatView
}

export interface Start {
  text: string
  context?: string
  source: TurnSource
}

/** Starts a turn in the panel's session and brings the panel into view; the editor keeps the focus. */
export async function startTurn({ text, context, source }: Start, { current, chat }: StartParts): Promise<void> {
  const session = await current.get()
  const turn = session.send(text, { source, context })
  await chat.reveal(true)
  await turn
}
