import { createServer } from 'node:net'
import { APIConnectionError } from 'openai'
import { describe, expect, test } from 'vitest'
import { toModelError } from '../../../../src/core/models/errors.ts'
import { ModelError } from '../../../../src/core/models/model.ts'
import { OpenAiChat } from '../../../../src/core/models/openaiChat.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { faultyServer, portOf, refuse } from '../../../support/faultyServer.ts'
import { ManualClock } from '../../../support/manualClock.ts'

const KEY = 'sk-very-secret-1234'

/** What asking this endpoint once throws. */
async function errorFrom(baseUrl: string, apiKey: string | undefined = KEY): Promise<ModelError> {
  await using model = new OpenAiChat({ baseUrl, model: 'gpt-none', apiKey }, {}, new ManualClock())
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
    [400, { message: 'too long', code: 'context_length_exceeded' }, 'too_long', ['new session']],
    [400, { message: "This model's maximum context length is 8192 tokens." }, 'too_long', ['gpt-none']],
    [413, { message: 'big' }, 'too_long', ['longer context']],
    [400, { message: 'gpt-none does not support tools' }, 'no_tools', ['cannot use tools']],
    [400, { message: 'bad' }, 'refused', ['HTTP 400', 'It said: bad']],
  ])('HTTP %i with %j is %s, says what to do, and never shows the key', async (status, body, code, words) => {
    await using server = await faultyServer((response) => refuse(response, status, body))
    const error = await errorFrom(server.baseUrl)
    expect(error.code).toBe(code)
    for (const word of words) expect(error.message).toContain(word)
    expect(error.message).not.toContain(KEY)
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
    const error = toModelError(new APIConnectionError({ cause }), { baseUrl: 'https://example.org/v1', model: 'm' })
    expect(error).toMatchObject({ code: expected, message: expect.stringContaining(words) })
    expect(error.message).toContain('example.org')
  })
})
