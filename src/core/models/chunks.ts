import type { Usage } from '../../protocol/events.ts'
import { JsonScanner } from './jsonScanner.ts'
import type { ModelPart } from './model.ts'

type CallPart = Extract<ModelPart, { type: 'call' }>
type EndReason = Extract<ModelPart, { type: 'end' }>['reason']

/** One chunk of a stream, read leniently: compatible endpoints differ in what they leave out. */
export interface Chunk {
  text: string
  calls: CallPart[]
  finish: string | undefined
  usage: Usage | undefined
}

interface Slot {
  index: number
  id: string
  named: boolean
  scanner: JsonScanner
}

/**
 * Reads the chunks of one answer. Says which call a piece belongs to although endpoints leave out the index or the id,
 * repeat an index for another call, change it, or repeat the name in every piece.
 */
export class ChunkReader {
  readonly #slots: Slot[] = []
  readonly #byIndex = new Map<number, Slot>()

  get calls(): number {
    return this.#slots.length
  }

  read(value: unknown): Chunk {
    const chunk = record(value)
    const choice = record(list(chunk['choices'])[0])
    const delta = record(choice['delta'] ?? choice['message'])
    return {
      text: textOf(delta['content']) + textOf(delta['refusal']),
      calls: list(delta['tool_calls']).map((call) => this.#call(record(call))),
      finish: word(choice['finish_reason']),
      usage: usageOf(chunk['usage']),
    }
  }

  #call(call: Record<string, unknown>): CallPart {
    const called = record(call['function'])
    const name = word(called['name'])
    const text = argumentsOf(called['arguments'])
    const slot = this.#slot(typeof call['index'] === 'number' ? call['index'] : undefined, word(call['id']), name, text)
    slot.scanner.feed(text)
    const first = name !== undefined && !slot.named
    if (first) slot.named = true
    return first
      ? { type: 'call', index: slot.index, name, arguments: text }
      : { type: 'call', index: slot.index, arguments: text }
  }

  #slot(index: number | undefined, id: string | undefined, name: string | undefined, text: string): Slot {
    const byId = id === undefined ? undefined : this.#slots.find((slot) => slot.id === id)
    const last = this.#slots.at(-1)
    const byIndex = index === undefined ? last : this.#byIndex.get(index)
    let slot = byId ?? byIndex
    if (slot === undefined && id === undefined && name === undefined) slot = last
    if (slot === undefined || (byId === undefined && beginsAnother(slot, id, name, text))) {
      slot = { index: this.#slots.length, id: id ?? '', named: false, scanner: new JsonScanner() }
      this.#slots.push(slot)
    }
    if (slot.id === '' && id !== undefined) slot.id = id
    if (index !== undefined) this.#byIndex.set(index, slot)
    return slot
  }
}

/** Whether a piece for the slot's place is the first of another call. */
function beginsAnother(slot: Slot, id: string | undefined, name: string | undefined, text: string): boolean {
  if (name === undefined || !slot.named) return false
  const { whole, begun } = slot.scanner
  if (id !== undefined && slot.id !== '') return whole || !begun
  return whole && text.trimStart().startsWith('{')
}

/** Why the answer ended; endpoints have words of their own for it. */
export function endReason(finish: string, calls: number): EndReason {
  if (finish === 'length' || finish === 'max_tokens') return 'length'
  if (finish === 'content_filter') return 'filtered'
  return calls > 0 ? 'calls' : 'stop'
}

function usageOf(value: unknown): Usage | undefined {
  const usage = record(value)
  const input = usage['prompt_tokens']
  const output = usage['completion_tokens']
  if (typeof input !== 'number' && typeof output !== 'number') return undefined
  const cost = usage['cost']
  return {
    inputTokens: typeof input === 'number' ? input : 0,
    outputTokens: typeof output === 'number' ? output : 0,
    ...(typeof cost === 'number' ? { costUsd: cost } : {}),
  }
}

function argumentsOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value)
}

/** Content is a text, or a list of parts of which some are text. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  const parts = list(value).map(record)
  return parts.map((part) => (part['type'] === 'text' && typeof part['text'] === 'string' ? part['text'] : '')).join('')
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}

/** Any object may be looked into by name; what is found there is checked where it is used. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
