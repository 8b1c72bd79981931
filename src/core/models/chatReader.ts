import type { Usage } from '../../protocol/events.ts'
import { KeptThoughts } from './chatReasoning.ts'
import { type Chunk, ChunkReader, endReason, isBreak } from './chunks.ts'
import type { Endpoint } from './endpoint.ts'
import type { ModelPart } from './model.ts'
import type { AnswerReader, EndReason } from './openaiStream.ts'
import type { LivePart } from './watchdog.ts'

/** Reads the chunks of one answer of Chat Completions. */
export class ChatReader implements AnswerReader {
  readonly #endpoint: Endpoint
  readonly #chunks = new ChunkReader()
  readonly #thoughts = new KeptThoughts()
  #finish: string | undefined
  usage: Usage | undefined

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
  }

  get end(): EndReason | 'broken' | undefined {
    if (this.#finish === undefined) return undefined
    return isBreak(this.#finish) ? 'broken' : endReason(this.#finish, this.#chunks.calls)
  }

  /** A model that called tools thinks on when it has the results; after its last words it begins anew. */
  get reasoned(): unknown {
    return this.#chunks.calls === 0 ? undefined : this.#thoughts.for(this.#endpoint)
  }

  read(value: unknown): LivePart[] {
    const chunk = this.#chunks.read(value)
    this.#finish ??= chunk.finish
    this.usage = chunk.usage ?? this.usage
    this.#thoughts.add(chunk.thoughts)
    return partsOf(chunk)
  }
}

function partsOf({ reasoning, text, calls, alive }: Chunk): LivePart[] {
  const parts: ModelPart[] = reasoning === '' ? [] : [{ type: 'reasoning', text: reasoning }]
  if (text !== '') parts.push({ type: 'text', text })
  parts.push(...calls)
  return parts.length === 0 && alive ? [{ type: 'alive' }] : parts
}
