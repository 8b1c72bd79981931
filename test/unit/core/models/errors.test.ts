import { createServer } from 'node:net'
import { APIConnectionError } from 'openai'
import { describe, expect, test } from 'vitest'
import { toModelError } from '../../../../src/core/models/errors.ts'
import { ModelError } from '../../../../src/core/models/model.ts'
import { isOverflow } from '../../../../src/core/models/overflow.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { events, faultyServer, portOf, refuse } from '../../../support/faultyServer.ts'
import { connected } from '../../../support/model/adapter.ts'

const KEY = 'sk-very-secret-1234'

/** What asking this endpoint once throws. */
async function errorFrom(baseUrl: string, apiKey: string | undefined = KEY): Promise<ModelError> {
  await using model = connected({ baseUrl, model: 'gpt-none', apiKey, api: 'chat' })
  try {
    for await (const part of model.stream({ messages: [], tools: [] }, neverCancelled)) void part
  } catch (error) {
    if (error instanceof ModelError) return error
    throw error
  }
  throw new Error('it answered')
}

describe('toModelError', () => {
  test.each([
    [
      401,
      { message: `Incorrect API key provided: ${KEY}` },
      'unauthorized',
      ['127.0.0.1', 'ends in 1234', 'Set the API key'],
    ],
    [403, { message: 'no' }, 'unauthorized', ['ends in 1234']],
    [404, { message: 'The model does not exist' }, 'unknown_model', ['gpt-none', '127.0.0.1', 'Choose another model']],
    [400, { message: 'no such model', code: 'model_not_found' }, 'unknown_model', ['gpt-none']],
    [402, { message: 'pay' }, 'quota', ['billing']],
    [429, { message: 'You exceeded', code: 'insufficient_quota' }, 'quota', ['billing']],
    [429, { message: 'slow down' }, 'rate_limited', ['slow down']],
    [500, { message: `the key ${KEY} upset me` }, 'server_error', ['HTTP 500', 'the key … upset me']],
    [429, { message: 'Your account has insufficient balance' }, 'quota', ['billing']],
    [429, { message: 'no', type: 'exceeded_current_quota_error' }, 'quota', ['billing']],
    [400, { message: 'Your credit balance is too low to access the API' }, 'quota', ['billing']],
    [403, { message: 'Country not supported' }, 'unauthorized', ['It said: Country not supported']],
    [501, { message: 'streams' }, 'refused', ['HTTP 501']],
    [413, { message: 'big' }, 'context_overflow', ['longer context']],
    [400, { message: 'gpt-none does not support tools' }, 'no_tools', ['cannot use tools']],
    [400, { message: 'bad' }, 'refused', ['HTTP 400', 'It said: bad']],
  ])('HTTP %i with %j is %s, says what to do, and never shows the key', async (status, body, code, words) => {
    await using server = await faultyServer((response) => refuse(response, status, body))
    const error = await errorFrom(server.baseUrl)
    expect(error.code).toBe(code)
    for (const word of words) expect(error.message).toContain(word)
    expect(error.message).not.toContain(KEY)
  })

  test.each([
    ['OpenAI, by code', 400, { message: 'too long', code: 'context_length_exceeded' }],
    ['OpenAI, Responses', 400, { message: 'Your input exceeds the context window of this model.' }],
    [
      'OpenAI, more than a minute may hold',
      429,
      { message: 'Request too large for gpt-4o on tokens per min. The input must be reduced.', code: 'x' },
    ],
    ['Anthropic', 400, { message: 'prompt is too long: 210000 tokens > 200000 maximum' }],
    ['Anthropic, with the answer', 400, { message: 'input length and `max_tokens` exceed context limit: 190000' }],
    ['llama.cpp', 400, { message: 'request (9 tokens) exceeds', type: 'exceed_context_size_error', code: 400 }],
    ['llama.cpp, older', 500, { message: 'the request exceeds the available context size.' }],
    ['Ollama', 400, { message: 'prompt too long; exceeded max context length by 12 tokens' }],
    ['vLLM', 400, { message: "This model's maximum context length is 8192 tokens. However, you requested 9000" }],
    [
      'vLLM, prompts',
      400,
      { message: 'The decoder prompt (length 40) is longer than the maximum model length of 32.' },
    ],
    ['LM Studio', 400, { message: 'Trying to keep the first 15857 tokens when context the overflows.' }],
    ['LM Studio, MLX', 400, { message: 'Context size has been exceeded' }],
    ['Gemini', 400, { message: 'The input token count (12) exceeds the maximum number of tokens allowed (10).' }],
    ['Mistral', 400, { message: 'Prompt contains 40000 tokens, too large for model with 32768 maximum' }],
  ])('the words of %s for a conversation that does not fit are understood', async (_who, status, body) => {
    await using server = await faultyServer((response) => refuse(response, status, body))
    const error = await errorFrom(server.baseUrl)
    expect([error.code, isOverflow(error)]).toEqual(['context_overflow', true])
    expect(error.message).toContain('gpt-none')
  })

  test('an error inside a stream that says so is one too, and what is like it is not', async () => {
    await using server = await faultyServer((response) => {
      events(response, { error: { message: 'Trying to keep the first 9 tokens when context the overflows.' } })
      response.end()
    })
    expect(isOverflow(await errorFrom(server.baseUrl))).toBe(true)
    await using other = await faultyServer((response, count) =>
      count === 1
        ? refuse(response, 429, { message: 'Too many tokens, please wait before trying again.' })
        : refuse(response, 400, { message: 'max_tokens is too large: 100000. It supports at most 16384.' }),
    )
    expect((await errorFrom(other.baseUrl)).code).toBe('rate_limited')
    expect((await errorFrom(other.baseUrl)).code).toBe('refused')
  })

  test('without a key it asks for one, and of a short key nothing is shown', async () => {
    await using server = await faultyServer((response) => refuse(response, 401, { message: 'no' }))
    expect((await errorFrom(server.baseUrl, 'abcd1234')).message).not.toContain('1234.')
    const keyless = await errorFrom(server.baseUrl, '')
    expect(keyless.code).toBe('no_key')
    expect(keyless.message).toContain('wants an API key')
  })

  test.each([
    [{ 'retry-after': '20' }, 20_000],
    [{ 'retry-after-ms': '1500', 'retry-after': '2' }, 1500],
    [{ date: 'Wed, 21 Oct 2026 07:28:00 GMT', 'retry-after': 'Wed, 21 Oct 2026 07:28:15 GMT' }, 15_000],
    [{ date: 'Wed, 21 Oct 2026 07:28:00 GMT', 'retry-after': 'Wed, 21 Oct 2026 07:27:00 GMT' }, 0],
    [{ 'x-should-retry': 'false', 'retry-after': '2' }, Infinity],
    [{ 'retry-after': 'soon' }, undefined],
  ])('429 with %j names the time', async (headers, ms) => {
    await using server = await faultyServer((response) => refuse(response, 429, { message: 'no' }, headers))
    expect(await errorFrom(server.baseUrl)).toMatchObject({ code: 'rate_limited', retryAfterMs: ms })
  })

  test('a port on this machine where nothing listens says what to start', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const port = portOf(server)
    await new Promise((resolve) => server.close(resolve))
    const error = await errorFrom(`http://127.0.0.1:${port}/v1`)
    expect(error.code).toBe('unreachable')
    expect(error.message).toBe(`Nothing listens on 127.0.0.1:${port}. Start Ollama, or choose another model.`)
  })

  test.each([
    ['ENOTFOUND', 'unreachable', 'is not found'],
    ['EHOSTUNREACH', 'unreachable', 'does not answer'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout', 'too long'],
    ['ECONNRESET', 'cut', 'broke off'],
    ['CERT_HAS_EXPIRED', 'tls', 'CERT_HAS_EXPIRED'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls', 'not secure'],
  ])('%s deep among the causes is %s', (code, expected, words) => {
    const cause = new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) })
    const error = toModelError(new APIConnectionError({ cause }), {
      baseUrl: 'https://example.org/v1',
      model: 'm',
      api: 'chat',
    })
    expect(error).toMatchObject({ code: expected, message: expect.stringContaining(words) })
    expect(error.message).toContain('example.org')
  })
})
