import type { ModelMessage } from '../model.ts'

/** A call of this turn's and what came of it. */
export interface DoneCall {
  name: string
  input: Record<string, unknown>
  text: string
}

/** What the script decides from: the last prompt, and the results since then. */
export interface Conversation {
  prompt: string
  done: DoneCall[]
}

export function conversation(messages: readonly ModelMessage[]): Conversation {
  const start = messages.findLastIndex(
    (message) => message.role === 'user' && !message.text.startsWith('(Not from the user'),
  )
  const first = messages[start]
  const inputs = new Map<string, unknown>()
  const done: DoneCall[] = []
  for (const message of messages.slice(start + 1)) {
    if (message.role === 'assistant') for (const { id, input } of message.calls) inputs.set(id, input)
    if (message.role !== 'result') continue
    const input = inputs.get(message.callId)
    done.push({ name: message.name, input: typeof input === 'object' ? { ...input } : {}, text: message.text })
  }
  return { prompt: first?.role === 'user' ? first.text : '', done }
}

/** The result of reading a file, whole; undefined when it was not read. */
export function readText(done: readonly DoneCall[], path: string): string | undefined {
  const call = done.find(({ name, input }) => name === 'read_file' && input['path'] === path)
  return call === undefined || problem(call) !== undefined ? undefined : call.text
}

/** Why a call has not done what it was asked to, in its own words; undefined when it has. */
export function problem(call: DoneCall): string | undefined {
  if (!/^(Error|Cancelled) \(|^Deferred: /.test(call.text)) return undefined
  return firstLine(call)
}

/** The first line of a result. */
export function firstLine(call: DoneCall): string {
  return call.text.split('\n', 1)[0] ?? ''
}

/** A command's exit code; undefined when it did not end by itself. The first line says it where it is not 0. */
export function exitCode(call: DoneCall): number | undefined {
  if (problem(call) !== undefined) return undefined
  const first = firstLine(call)
  if (/background|signal/i.test(first)) return undefined
  const said = /\bexit\D*(\d+)/i.exec(first)?.[1]
  return said === undefined ? 0 : Number(said)
}

/** `5 passed, 0 failed`, as Node's test runner counts; undefined without its summary. */
export function testCounts(text: string): string | undefined {
  const count = (word: string): string | undefined => new RegExp(`^\\W*${word} (\\d+)\\s*$`, 'm').exec(text)?.[1]
  const passed = count('pass')
  const failed = count('fail')
  return passed === undefined || failed === undefined ? undefined : `${passed} passed, ${failed} failed`
}
