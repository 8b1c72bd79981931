import { type CallState, hasEnded, type MessageState, type SessionState } from '../../protocol/state.ts'
import type { ModelMessage } from '../models/model.ts'

/** The conversation as the model gets it: always valid, each call followed by its result, in call order. */
export function history(state: SessionState, system: string): ModelMessage[] {
  const calls = new Map(state.calls.map((call) => [call.id, call]))
  return [{ role: 'system', text: system }, ...state.messages.flatMap((message) => translate(message, calls))]
}

function translate(message: MessageState, calls: ReadonlyMap<string, CallState>): ModelMessage[] {
  if (message.role === 'user') {
    const { text, context } = message
    return [{ role: 'user', text: context === undefined ? text : `${text}\n\n${context}` }]
  }
  const own = message.callIds.map((id) => calls.get(id)).filter((call) => call !== undefined)
  if (message.text === '' && own.length === 0) return []
  const asked = own.map(({ id, name, input }) => ({ id, name, input }))
  const results = own.map((call): ModelMessage => ({
    role: 'result',
    callId: call.id,
    name: call.name,
    text: hasEnded(call)
      ? (call.result ?? '') + extraNote(call)
      : 'Cancelled (dispose): VS Code ended before this call did. Its effect is unknown.',
  }))
  const note: ModelMessage[] =
    message.broken === undefined || own.length === 0 ? [] : [{ role: 'user', text: brokenNote(message.broken) }]
  return [{ role: 'assistant', text: message.text, calls: asked }, ...results, ...note]
}

function extraNote({ extraBytes }: CallState): string {
  if (extraBytes === undefined) return ''
  return `\n(${extraBytes} more bytes came for this call after its arguments were whole. They were ignored; it ran once.)`
}

function brokenNote(why: string): string {
  return `(Not from the user: your answer broke off: ${why} The calls above ran, with the results above. What you had not finished writing was dropped and did not run. Go on from there.)`
}
