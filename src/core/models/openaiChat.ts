import { APIError, type OpenAI } from 'openai'
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions'
import type { Clock } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { ChatReader } from './chatReader.ts'
import { type Endpoint, hostOf } from './endpoint.ts'
import { noApi } from './errors.ts'
import { isRecord } from './loose.ts'
import { toChatMessages, toChatTools } from './messages.ts'
import type { ModelRequest } from './model.ts'
import { openAi, toCacheKey } from './openai.ts'
import { eventsOf, streamed } from './openaiStream.ts'
import { OptionalFields } from './optionalFields.ts'
import type { Adapter, LivePart } from './watchdog.ts'

/** Chat Completions of any compatible endpoint, streamed. */
export class OpenAiChat implements Adapter {
  readonly id: string
  readonly #endpoint: Endpoint
  readonly #clock: Clock
  readonly #client: OpenAI
  readonly #optional = new OptionalFields({
    usage: /stream_options|include_usage/,
    cacheKey: /prompt_cache_key/,
    cacheMarks: /cache_control/,
    maxTokens: /max_(completion_)?tokens.{0,40}(not |un)supported|(not |un)supported.{0,40}max_(completion_)?tokens/i,
    thoughts: /reasoning(_content|_details)?\b/,
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
    const open = (signal: AbortSignal): Promise<AsyncIterable<unknown[]>> =>
      this.#optional.sent(() => this.#send(request, signal))
    return streamed({ endpoint, clock: this.#clock, reader: new ChatReader(endpoint), open }, token)
  }

  async #send(request: ModelRequest, signal: AbortSignal): Promise<AsyncIterable<unknown[]>> {
    const response = await this.#client.chat.completions.create(this.#body(request), { signal }).asResponse()
    return eventsOf(response, this.#endpoint, (value) => this.#whole(value))
  }

  #body({ messages, tools, maxOutputTokens, cacheKey }: ModelRequest): ChatCompletionCreateParamsStreaming {
    const optional = this.#optional
    const endpoint = optional.has('thoughts') ? this.#endpoint : undefined
    const marks = optional.has('cacheMarks') && wantsMarks(this.#endpoint)
    const body: ChatCompletionCreateParamsStreaming = {
      model: this.#endpoint.model,
      messages: toChatMessages(messages, { endpoint, marks }),
      stream: true,
    }
    if (tools.length > 0) body.tools = toChatTools(tools)
    if (optional.has('usage')) body.stream_options = { include_usage: true }
    if (cacheKey !== undefined && optional.has('cacheKey')) body.prompt_cache_key = toCacheKey(cacheKey)
    if (maxOutputTokens !== undefined && optional.has('maxTokens'))
      body[isOpenAi(this.#endpoint) ? 'max_completion_tokens' : 'max_tokens'] = maxOutputTokens
    return body
  }

  /** An endpoint that does not stream answers whole. */
  async *#whole(value: unknown): AsyncGenerator<unknown[]> {
    const error = isRecord(value) ? value['error'] : undefined
    if (error !== undefined && error !== null) throw new APIError(undefined, Object(error), undefined, undefined)
    if (!isRecord(value) || !('choices' in value)) throw noApi(this.#endpoint)
    yield [value]
  }
}

/** Its newer models refuse the field that all others know. */
function isOpenAi({ baseUrl }: Endpoint): boolean {
  return /(^|\.)(api\.openai\.com|openai\.azure\.com)$/.test(hostOf(baseUrl))
}

/** Where what is to be kept of a prompt has to be marked. */
function wantsMarks({ baseUrl, model }: Endpoint): boolean {
  return /(^|\.)openrouter\.ai$/.test(hostOf(baseUrl)) && /^~?anthropic\//.test(model)
}
