import type { Usage } from '../../protocol/events.ts'
import type { CallState, SessionState } from '../../protocol/state.ts'
import type { TurnEnd } from './turn.ts'

export interface TurnResult {
  sessionId: string
  status: 'completed' | 'stopped' | 'failed'
  /** The model's last words. */
  text: string
  error?: { code: string; message: string }
  /** The model's own calls, in call order. */
  calls: { id: string; name: string; status: CallState['status']; reason?: string }[]
  usage: Usage
}

/** What became of a turn, read from the session's state. */
export function turnResult(state: SessionState, turnId: string, end: TurnEnd): TurnResult {
  const answers = state.messages
    .filter((message) => message.turnId === turnId)
    .filter((message) => message.role === 'assistant')
  const byId = new Map(state.calls.map((call) => [call.id, call]))
  const calls = answers.flatMap(({ callIds }) => callIds.flatMap((id) => byId.get(id) ?? []))
  const turn = state.turns.find(({ id }) => id === turnId)
  return {
    sessionId: state.id,
    status: end.status,
    text: answers.findLast(({ text }) => text !== '')?.text ?? '',
    ...('error' in end && { error: end.error }),
    calls: calls.map(({ id, name, status, reason }) => ({
      id,
      name,
      status,
      ...(reason !== undefined && { reason }),
    })),
    usage: turn?.usage ?? { inputTokens: 0, outputTokens: 0 },
  }
}

/** For a message that was taken back, or came when nothing starts any more. */
export function neverStarted(sessionId: string): TurnResult {
  return { sessionId, status: 'stopped', text: '', calls: [], usage: { inputTokens: 0, outputTokens: 0 } }
}
