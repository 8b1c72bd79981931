import { describe, expect, test } from 'vitest'
import type { Endpoint } from '../../../../src/core/models/endpoint.ts'
import { toChatMessages } from '../../../../src/core/models/messages.ts'
import type { ModelRequest } from '../../../../src/core/models/model.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { delta, events, faultyServer, refuse } from '../../../support/faultyServer.ts'
import { collect, connected, textOf } from '../../../support/model/adapter.ts'

const request: ModelRequest = {
  messages: [
    { role: 'system', text: 'You are terse.' },
    { role: 'user', text: 'hello' },
    { role: 'assistant', text: '', calls: [{ id: 'c1', name: 'read_file', input: { path: 'a' } }] },
    { role: 'result', callId: 'c1', name: 'read_file', text: '1\tx' },
  ],
  tools: [{ name: 'read_file', description: 'Reads.', parameters: { type: 'object' } }],
}

const chat = (baseUrl: string, more: Partial<Endpoint> = {}) =>
  connected({ baseUrl, model: 'm1', api: 'chat', apiKey: 'sk-very-secret-1234', ...more })

describe('OpenAiChat and what goes beyond text', () => {
  const ok = [delta({ content: 'ok' }, 'stop'), '[DONE]']
  const picture = { mime: 'image/png', base64: 'AAAA' }
  const sentPicture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }

  test('pictures go with the user’s words; those of results come after the whole batch', async () => {
    await using server = await faultyServer((response) => (events(response, ...ok), response.end()))
    await using model = chat(server.baseUrl)
    const calls = ['c1', 'c2'].map((id) => ({ id, name: 'look', input: {} }))
    const messages: ModelRequest['messages'] = [
      { role: 'user', text: 'See.', images: [picture] },
      { role: 'assistant', text: '', calls },
      { role: 'result', callId: 'c1', name: 'look', text: 'one', images: [picture] },
      { role: 'result', callId: 'c2', name: 'look', text: 'two' },
    ]
    await collect(model.stream({ messages, tools: [] }, neverCancelled))
    expect(server.bodies[0]?.['messages']).toMatchObject([
      { role: 'user', content: [{ type: 'text', text: 'See.' }, sentPicture] },
      { role: 'assistant' },
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
      { role: 'tool', tool_call_id: 'c2', content: 'two' },
      { role: 'user', content: [{ type: 'text', text: expect.stringContaining('look') }, sentPicture] },
    ])
  })

  test('the key of the cache and the longest answer are told, and what was cached is counted', async () => {
    const usage = { prompt_tokens: 9, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 5 } }
    await using server = await faultyServer(
      (response) => (
        events(response, delta({ content: 'ok' }, 'stop'), { choices: [], usage }, '[DONE]'),
        response.end()
      ),
    )
    await using model = chat(server.baseUrl)
    const { parts } = await collect(model.stream({ ...request, cacheKey: 's1', maxOutputTokens: 9 }, neverCancelled))
    expect(server.bodies[0]).toMatchObject({ prompt_cache_key: 's1', max_tokens: 9 })
    expect(parts).toContainEqual({
      type: 'usage',
      usage: { inputTokens: 9, outputTokens: 2, cachedInputTokens: 5 },
    })
  })

  test('an endpoint that refuses what it does not know is asked once without, from then on', async () => {
    await using server = await faultyServer((response, count) => {
      if (count === 1)
        return refuse(response, 422, { detail: [{ type: 'extra_forbidden', loc: ['body', 'prompt_cache_key'] }] })
      events(response, ...ok)
      response.end()
    })
    await using model = chat(server.baseUrl)
    for (let time = 0; time < 2; time++)
      expect(textOf((await collect(model.stream({ ...request, cacheKey: 's1' }, neverCancelled))).parts)).toBe('ok')
    expect(server.bodies.map((body) => ['prompt_cache_key' in body, 'stream_options' in body])).toEqual([
      [true, true],
      [false, true],
      [false, true],
    ])
  })

  const called = { index: 0, id: 'p', function: { name: 'read_file', arguments: '{"path":"a"}' } }
  const detail = (text: string, more: object = {}) => ({ type: 'reasoning.text', index: 0, text, ...more })
  test.each<[string, object[], object]>([
    [
      'reasoning_content',
      [{ reasoning_content: 'I ' }, { reasoning_content: 'look.' }],
      { reasoning_content: 'I look.' },
    ],
    ['reasoning', [{ reasoning: 'I ' }, { reasoning: 'look.' }], { reasoning: 'I look.' }],
    [
      'details, whose pieces are joined',
      [
        { reasoning: 'I ', reasoning_details: [detail('I ')] },
        { reasoning: 'look.', reasoning_details: [detail('look.'), detail('', { signature: 'S' })] },
      ],
      { reasoning_details: [detail('I look.', { signature: 'S' })] },
    ],
  ])('thoughts are shown, and given back as they came: %s', async (_name, deltas, back) => {
    await using server = await faultyServer((response, count) => {
      const calls = count === 1 ? [delta({ tool_calls: [called] }, 'tool_calls')] : ok
      events(response, ...deltas.map((each) => delta(each)), ...calls)
      response.end()
    })
    await using model = chat(server.baseUrl)
    const { parts } = await collect(model.stream(request, neverCancelled))
    expect(parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join('')).toBe('I look.')
    const reasoning = parts.flatMap((part) => (part.type === 'reasoned' ? [part.reasoning] : []))[0]
    const answered = {
      role: 'assistant' as const,
      text: '',
      calls: [{ id: 'c9', name: 'read_file', input: {} }],
      reasoning,
    }
    await collect(model.stream({ ...request, messages: [answered] }, neverCancelled))
    expect(server.bodies[1]?.['messages']).toMatchObject([{ role: 'assistant', ...back }])
    await using other = chat(server.baseUrl, { model: 'm2' })
    await collect(other.stream({ ...request, messages: [answered] }, neverCancelled))
    expect(JSON.stringify(server.bodies[2])).not.toContain('I look.')
  })

  test('an endpoint that wants no thoughts back gets none from then on', async () => {
    const fields = { reasoning_content: 'I look.' }
    await using server = await faultyServer((response, count) => {
      if (count === 1) return refuse(response, 400, { message: 'reasoning_content must not be in the input' })
      events(response, ...ok)
      response.end()
    })
    await using model = chat(server.baseUrl)
    const reasoning = { api: 'chat', baseUrl: server.baseUrl, model: 'm1', fields }
    const calls = [{ id: 'c9', name: 'read_file', input: {} }]
    const messages: ModelRequest['messages'] = [{ role: 'assistant', text: '', calls, reasoning }]
    expect(textOf((await collect(model.stream({ ...request, messages }, neverCancelled))).parts)).toBe('ok')
    expect(server.bodies.map((body) => JSON.stringify(body).includes('I look.'))).toEqual([true, false])
  })

  test('where a prompt has to be marked to be kept, its head and its end are', () => {
    const text = (message: unknown): unknown => JSON.stringify(message).includes('cache_control')
    const messages = toChatMessages(request.messages, { marks: true })
    expect(messages.map(text)).toEqual([true, false, false, true])
  })

  test('a redirect is followed by neither the key nor the prompt', async () => {
    await using thief = await faultyServer((response) => (events(response, ...ok), response.end()))
    await using server = await faultyServer((response) => {
      response.writeHead(307, { location: `${thief.baseUrl}/chat/completions` })
      response.end()
    })
    await using model = chat(server.baseUrl, { headers: { 'x-team': 'secret' } })
    const { error } = await collect(model.stream(request, neverCancelled))
    expect(error).toMatchObject({
      name: 'ModelError',
      code: 'refused',
      message: expect.stringContaining(new URL(thief.baseUrl).origin),
    })
    expect([server.headers[0]?.['x-team'], thief.bodies]).toEqual(['secret', []])
  })
})
