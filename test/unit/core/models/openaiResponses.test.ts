import { LLMock } from '@copilotkit/aimock'
import { describe, expect, test } from 'vitest'
import type { Endpoint } from '../../../../src/core/models/endpoint.ts'
import type { ModelMessage, ModelRequest } from '../../../../src/core/models/model.ts'
import { CancellationSource, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { events, faultyServer, refuse } from '../../../support/faultyServer.ts'
import { callsOf, collect, connected, textOf, thoughtsOf } from '../../../support/model/adapter.ts'

const hello: ModelMessage[] = [
  { role: 'system', text: 'You are terse.' },
  { role: 'user', text: 'hello' },
]
const request: ModelRequest = {
  messages: hello,
  tools: [{ name: 'read_file', description: 'Reads.', parameters: { type: 'object' } }],
}

const responses = (baseUrl: string, more: Partial<Endpoint> = {}) =>
  connected({ baseUrl, model: 'm1', api: 'responses', apiKey: 'sk-very-secret-1234', ...more })

const event = (type: string, more: object) => ({ type: `response.${type}`, ...more })
const thought = {
  type: 'reasoning',
  id: 'rs_1',
  summary: [{ type: 'summary_text', text: 'I look.' }],
  encrypted_content: 'gAAA',
}
const callItem = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'read_file', arguments: '{"path":"a"}' }
const usage = { input_tokens: 30, input_tokens_details: { cached_tokens: 20 }, output_tokens: 7 }
const completed = event('completed', { response: { status: 'completed', output: [], usage } })

/** A thought, some words and two calls, as OpenAI streams them. */
const wholeAnswer = [
  event('created', { response: {} }),
  event('output_item.added', { output_index: 0, item: { type: 'reasoning', id: 'rs_1', summary: [] } }),
  event('reasoning_summary_part.added', { output_index: 0, summary_index: 0 }),
  event('reasoning_summary_text.delta', { output_index: 0, delta: 'I ' }),
  event('reasoning_summary_text.delta', { output_index: 0, delta: 'look.' }),
  event('reasoning_summary_part.added', { output_index: 0, summary_index: 1 }),
  event('reasoning_summary_text.delta', { output_index: 0, delta: 'Twice.' }),
  event('output_item.done', { output_index: 0, item: thought }),
  event('output_item.added', { output_index: 1, item: { type: 'message', role: 'assistant', content: [] } }),
  event('output_text.delta', { output_index: 1, delta: 'Both.' }),
  event('output_item.done', {
    output_index: 1,
    item: { type: 'message', content: [{ type: 'output_text', text: 'Both.' }], phase: 'commentary' },
  }),
  event('output_item.added', { output_index: 2, item: { ...callItem, arguments: '' } }),
  event('output_item.added', { output_index: 3, item: { ...callItem, id: 'fc_2', name: 'terminal', arguments: '' } }),
  event('function_call_arguments.delta', { output_index: 3, delta: '{"command":' }),
  event('function_call_arguments.delta', { output_index: 2, delta: '{"path":"a"}' }),
  event('function_call_arguments.delta', { output_index: 3, delta: '"ls"}' }),
  event('function_call_arguments.done', { output_index: 2, arguments: '{"path":"a"}' }),
  event('output_item.done', { output_index: 2, item: callItem }),
  event('output_item.done', {
    output_index: 3,
    item: { ...callItem, name: 'terminal', arguments: '{"command":"ls"}' },
  }),
  completed,
]

describe('OpenAiResponses on a mock of the provider', () => {
  test('text and calls are streamed, with usage and the reason of the end', async () => {
    const mock = new LLMock({ port: 0, chunkSize: 4, latency: 5 })
    const toolCalls = [
      { name: 'read_file', arguments: '{"path":"src/a.ts"}' },
      { name: 'terminal', arguments: '{"command":"npm test"}' },
    ]
    mock.onMessage('hello', { content: 'I look at both.', toolCalls })
    await mock.start()
    await using model = responses(`${mock.url}/v1`)
    const { parts, error } = await collect(model.stream(request, neverCancelled))
    await mock.stop()
    expect(error).toBeUndefined()
    expect(textOf(parts)).toBe('I look at both.')
    expect(parts.filter(({ type }) => type === 'text').length).toBeGreaterThan(1)
    expect(callsOf(parts)).toEqual([
      ['read_file', { path: 'src/a.ts' }],
      ['terminal', { command: 'npm test' }],
    ])
    expect(parts).toContainEqual(expect.objectContaining({ type: 'usage' }))
    expect(parts.at(-1)).toEqual({ type: 'end', reason: 'calls' })
  })
})

describe('OpenAiResponses and what it reads', () => {
  test('thoughts, words and calls whose pieces are mixed', async () => {
    await using server = await faultyServer((response) => (events(response, ...wholeAnswer), response.end()))
    await using model = responses(server.baseUrl)
    const { parts } = await collect(model.stream(request, neverCancelled))
    expect([thoughtsOf(parts), textOf(parts)]).toEqual(['I look.\n\nTwice.', 'Both.'])
    expect(callsOf(parts)).toEqual([
      ['read_file', { path: 'a' }],
      ['terminal', { command: 'ls' }],
    ])
    expect(parts.slice(-3)).toEqual([
      { type: 'usage', usage: { inputTokens: 30, outputTokens: 7, cachedInputTokens: 20 } },
      { type: 'reasoned', reasoning: expect.anything() },
      { type: 'end', reason: 'calls' },
    ])
  })

  const message = { type: 'message', content: [{ type: 'output_text', text: 'Both.' }] }
  test.each<[string, object[]]>([
    [
      'items that come whole',
      [thought, message, callItem].map((item, output_index) => event('output_item.done', { output_index, item })),
    ],
    ['the whole at the end alone', []],
  ])('%s are told all the same, once', async (_name, before) => {
    const output = [thought, message, callItem]
    await using server = await faultyServer((response) => {
      events(response, ...before, event('completed', { response: { status: 'completed', output, usage } }))
      response.end()
    })
    await using model = responses(server.baseUrl)
    const { parts } = await collect(model.stream(request, neverCancelled))
    expect([thoughtsOf(parts), textOf(parts)]).toEqual(['I look.', 'Both.'])
    expect(callsOf(parts)).toEqual([['read_file', { path: 'a' }]])
  })

  test('an answer that is not streamed is taken whole', async () => {
    await using server = await faultyServer((response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ object: 'response', status: 'completed', output: [message], usage, error: null }))
    })
    await using model = responses(server.baseUrl)
    const { parts } = await collect(model.stream(request, neverCancelled))
    expect([textOf(parts), parts.at(-1)]).toEqual(['Both.', { type: 'end', reason: 'stop' }])
  })

  test.each([
    ['max_output_tokens', 'length'],
    ['content_filter', 'filtered'],
  ])('an answer that is incomplete because of %s says so', async (reason, end) => {
    const response = { status: 'incomplete', incomplete_details: { reason }, output: [] }
    await using server = await faultyServer((to) => (events(to, event('incomplete', { response })), to.end()))
    await using model = responses(server.baseUrl)
    expect((await collect(model.stream(request, neverCancelled))).parts).toEqual([{ type: 'end', reason: end }])
  })

  test('a failed response, an error event, a cut stream and a web page are told apart', async () => {
    const failed = { status: 'failed', error: { code: 'server_error', message: 'Oh.' } }
    await using server = await faultyServer((response, count) => {
      if (count === 1) events(response, ...wholeAnswer.slice(8, 10), event('failed', { response: failed }))
      else if (count === 2) events(response, { type: 'error', code: 'rate_limit_exceeded', message: 'Slow.' })
      else if (count === 3) events(response, ...wholeAnswer.slice(0, 10))
      else response.writeHead(200, { 'content-type': 'text/html' }).write('<html>')
      response.end()
    })
    await using model = responses(server.baseUrl)
    const answers = []
    for (let count = 0; count < 4; count++) answers.push(await collect(model.stream(request, neverCancelled)))
    expect(answers.map(({ parts }) => textOf(parts))).toEqual(['Both.', '', 'Both.', ''])
    expect(answers.map(({ error }) => error)).toMatchObject([
      { code: 'server_error', message: expect.stringContaining('Oh.') },
      { code: 'rate_limited' },
      { code: 'cut' },
      { code: 'no_api' },
    ])
  })

  test('cancelled while the stream hangs, it ends and no socket is left', async () => {
    const reached = Promise.withResolvers<void>()
    await using server = await faultyServer((response) => {
      events(response, ...wholeAnswer.slice(0, 4))
      reached.resolve()
    })
    await using model = responses(server.baseUrl)
    const source = new CancellationSource()
    const collected = collect(model.stream(request, source.token))
    await reached.promise
    source.cancel('stop')
    expect((await collected).error).toBeUndefined()
    await server.quiet()
    expect([server.sockets.size, source.attached.listeners]).toEqual([0, 0])
  })
})

describe('OpenAiResponses and what it sends', () => {
  const ok = [event('output_text.delta', { output_index: 0, delta: 'ok' }), completed]

  test('history in its order, nothing to be stored, and the key of the cache', async () => {
    await using server = await faultyServer((response) => (events(response, ...ok), response.end()))
    await using model = responses(server.baseUrl)
    const messages: ModelMessage[] = [
      ...hello,
      { role: 'assistant', text: 'Both.', calls: [{ id: 'c1', name: 'read_file', input: { path: 'a' } }] },
      {
        role: 'result',
        callId: 'c1',
        name: 'read_file',
        text: '1\tx',
        images: [{ mime: 'image/png', base64: 'AAAA' }],
      },
      { role: 'user', text: 'And this?', images: [{ mime: 'image/png', base64: 'BBBB' }] },
    ]
    await collect(model.stream({ ...request, messages, cacheKey: 's1', maxOutputTokens: 99 }, neverCancelled))
    const image = (data: string) => ({
      type: 'input_image',
      image_url: `data:image/png;base64,${data}`,
      detail: 'auto',
    })
    expect(server.bodies[0]).toEqual({
      model: 'm1',
      instructions: 'You are terse.',
      input: [
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: 'Both.' },
        { type: 'function_call', call_id: 'c1', name: 'read_file', arguments: '{"path":"a"}' },
        { type: 'function_call_output', call_id: 'c1', output: [{ type: 'input_text', text: '1\tx' }, image('AAAA')] },
        { role: 'user', content: [{ type: 'input_text', text: 'And this?' }, image('BBBB')] },
      ],
      tools: [
        { type: 'function', name: 'read_file', description: 'Reads.', parameters: { type: 'object' }, strict: false },
      ],
      stream: true,
      store: false,
      reasoning: { summary: 'auto' },
      include: ['reasoning.encrypted_content'],
      prompt_cache_key: 's1',
      max_output_tokens: 99,
    })
    expect(server.headers[0]?.authorization).toBe('Bearer sk-very-secret-1234')
  })

  /** What the next request says of the answer before, asked of this endpoint. */
  async function inputAfter(more: Partial<Endpoint>, answer = wholeAnswer): Promise<unknown[]> {
    await using server = await faultyServer((response) => (events(response, ...answer), response.end()))
    await using first = responses(server.baseUrl)
    const { parts } = await collect(first.stream(request, neverCancelled))
    const reasoning = parts.flatMap((part) => (part.type === 'reasoned' ? [part.reasoning] : []))[0]
    const calls = [
      { id: 'c1', name: 'read_file', input: {} },
      { id: 'c2', name: 'terminal', input: {} },
    ]
    await using second = responses(server.baseUrl, more)
    // As the journal gives it back.
    const stored: unknown = JSON.parse(JSON.stringify(reasoning ?? null))
    const messages: ModelMessage[] = [...hello, { role: 'assistant', text: 'Both.', calls, reasoning: stored }]
    await collect(second.stream({ ...request, messages }, neverCancelled))
    const input: unknown = server.bodies[1]?.['input']
    return Array.isArray(input) ? input.slice(1) : []
  }

  test('reasoning goes back where it was, as it came, with the phase of the text', async () => {
    const [rest, text, ...calls] = await inputAfter({})
    expect(rest).toEqual(thought)
    expect(text).toEqual({ role: 'assistant', content: 'Both.', phase: 'commentary' })
    expect(calls).toMatchObject([{ call_id: 'c1' }, { call_id: 'c2' }])
  })

  test('a thought between two calls stays between them, and one that leads to nothing is left out', async () => {
    const between = { ...thought, id: 'rs_2' }
    const late = [
      event('output_item.done', { output_index: 4, item: between }),
      event('output_item.done', { output_index: 5, item: { ...callItem, id: 'fc_3' } }),
      event('output_item.done', { output_index: 6, item: { ...thought, id: 'rs_3' } }),
    ]
    const answer = [
      ...wholeAnswer.slice(0, 12),
      event('output_item.done', { output_index: 2, item: callItem }),
      ...late,
    ]
    const types = (await inputAfter({}, [...answer, completed])).map((item) => JSON.stringify(item).slice(0, 60))
    expect(types).toEqual([
      expect.stringContaining('rs_1'),
      expect.stringContaining('Both.'),
      expect.stringContaining('c1'),
      expect.stringContaining('rs_2'),
      expect.stringContaining('c2'),
    ])
  })

  test('another model gets none of it', async () => {
    expect(JSON.stringify(await inputAfter({ model: 'm2' }))).not.toContain('rs_1')
  })

  test('what an endpoint refuses is left out, from then on', async () => {
    await using server = await faultyServer((response, count) => {
      if (count === 1)
        return refuse(response, 400, {
          message: "Unsupported parameter: 'reasoning.summary'",
          param: 'reasoning.summary',
        })
      if (count === 2) return refuse(response, 400, { message: 'Encrypted content is not supported with this model.' })
      events(response, ...ok)
      response.end()
    })
    await using model = responses(server.baseUrl)
    expect(textOf((await collect(model.stream({ ...request, cacheKey: 's' }, neverCancelled))).parts)).toBe('ok')
    await collect(model.stream({ ...request, cacheKey: 's' }, neverCancelled))
    const sent = server.bodies.map((body) =>
      ['reasoning', 'include', 'prompt_cache_key'].filter((name) => name in body),
    )
    expect(sent.slice(1)).toEqual([['include', 'prompt_cache_key'], ['prompt_cache_key'], ['prompt_cache_key']])
  })

  test('one that refuses what it does not know, without saying what, is asked once without all of it', async () => {
    await using server = await faultyServer((response, count) => {
      if (count === 1) return refuse(response, 422, { message: 'Extra inputs are not permitted' })
      events(response, ...ok)
      response.end()
    })
    await using model = responses(server.baseUrl)
    await collect(model.stream({ ...request, cacheKey: 's', maxOutputTokens: 9 }, neverCancelled))
    expect(Object.keys(server.bodies[1] ?? {}).sort()).toEqual([
      'input',
      'instructions',
      'model',
      'store',
      'stream',
      'tools',
    ])
  })

  test('a request that is refused for what it is, is not sent again', async () => {
    await using server = await faultyServer((response) =>
      refuse(response, 400, { message: 'Invalid value for tools.' }),
    )
    await using model = responses(server.baseUrl)
    expect((await collect(model.stream(request, neverCancelled))).error).toMatchObject({ code: 'refused' })
    expect(server.bodies).toHaveLength(1)
  })
})
