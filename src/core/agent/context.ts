import { type CallState, hasEnded, type MessageState, type SessionState } from '../../protocol/state.ts'
import type { ModelMessage } from '../models/model.ts'

/** The conversation as the model gets it: always valid, each call followed by its result, in call order. */
export function history(state: SessionState, system: string): ModelMessage[] {
  const calls = new Map(state.calls.map((call) => [call.id, call]))
  const notes = userNotes(state)
  const messages = state.messages.flatMap((message) => {
    const note = notes.get(message.id)
    const translated = translate(message, calls)
    return note === undefined ? translated : [{ role: 'user' as const, text: note }, ...translated]
  })
  return [{ role: 'system', text: system }, ...messages]
}

/** By the message before which it happened, what the user did to files: what the model knows of them holds no more. */
function userNotes({ restores = [], turns, messages }: SessionState): Map<string, string> {
  const notes = new Map<string, string>()
  const add = (after: string | undefined, what: string): void => {
    const turn = turns[turns.findIndex(({ id }) => id === after) + 1]
    const first = messages.find(({ turnId }) => turnId === turn?.id)
    if (first === undefined) return
    const before = notes.get(first.id)
    notes.set(first.id, before === undefined ? `(Not from the user: ${what})` : `${before}\n(${what})`)
  }
  for (const { id, reviews = [] } of turns) {
    const rejected = reviews.filter(({ verdicts }) => verdicts.some(({ verdict }) => verdict === 'rejected'))
    if (rejected.length === 0) continue
    const names = rejected.map(({ path }) => path).join(', ')
    add(id, `The user rejected and took back changes of yours in ${names}. Read them again before you rely on them.`)
  }
  for (const { after, scope, files, undoes } of restores) {
    const changed = [...(files?.restored ?? []), ...(files?.merged ?? [])]
    // With the conversation the model forgot what it did to them.
    if (changed.length === 0 || (scope === 'both' && undoes === undefined)) continue
    add(after, `The user restored earlier versions of ${changed.join(', ')}. Read them again before you rely on them.`)
  }
  return notes
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
  const { text, reasoning } = message
  return [{ role: 'assistant', text, calls: asked, reasoning }, ...results, ...note]
}

function extraNote({ extraBytes }: CallState): string {
  if (extraBytes === undefined) return ''
  return `\n(${extraBytes} more bytes came for this call after its arguments were whole. They were ignored; it ran once.)`
}

function brokenNote(why: string): string {
  return `(Not from the user: your answer broke off: ${why} The calls above ran, with the results above. What you had not finished writing was dropped and did not run. Go on from there.)`
}
