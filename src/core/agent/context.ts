import { compactionOf } from '../../protocol/context.ts'
import type { UserNote } from '../../protocol/notes.ts'
import { type CallState, hasEnded, type MessageState, type SessionState } from '../../protocol/state.ts'
import type { ModelMessage } from '../models/model.ts'
import { shortenedText } from './shorten.ts'

/** The conversation as the model gets it: always valid, each call followed by its result, in call order. */
export function history(state: SessionState, system: string): ModelMessage[] {
  const calls = new Map(state.calls.map((call) => [call.id, call]))
  const compaction = compactionOf(state)
  const from = indexOf(state, compaction?.upTo) + 1
  const notes = placed(state, from, compaction?.notes ?? 0)
  const noteAt = (index: number): ModelMessage[] => {
    const text = notes.get(index)
    return text === undefined ? [] : [{ role: 'user', text }]
  }
  return [
    { role: 'system', text: system },
    ...(compaction === undefined ? [] : [{ role: 'user' as const, text: compaction.summary }]),
    ...noteAt(from - 1),
    ...state.messages.slice(from).flatMap((message, at) => [...translate(message, calls), ...noteAt(from + at)]),
  ]
}

/** What one message of the conversation becomes. */
export function messagesOf(state: SessionState, message: MessageState): ModelMessage[] {
  return translate(message, new Map(state.calls.map((call) => [call.id, call])))
}

function indexOf({ messages }: SessionState, id: string | undefined): number {
  return id === undefined ? -1 : messages.findIndex((message) => message.id === id)
}

/**
 * What the user did to files, by the index of the message after which it happened, so that a later request begins as an
 * earlier one was sent. Of what the summary stands for, nothing.
 */
function placed(state: SessionState, from: number, summarised: number): Map<number, string> {
  const found = new Map<number, UserNote[]>()
  for (const [number, note] of (state.notes ?? []).entries()) {
    const at = indexOf(state, note.after)
    if (at < from && number < summarised) continue
    const index = Math.max(at, from - 1)
    found.set(index, [...(found.get(index) ?? []), note])
  }
  return new Map([...found].map(([index, notes]) => [index, noteText(notes)]))
}

const said: Record<UserNote['kind'], (paths: string) => string> = {
  rejected: (paths) => `The user rejected and took back changes of yours in ${paths}.`,
  putBack: (paths) => `The user put changes of yours back that they had rejected, in ${paths}.`,
  restored: (paths) => `The user restored earlier versions of ${paths}.`,
}

function noteText(notes: readonly UserNote[]): string {
  const lines = (['rejected', 'putBack', 'restored'] as const).flatMap((kind) => {
    const paths = new Set(notes.filter((note) => note.kind === kind).flatMap((note) => note.paths))
    return paths.size === 0 ? [] : [said[kind]([...paths].join(', '))]
  })
  return `(Not from the user: ${lines.join(' ')} Read them again before you rely on them.)`
}

function translate(message: MessageState, calls: ReadonlyMap<string, CallState>): ModelMessage[] {
  if (message.role === 'user') {
    const { text, context } = message
    return [{ role: 'user', text: context === undefined ? text : `${text}\n\n${context}` }]
  }
  const own = message.callIds.map((id) => calls.get(id)).filter((call) => call !== undefined)
  if (message.text === '' && own.length === 0) return []
  const asked = own.map(askedOf)
  const results = own.map((call): ModelMessage => ({
    role: 'result',
    callId: call.id,
    name: call.via ?? call.name,
    text: hasEnded(call)
      ? (call.shortened === true ? shortenedText(call.result ?? '') : (call.result ?? '')) + extraNote(call)
      : 'Cancelled (dispose): VS Code ended before this call did. Its effect is unknown.',
  }))
  const note: ModelMessage[] =
    message.broken === undefined ? [] : [{ role: 'user', text: brokenNote(message.broken, own.length > 0) }]
  const { text, reasoning } = message
  return [{ role: 'assistant', text, calls: asked, reasoning }, ...results, ...note]
}

/** As the model wrote it. */
function askedOf({ id, name, input, via }: CallState): { id: string; name: string; input: unknown } {
  return via === undefined ? { id, name, input } : { id, name: via, input: { call: name, input } }
}

function extraNote({ extraBytes }: CallState): string {
  if (extraBytes === undefined) return ''
  return `\n(${extraBytes} more bytes came for this call after its arguments were whole. They were ignored; it ran once.)`
}

function brokenNote(why: string, ran: boolean): string {
  const calls = ran
    ? 'The calls above ran, with the results above. What you had not finished writing was dropped and did not run. Go on from there.'
    : 'No call of it ran.'
  return `(Not from the user: your answer broke off: ${why} ${calls})`
}
