import { APIError, type OpenAI } from 'openai'
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions'
import type { Usage } from '../../protocol/events.ts'
import type { Clock } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { type Chunk, ChunkReader, endReason, isBreak } from './chunks.ts'
import type { Endpoint } from './endpoint.ts'
import { brokeOff, noApi, toModelError } from './errors.ts'
import { toChatMessages, toChatTools } from './messages.ts'
import type { ModelPart, ModelRequest } from './model.ts'
import { LINGER_MS, openAi } from './openai.ts'
import type { Adapter, LivePart } from './watchdog.ts'

/** Chat Completions of any compatible endpoint, streamed. */
export class OpenAiChat implements Adapter {
  readonly id: string
  readonly #endpoint: Endpoint
  readonly #clock: Clock
  readonly #client: OpenAI
  /** Some endpoints refuse to be asked for the usage. */
  #asksUsage = true

  constructor(endpoint: Endpoint, fetch: typeof globalThis.fetch, clock: Clock) {
    this.id = endpoint.model
    this.#endpoint = endpoint
    this.#clock = clock
    this.#client = openAi(endpoint, fetch)
  }

  /** @throws {ModelError} */
  async *stream(request: ModelRequest, token: CancellationToken): AsyncGenerator<LivePart> {
    if (token.isCancellationRequested) return
    const abort = new AbortController()
    const link = token.onCancellationRequested(() => abort.abort())
    const reader = new ChunkReader()
    try {
      const chunks = await this.#open(request, abort.signal)
      yield* this.#answer(chunks, reader, abort)
    } catch (error) {
      if (token.isCancellationRequested) return
      throw toModelError(error, this.#endpoint)
    } finally {
      link.dispose()
      abort.abort()
    }
  }

  async *#answer(
    chunks: AsyncIterator<unknown>,
    reader: ChunkReader,
    abort: AbortController,
  ): AsyncGenerator<LivePart> {
    let finish: string | undefined
    let usage: Usage | undefined
    let linger: { dispose(): void } | undefined
    try {
      for (;;) {
        const next = await chunks.next()
        if (next.done === true) break
        const chunk = reader.read(next.value)
        finish ??= chunk.finish
        usage = chunk.usage ?? usage
        if (finish !== undefined) linger ??= this.#clock.after(LINGER_MS, () => abort.abort())
        yield* partsOf(chunk)
      }
    } catch (error) {
      // What breaks after the answer's end takes nothing from it.
      if (finish === undefined) {
        if (usage !== undefined) yield { type: 'usage', usage }
        throw error
      }
    } finally {
      linger?.dispose()
    }
    if (usage !== undefined) yield { type: 'usage', usage }
    if (finish !== undefined && isBreak(finish)) throw brokeOff(this.#endpoint)
    if (finish !== undefined) yield { type: 'end', reason: endReason(finish, reader.calls) }
    else if (!abort.signal.aborted) throw brokeOff(this.#endpoint)
  }

  /** Sends the request; settles when the answer begins. */
  async #open(request: ModelRequest, signal: AbortSignal): Promise<AsyncIterator<unknown>> {
    try {
      return await this.#send(request, signal)
    } catch (error) {
      if (!this.#asksUsage || !refusesUsage(error)) throw error
      this.#asksUsage = false
      return this.#send(request, signal)
    }
  }

  async #send(request: ModelRequest, signal: AbortSignal): Promise<AsyncIterator<unknown>> {
    const body: ChatCompletionCreateParamsStreaming = {
      model: this.#endpoint.model,
      messages: toChatMessages(request.messages),
      stream: true,
    }
    if (request.tools.length > 0) body.tools = toChatTools(request.tools)
    if (this.#asksUsage) body.stream_options = { include_usage: true }
    const { data, response } = await this.#client.chat.completions.create(body, { signal }).withResponse()
    const kind = response.headers.get('content-type') ?? ''
    if (kind.includes('text/html')) throw noApi(this.#endpoint)
    if (kind.includes('application/json')) return this.#whole(await response.json())
    return data[Symbol.asyncIterator]()
  }

  /** An endpoint that does not stream answers whole. */
  async *#whole(value: unknown): AsyncGenerator {
    const error = typeof value === 'object' && value !== null && 'error' in value ? value.error : undefined
    if (error !== undefined && error !== null) throw new APIError(undefined, Object(error), undefined, undefined)
    if (typeof value !== 'object' || value === null || !('choices' in value)) throw noApi(this.#endpoint)
    yield value
  }
}

function* partsOf(chunk: Chunk): Generator<LivePart> {
  const { reasoning, text, calls, alive } = chunk
  const parts: ModelPart[] = reasoning === '' ? [] : [{ type: 'reasoning', text: reasoning }]
  if (text !== '') parts.push({ type: 'text', text })
  parts.push(...calls)
  if (parts.length === 0 && alive) yield { type: 'alive' }
  yield* parts
}

function refusesUsage(error: unknown): boolean {
  if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return false
  return /stream_options|include_usage/.test(`${error.message} ${error.param}`)
}
