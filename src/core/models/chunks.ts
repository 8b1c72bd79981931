import type { Usage } from '../../protocol/events.ts'
import { JsonScanner } from './jsonScanner.ts'
import { list, record, word } from './loose.ts'
import type { ModelPart } from './model.ts'
import type { EndReason } from './openaiStream.ts'
import { usageOf } from './usage.ts'

type CallPart = Extract<ModelPart, { type: 'call' }>

/** One chunk of a stream, read leniently: compatible endpoints differ in what they leave out. */
export interface Chunk {
  text: string
  /** What the model thinks. */
  reasoning: string
  /** The same as the endpoint wants it back, in fields of its own. */
  thoughts: Record<string, unknown>
  calls: CallPart[]
  finish: string | undefined
  usage: Usage | undefined
  /** Whether it belongs to the answer; else it only keeps the connection open. */
  alive: boolean
}

interface Slot {
  index: number
  /** The index that the endpoint gave it. */
  given: number | undefined
  id: string
  name: string | undefined
  scanner: JsonScanner
}

/**
 * Reads the chunks of one answer. Says which call a piece belongs to although endpoints leave out the index or the id,
 * repeat an index for another call, change it, or repeat the name in every piece.
 */
export class ChunkReader {
  readonly #slots: Slot[] = []
  readonly #byIndex = new Map<number, Slot>()
  #begun = false

  get calls(): number {
    return this.#slots.length
  }

  read(value: unknown): Chunk {
    const chunk = record(value)
    const choice = record(list(chunk['choices'])[0])
    const delta = record(choice['delta'] ?? choice['message'])
    const text = textOf(delta['content']) + textOf(delta['refusal'])
    const thoughts = thoughtsOf(delta)
    const reasoning = textOf(thoughts['reasoning_content']) || textOf(delta['reasoning'])
    const calls = list(delta['tool_calls']).map((call) => this.#call(record(call)))
    const finish = word(choice['finish_reason'])
    const usage = usageOf(chunk['usage'])
    const says = text !== '' || calls.length > 0 || finish !== undefined || usage !== undefined
    const alive = says || Object.keys(thoughts).length > 0 || this.#begins(delta)
    return { text, reasoning, thoughts, calls, finish, usage, alive }
  }

  /** Answers begin with their role; some endpoints repeat it for as long as there is nothing to say. */
  #begins(delta: Record<string, unknown>): boolean {
    const begins = !this.#begun && word(delta['role']) !== undefined
    this.#begun ||= begins
    return begins
  }

  #call(call: Record<string, unknown>): CallPart {
    const called = record(call['function'])
    const name = word(called['name'])
    const text = argumentsOf(called['arguments'])
    const slot = this.#slot(typeof call['index'] === 'number' ? call['index'] : undefined, word(call['id']), name, text)
    slot.scanner.feed(text)
    const first = name !== undefined && slot.name === undefined
    if (first) slot.name = name
    return first
      ? { type: 'call', index: slot.index, name, arguments: text }
      : { type: 'call', index: slot.index, arguments: text }
  }

  #slot(index: number | undefined, id: string | undefined, name: string | undefined, text: string): Slot {
    const byId = id === undefined ? undefined : this.#byId(id, index, name)
    const last = this.#slots.at(-1)
    const byIndex = index === undefined ? last : this.#byIndex.get(index)
    let slot = byId ?? byIndex
    if (slot === undefined && id === undefined && name === undefined) slot = last
    if (slot === undefined || (byId === undefined && beginsAnother(slot, id, name, text))) {
      const scanner = new JsonScanner()
      slot = { index: this.#slots.length, given: index, id: id ?? '', name: undefined, scanner }
      this.#slots.push(slot)
    }
    if (slot.id === '' && id !== undefined) slot.id = id
    if (index !== undefined) this.#byIndex.set(index, slot)
    return slot
  }

  /** Ids are not always of one call: another name, or a name at another index, is another call. */
  #byId(id: string, index: number | undefined, name: string | undefined): Slot | undefined {
    const same = this.#slots.filter((slot) => slot.id === id)
    const slot = same.find(({ given }) => index !== undefined && given === index) ?? same.at(-1)
    if (slot === undefined || name === undefined || slot.name === undefined) return slot
    const elsewhere = index !== undefined && slot.given !== undefined && slot.given !== index
    const { whole, begun } = slot.scanner
    return elsewhere || (name !== slot.name && (whole || !begun)) ? undefined : slot
  }
}

/** Whether a piece for the slot's place is the first of another call. */
function beginsAnother(slot: Slot, id: string | undefined, name: string | undefined, text: string): boolean {
  if (name === undefined || slot.name === undefined) return false
  const { whole, begun } = slot.scanner
  if (id !== undefined && slot.id !== '') return whole || !begun
  return whole && text.trimStart().startsWith('{')
}

const lengths = /^(length|max_tokens|model_length|max_output_tokens)$/i
const filters = /^(content_filter|refusal|safety|recitation|prohibited_content|blocklist|sensitive)$/i
const breaks =
  /^(error|abort(ed)?|failed|network_error|server_error|insufficient_system_resource|malformed_function_call)$/i

/** Whether the endpoint's word for the end means that the answer has none. */
export function isBreak(finish: string): boolean {
  return breaks.test(finish)
}

/** Why the answer ended; endpoints have words of their own for it, and one that nobody knows is an end like any other. */
export function endReason(finish: string, calls: number): EndReason {
  if (lengths.test(finish)) return 'length'
  if (filters.test(finish)) return 'filtered'
  return calls > 0 ? 'calls' : 'stop'
}

/** The fields that thoughts come in, where they hold something; details make the text of the same thoughts superfluous. */
function thoughtsOf(delta: Record<string, unknown>): Record<string, unknown> {
  const details = list(delta['reasoning_details'])
  if (details.length > 0) return { reasoning_details: details }
  const names = ['reasoning_content', 'reasoning'] as const
  const name = names.find((field) => textOf(delta[field]) !== '')
  return name === undefined ? {} : { [name]: textOf(delta[name]) }
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
