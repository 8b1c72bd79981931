import { APIError } from 'openai'
import type { Usage } from '../../protocol/events.ts'
import { list, record, word } from './loose.ts'
import type { ModelPart } from './model.ts'
import type { AnswerReader, EndReason } from './openaiStream.ts'
import type { Unsaid } from './responseInput.ts'
import { usageOf } from './usage.ts'
import type { LivePart } from './watchdog.ts'

interface Item {
  /** Of a call, among the calls. */
  index: number
  /** Whether pieces of it came; else it is taken whole at its end. */
  told: boolean
  ended: boolean
}

/** Reads the events of one answer of the Responses API, leniently: servers leave out pieces, or send wholes alone. */
export class ResponseReader implements AnswerReader {
  readonly #items = new Map<unknown, Item>()
  readonly #keep: (unsaid: Unsaid) => unknown
  readonly #thoughts: Unsaid['thoughts'] = []
  #textAt: number | undefined
  #phase: Unsaid['phase']
  #calls = 0
  end: EndReason | undefined
  usage: Usage | undefined

  /** @param keep makes of what is not said what is to be given back */
  constructor(keep: (unsaid: Unsaid) => unknown) {
    this.#keep = keep
  }

  get reasoned(): unknown {
    const [thoughts, phase] = [this.#thoughts, this.#phase]
    if (thoughts.length === 0 && phase === undefined) return undefined
    return this.#keep({ thoughts, textAt: this.#textAt ?? this.#calls, phase })
  }

  /** @throws {APIError} what the server says went wrong */
  read(value: unknown): LivePart[] {
    const event = record(value)
    switch (event['type']) {
      case 'response.output_text.delta':
      case 'response.refusal.delta':
        return this.#text(this.#item(event), event['delta'])
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        return this.#thought(this.#item(event), event['delta'])
      case 'response.reasoning_summary_part.added':
        // Between two paragraphs of a summary.
        return this.#item(event).told ? [{ type: 'reasoning', text: '\n\n' }] : [{ type: 'alive' }]
      case 'response.output_item.added':
        return this.#begin(event)
      case 'response.function_call_arguments.delta':
        return this.#arguments(this.#item(event), event['delta'])
      case 'response.output_item.done':
        return this.#whole(this.#item(event), record(event['item']))
      case 'response.created':
        return [{ type: 'alive' }]
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        return this.#end(record(event['response']))
      case 'error':
        throw new APIError(undefined, event, undefined, undefined)
      default:
        // What only says that the server is still there, or repeats what came.
        return []
    }
  }

  #item(event: Record<string, unknown>): Item {
    const key = event['output_index'] ?? event['item_id'] ?? record(event['item'])['id']
    const known = this.#items.get(key)
    if (known !== undefined) return known
    const item: Item = { index: -1, told: false, ended: false }
    this.#items.set(key, item)
    return item
  }

  #begin(event: Record<string, unknown>): LivePart[] {
    const begun = record(event['item'])
    return begun['type'] === 'function_call' ? this.#call(this.#item(event), begun) : [{ type: 'alive' }]
  }

  #call(item: Item, { name }: Record<string, unknown>): ModelPart[] {
    item.index = this.#calls++
    return [{ type: 'call', index: item.index, name: word(name) ?? '', arguments: '' }]
  }

  #arguments(item: Item, piece: unknown): LivePart[] {
    const text = word(piece)
    if (text === undefined || item.index === -1) return []
    item.told = true
    return [{ type: 'call', index: item.index, arguments: text }]
  }

  #text(item: Item, piece: unknown): LivePart[] {
    const text = word(piece)
    if (text === undefined) return []
    item.told = true
    this.#textAt ??= this.#calls
    return [{ type: 'text', text }]
  }

  #thought(item: Item, piece: unknown): LivePart[] {
    const text = word(piece)
    if (text === undefined) return []
    item.told = true
    return [{ type: 'reasoning', text }]
  }

  /** An item is whole: what was not told of it in pieces is told now. */
  #whole(item: Item, done: Record<string, unknown>): LivePart[] {
    if (item.ended) return []
    item.ended = true
    switch (done['type']) {
      case 'function_call': {
        const begun = item.index === -1 ? this.#call(item, done) : []
        return item.told ? begun : [...begun, ...this.#arguments(item, done['arguments'])]
      }
      case 'message':
        this.#phase = phaseOf(done['phase'])
        return item.told ? [] : list(done['content']).flatMap((part) => this.#text(item, said(record(part))))
      case 'reasoning': {
        // The server is told to store nothing: without its content it would look for the item, and not find it.
        if (word(done['encrypted_content']) !== undefined || list(done['content']).length > 0)
          this.#thoughts.push({ at: this.#calls, item: done })
        const told = item.told ? [] : this.#thought(item, list(done['summary']).map(textOf).join('\n\n'))
        return told.length === 0 ? [{ type: 'alive' }] : told
      }
      default:
        return []
    }
  }

  #end(response: Record<string, unknown>): LivePart[] {
    this.usage = usageOf(response['usage']) ?? this.usage
    const failure = response['error']
    if (response['status'] === 'failed' || (failure !== undefined && failure !== null))
      throw new APIError(undefined, record(failure), undefined, undefined)
    const output = list(response['output'])
    const missed = output.flatMap((item, index) => this.#whole(this.#item({ output_index: index }), record(item)))
    this.end = endOf(word(record(response['incomplete_details'])['reason']), this.#calls)
    return missed
  }
}

function endOf(cut: string | undefined, calls: number): EndReason {
  if (cut === 'content_filter') return 'filtered'
  if (cut !== undefined) return 'length'
  return calls > 0 ? 'calls' : 'stop'
}

function phaseOf(phase: unknown): Unsaid['phase'] {
  return phase === 'commentary' || phase === 'final_answer' ? phase : undefined
}

function said(part: Record<string, unknown>): unknown {
  return part['text'] ?? part['refusal']
}

function textOf(part: unknown): string {
  return word(record(part)['text']) ?? ''
}
