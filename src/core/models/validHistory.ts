import type { ModelMessage } from './model.ts'

/**
 * The history as every endpoint takes it, whatever models have written into it: ids, names and arguments in the form that
 * the strictest one wants, no half characters, no answer without a word. A conversation may go on at another provider
 * than the one it began at, and a message is always the same, so that its prefix can be cached.
 */
export function validHistory(messages: readonly ModelMessage[]): ModelMessage[] {
  return messages.filter((message) => !isBlank(message)).map(validMessage)
}

function isBlank(message: ModelMessage): boolean {
  return message.role === 'assistant' && message.calls.length === 0 && message.text.trim() === ''
}

function validMessage(message: ModelMessage): ModelMessage {
  const text = message.text.toWellFormed()
  switch (message.role) {
    case 'system':
    case 'user':
      return { ...message, text }
    case 'result':
      return { ...message, text, callId: validId(message.callId), name: validName(message.name) }
    case 'assistant': {
      const calls = message.calls.map(({ id, name, input }) => ({
        id: validId(id),
        name: validName(name),
        input: validInput(input),
      }))
      return { ...message, text: text.trim() === '' ? '' : text, calls }
    }
  }
}

/** Mistral takes nine letters and digits, neither more nor less; everybody else takes them too. */
function validId(id: string): string {
  const number = /^c(\d{1,8})$/.exec(id)?.[1]
  return number === undefined ? id : `c${number.padStart(8, '0')}`
}

/** A model may call what no tool can be called. */
function validName(name: string): string {
  const plain = name.replaceAll(/[^a-zA-Z0-9_-]/g, '_')
  return (/^[a-zA-Z_]/.test(plain) ? plain : `_${plain}`).slice(0, 64)
}

const inputs = new WeakMap<object, unknown>()

/** An object, without half characters; looked through once. */
function validInput(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return {}
  if (!inputs.has(input)) inputs.set(input, isWellFormed(input) ? input : wellFormed(input))
  return inputs.get(input)
}

/** `JSON.stringify` writes half characters, and nothing else of theirs, as escapes. */
function isWellFormed(input: object): boolean {
  return !/\\u[dD][89a-fA-F]/.test(JSON.stringify(input))
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) return value.map(wellFormed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toWellFormed(), wellFormed(inner)]))
}
