import type { OpenAI } from 'openai'
import type { ResponseCreateParamsStreaming } from 'openai/resources/responses/responses'
import type { Clock } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { Endpoint } from './endpoint.ts'
import { noApi } from './errors.ts'
import type { ModelRequest } from './model.ts'
import { openAi, toCacheKey } from './openai.ts'
import { eventsOf, streamed } from './openaiStream.ts'
import { OptionalFields } from './optionalFields.ts'
import { keep, toInput, toResponseTools } from './responseInput.ts'
import { ResponseReader } from './responseReader.ts'
import { isRecord } from './loose.ts'
import type { Adapter, LivePart } from './watchdog.ts'

/** The Responses API, streamed. The endpoint is told to store nothing: reasoning is given back with the history. */
export class OpenAiResponses implements Adapter {
  readonly id: string
  readonly #endpoint: Endpoint
  readonly #clock: Clock
  readonly #client: OpenAI
  readonly #optional = new OptionalFields({
    summary: /reasoning\.summary|reasoning summar|'reasoning'|"reasoning"|reasoning\.(effort|generate)/i,
    encrypted: /encrypted[_ ]content|\binclude\b/i,
    cacheKey: /prompt_cache_key/,
    maxTokens: /max_output_tokens/,
  })

  constructor(endpoint: Endpoint, fetch: typeof globalThis.fetch, clock: Clock) {
    this.id = endpoint.model
    this.#endpoint = endpoint
    this.#clock = clock
    this.#client = openAi(endpoint, fetch)
  }

  /** @throws {ModelError} */
  stream(request: ModelRequest, token: CancellationToken): AsyncIterable<LivePart> {
    const endpoint = this.#endpoint
    const reader = new ResponseReader((unsaid) => keep(endpoint, unsaid))
    const open = (signal: AbortSignal): Promise<AsyncIterable<unknown[]>> =>
      this.#optional.sent(() => this.#send(request, signal))
    return streamed({ endpoint, clock: this.#clock, reader, open }, token)
  }

  async #send(request: ModelRequest, signal: AbortSignal): Promise<AsyncIterable<unknown[]>> {
    const response = await this.#client.responses.create(this.#body(request), { signal }).asResponse()
    return eventsOf(response, this.#endpoint, (value) => this.#whole(value))
  }

  #body({ messages, tools, maxOutputTokens, cacheKey }: ModelRequest): ResponseCreateParamsStreaming {
    const optional = this.#optional
    const encrypted = optional.has('encrypted')
    const body: ResponseCreateParamsStreaming = {
      model: this.#endpoint.model,
      ...toInput(messages, this.#endpoint, encrypted),
      stream: true,
      store: false,
    }
    if (tools.length > 0) body.tools = toResponseTools(tools)
    if (optional.has('summary')) body.reasoning = { summary: 'auto' }
    if (encrypted) body.include = ['reasoning.encrypted_content']
    if (cacheKey !== undefined && optional.has('cacheKey')) body.prompt_cache_key = toCacheKey(cacheKey)
    if (maxOutputTokens !== undefined && optional.has('maxTokens')) body.max_output_tokens = maxOutputTokens
    return body
  }

  /** An endpoint that does not stream answers whole. */
  async *#whole(value: unknown): AsyncGenerator<unknown[]> {
    if (!isRecord(value) || (!('output' in value) && !('error' in value))) throw noApi(this.#endpoint)
    yield [{ type: 'response.completed', response: value }]
  }
}
