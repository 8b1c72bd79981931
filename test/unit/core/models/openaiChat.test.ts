import { LLMock } from '@copilotkit/aimock'
import { describe, expect, test, vi } from 'vitest'
import type { Endpoint } from '../../../../src/core/models/endpoint.ts'
import type { ModelRequest } from '../../../../src/core/models/model.ts'
import { CancellationSource, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { delta, events, faultyServer, refuse } from '../../../support/faultyServer.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { callsOf, collect, connected, textOf } from '../../../support/model/adapter.ts'

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

describe('OpenAiChat on a mock of the provider', () => {
  test('text and calls are streamed, with usage and the reason of the end', async () => {
    const mock = new LLMock({ port: 0, chunkSize: 4, latency: 5 })
    const toolCalls = [
      { name: 'read_file', arguments: '{"path":"src/a.ts"}' },
      { name: 'terminal', arguments: '{"command":"npm test"}' },
    ]
    mock.onMessage('hello', { content: 'I look at both.', toolCalls })
    await mock.start()
    await using model = chat(`${mock.url}/v1`)
    const { parts, error } = await collect(
      model.stream({ ...request, messages: request.messages.slice(0, 2) }, neverCancelled),
    )
    await mock.stop()
    expect(error).toBeUndefined()
    expect(textOf(parts)).toBe('I look at both.')
    expect(parts.filter(({ type }) => type === 'text').length).toBeGreaterThan(1)
    expect(callsOf(parts)).toEqual([
      ['read_file', { path: 'src/a.ts' }],
      ['terminal', { command: 'npm test' }],
    ])
    expect(parts.slice(-2).map(({ type }) => type)).toEqual(['usage', 'end'])
    expect(parts.at(-1)).toEqual({ type: 'end', reason: 'calls' })
  })
})

describe('OpenAiChat and what it sends', () => {
  test('history is translated with our ids, and the key goes with it', async () => {
    await using server = await faultyServer(
      (response) => (events(response, delta({ content: 'ok' }, 'stop'), '[DONE]'), response.end()),
    )
    await using model = chat(server.baseUrl)
    await collect(model.stream(request, neverCancelled))
    expect(server.bodies[0]?.['messages']).toEqual([
      { role: 'system', content: 'You are terse.' },
      { role: 'user', content: 'hello' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'read_file', arguments: '{"path":"a"}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: '1\tx' },
    ])
    expect(server.bodies[0]).toMatchObject({ model: 'm1', stream: true, stream_options: { include_usage: true } })
    expect(server.headers[0]?.authorization).toBe('Bearer sk-very-secret-1234')
  })

  test('without a key there is no header, and without tools no empty list', async () => {
    await using server = await faultyServer(
      (response) => (events(response, delta({ content: 'ok' }, 'stop')), response.end()),
    )
    await using model = chat(server.baseUrl, { apiKey: undefined })
    await collect(model.stream({ ...request, tools: [] }, neverCancelled))
    expect(server.headers[0]?.authorization).toBeUndefined()
    expect(server.bodies[0]).not.toHaveProperty('tools')
  })

  test('what the environment says of headers and organisations goes to no endpoint, and stays in the environment', async () => {
    const environment = { OPENAI_CUSTOM_HEADERS: 'X-Secret: mine\nAuthorization: Bearer other', OPENAI_ORG_ID: 'org' }
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    await using server = await faultyServer(
      (response) => (events(response, delta({ content: 'ok' }, 'stop')), response.end()),
    )
    await using model = chat(server.baseUrl)
    await collect(model.stream(request, neverCancelled))
    expect(process.env).toMatchObject(environment)
    vi.unstubAllEnvs()
    expect(server.headers[0]).not.toHaveProperty('x-secret')
    expect(server.headers[0]).not.toHaveProperty('openai-organization')
    expect(server.headers[0]?.authorization).toBe('Bearer sk-very-secret-1234')
  })

  test('an endpoint that refuses to be asked for the usage is asked without, from then on', async () => {
    await using server = await faultyServer((response, count) => {
      if (count === 1) return refuse(response, 400, { message: 'Unrecognized request argument: stream_options' })
      events(response, delta({ content: 'ok' }, 'stop'))
      response.end()
    })
    await using model = chat(server.baseUrl)
    expect(textOf((await collect(model.stream(request, neverCancelled))).parts)).toBe('ok')
    await collect(model.stream(request, neverCancelled))
    expect(server.bodies.map((body) => 'stream_options' in body)).toEqual([true, false, false])
  })
})

describe('OpenAiChat on endpoints that differ', () => {
  const call = (more: object, name?: string, args?: unknown) => ({ ...more, function: { name, arguments: args } })
  const a = ['a', { x: 1 }]
  const b = ['b', { y: 2 }]
  test.each<[string, object[][]]>([
    [
      'pieces by index',
      [
        [call({ index: 0, id: 'p' }, 'a', '{"x"')],
        [call({ index: 0 }, undefined, ':1}')],
        [call({ index: 1, id: 'q' }, 'b', '{"y":2}')],
      ],
    ],
    [
      'several in one chunk',
      [[call({ index: 0, id: 'p' }, 'a', '{"x":1}'), call({ index: 1, id: 'q' }, 'b', '{"y":2}')]],
    ],
    ['no index and no id', [[call({}, 'a', '{"x":1}')], [call({}, 'b', '{"y":')], [call({}, undefined, '2}')]]],
    [
      'the same index for both',
      [[call({ index: 0, id: 'p' }, 'a', '{"x":1}')], [call({ index: 0, id: 'q' }, 'b', '{"y":2}')]],
    ],
    [
      'an index that changes',
      [
        [call({ index: 0, id: 'p' }, 'a', '{"x"')],
        [call({ index: 3 }, undefined, ':1}')],
        [call({ index: 1, id: 'q' }, 'b', '{"y":2}')],
      ],
    ],
    [
      'the name in every piece',
      [
        [call({ index: 0, id: 'p' }, 'a', '{"x"')],
        [call({ index: 0, id: 'p' }, 'a', ':1}')],
        [call({ index: 1, id: 'q' }, 'b', '{"y":2}')],
      ],
    ],
    [
      'a new id in every piece',
      [
        [call({ index: 0, id: 'p' }, 'a', '{"x"')],
        [call({ index: 0, id: 'r' }, undefined, ':1}')],
        [call({ index: 1, id: 'q' }, 'b', '{"y":2}')],
      ],
    ],
    [
      'a new id and the name in every piece',
      [
        [call({ index: 0, id: 'p' }, 'a', '{"x"')],
        [call({ index: 0, id: 'r' }, 'a', ':1}')],
        [call({ index: 1, id: 'q' }, 'b', '{"y":2}')],
      ],
    ],
    [
      'arguments as an object',
      [[call({ index: 0, id: 'p' }, 'a', { x: 1 }), call({ index: 1, id: 'q' }, 'b', { y: 2 })]],
    ],
    [
      'the same id for both',
      [[call({ index: 0, id: 'p' }, 'a', '{"x":1}'), call({ index: 1, id: 'p' }, 'b', '{"y":2}')]],
    ],
    [
      'the same id for both, in pieces that take turns',
      [
        [call({ index: 0, id: 'p' }, 'a', '{"x"')],
        [call({ index: 1, id: 'p' }, 'b', '{"y"')],
        [call({ index: 0, id: 'p' }, undefined, ':1}')],
        [call({ index: 1, id: 'p' }, undefined, ':2}')],
      ],
    ],
    [
      'the same id and index for both',
      [[call({ index: 0, id: 'p' }, 'a', '{"x":1}')], [call({ index: 0, id: 'p' }, 'b', '{"y":2}')]],
    ],
    [
      'a call that is sent whole twice',
      [
        [call({ index: 0, id: 'p' }, 'a', '{"x":1}')],
        [call({ index: 0, id: 'p' }, 'a', '{"x":1}'), call({ index: 1, id: 'q' }, 'b', '{"y":2}')],
      ],
    ],
    [
      'indices that are none',
      [[call({ index: -1, id: 'p' }, 'a', '{"x":1}')], [call({ index: 1e9, id: 'q' }, 'b', '{"y":2}')]],
    ],
    ['empty ids', [[call({ index: 0, id: '' }, 'a', '{"x":1}')], [call({ index: 0, id: '' }, 'b', '{"y":2}')]]],
  ])('%s: the same two calls', async (_name, chunks) => {
    await using server = await faultyServer((response) => {
      events(response, ...chunks.map((tool_calls) => delta({ tool_calls })), delta({}, 'stop'), '[DONE]')
      response.end()
    })
    await using model = chat(server.baseUrl)
    const { parts } = await collect(model.stream(request, neverCancelled))
    expect(callsOf(parts)).toEqual([a, b])
    expect(parts.at(-1)).toEqual({ type: 'end', reason: 'calls' })
  })

  test('two calls of one tool are two, also under one id', async () => {
    const pieces = [call({ index: 0, id: 'p' }, 'a', '{"x":1}'), call({ index: 1, id: 'p' }, 'a', '{"x":2}')]
    await using server = await faultyServer((response) => {
      events(response, delta({ tool_calls: pieces }, 'tool_calls'))
      response.end()
    })
    await using model = chat(server.baseUrl)
    expect(callsOf((await collect(model.stream(request, neverCancelled))).parts)).toEqual([a, ['a', { x: 2 }]])
  })

  test.each([
    ['stop', 'stop'],
    ['STOP', 'stop'],
    ['eos_token', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['model_length', 'length'],
    ['content_filter', 'filtered'],
    ['SAFETY', 'filtered'],
  ])('an answer that ends with %s ends with %s', async (finish, reason) => {
    await using server = await faultyServer(
      (response) => (events(response, delta({ content: 'ok' }, finish)), response.end()),
    )
    await using model = chat(server.baseUrl)
    expect((await collect(model.stream(request, neverCancelled))).parts.at(-1)).toEqual({ type: 'end', reason })
  })

  test.each(['error', 'abort', 'insufficient_system_resource'])(
    'an answer that ends with %s broke off',
    async (finish) => {
      await using server = await faultyServer(
        (response) => (events(response, delta({ content: 'half' }, finish)), response.end()),
      )
      await using model = chat(server.baseUrl)
      expect((await collect(model.stream(request, neverCancelled))).error).toMatchObject({ code: 'cut' })
    },
  )

  test('what only keeps the connection open is no sign of life; thoughts and the beginning are', async () => {
    await using server = await faultyServer((response) => {
      const begin = delta({ role: 'assistant', content: '' })
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': comment\n\n')
      events(response, begin, begin, { choices: [] }, {}, delta({}), 'null', delta({ reasoning_content: 'Hm.' }))
      events(response, delta({ reasoning_details: [{ type: 'encrypted' }] }), delta({ content: 'ok' }, 'stop'))
      response.end()
    })
    await using model = chat(server.baseUrl)
    const types: string[] = []
    for await (const part of model.stream(request, neverCancelled)) types.push(part.type)
    expect(types).toEqual(['alive', 'reasoning', 'alive', 'text', 'end'])
  })

  test('a repeated name before a nested object begins no other call', async () => {
    const pieces = [call({ index: 0 }, 'a', '{"x":'), call({ index: 0 }, 'a', '{"z":1}}')]
    await using server = await faultyServer((response) => {
      events(response, ...pieces.map((piece) => delta({ tool_calls: [piece] })), delta({}, 'tool_calls'))
      response.end()
    })
    await using model = chat(server.baseUrl)
    expect(callsOf((await collect(model.stream(request, neverCancelled))).parts)).toEqual([['a', { x: { z: 1 } }]])
  })

  test('an answer that is not streamed is taken whole', async () => {
    const message = {
      content: 'ok',
      tool_calls: [call({ id: 'p' }, 'a', '{"x":1}'), call({ id: 'q' }, 'b', '{"y":2}')],
    }
    await using server = await faultyServer((response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify({
          choices: [{ message, finish_reason: 'tool_calls' }],
          usage: { prompt_tokens: 3, completion_tokens: 4 },
        }),
      )
    })
    await using model = chat(server.baseUrl)
    const { parts } = await collect(model.stream(request, neverCancelled))
    expect(callsOf(parts)).toEqual([a, b])
    expect(parts).toContainEqual({ type: 'usage', usage: { inputTokens: 3, outputTokens: 4 } })
  })

  test('an empty answer is an end', async () => {
    await using server = await faultyServer(
      (response) => (events(response, delta({}, 'stop'), '[DONE]'), response.end()),
    )
    await using model = chat(server.baseUrl)
    expect(await collect(model.stream(request, neverCancelled))).toEqual({ parts: [{ type: 'end', reason: 'stop' }] })
  })

  test('a server that says nothing more after the end does not hold the answer', async () => {
    await using server = await faultyServer((response) => events(response, delta({ content: 'ok' }, 'stop')))
    const clock = new ManualClock()
    await using model = connected({ baseUrl: server.baseUrl, model: 'm1', api: 'chat' }, clock)
    const stream = model.stream(request, neverCancelled)[Symbol.asyncIterator]()
    await stream.next()
    const last = stream.next()
    clock.advance(1000)
    expect(await last).toEqual({ done: false, value: { type: 'end', reason: 'stop' } })
  })
})

describe('OpenAiChat and faults', () => {
  test('a stream that ends without a reason broke off, after what came', async () => {
    await using server = await faultyServer(
      (response) => (events(response, delta({ content: 'half' })), response.end()),
    )
    await using model = chat(server.baseUrl)
    const { parts, error } = await collect(model.stream(request, neverCancelled))
    expect(textOf(parts)).toBe('half')
    expect(error).toMatchObject({ name: 'ModelError', code: 'cut' })
  })

  test('a connection that dies in the stream broke off', async () => {
    await using server = await faultyServer((response) => {
      events(response, delta({ content: 'half' }))
      response.write('data: {"cho', () => response.socket?.resetAndDestroy())
    })
    await using model = chat(server.baseUrl)
    expect((await collect(model.stream(request, neverCancelled))).error).toMatchObject({ code: 'cut' })
  })

  test('a malformed event, a web page, some other JSON and an error inside a stream are told apart', async () => {
    await using server = await faultyServer((response, count) => {
      if (count === 1) events(response, '{"choices": [')
      else if (count === 2) response.writeHead(200, { 'content-type': 'text/html' }).write('<html>')
      else if (count === 3) response.writeHead(200, { 'content-type': 'application/json' }).write('{"status":"ok"}')
      else events(response, delta({ content: 'a' }), { error: { message: 'Overloaded', code: 529 } })
      response.end()
    })
    await using model = chat(server.baseUrl)
    const codes: unknown[] = []
    for (let count = 0; count < 4; count++) codes.push((await collect(model.stream(request, neverCancelled))).error)
    expect(codes).toMatchObject([
      { code: 'malformed' },
      { code: 'no_api' },
      { code: 'no_api' },
      { code: 'server_error' },
    ])
  })

  test.each([
    ['while the server sends nothing at all', 0],
    ['while the stream hangs', 1],
  ])('cancelled %s, the stream ends and no socket is left', async (_name, chunks) => {
    const reached = Promise.withResolvers<void>()
    await using server = await faultyServer((response) => {
      if (chunks > 0) events(response, delta({ content: 'a' }))
      reached.resolve()
    })
    await using model = chat(server.baseUrl)
    const source = new CancellationSource()
    const collected = collect(model.stream(request, source.token))
    await reached.promise
    source.cancel('stop')
    expect((await collected).error).toBeUndefined()
    await server.quiet()
    expect([server.sockets.size, source.attached.listeners]).toEqual([0, 0])
  })

  test('a reader that stops early ends the request', async () => {
    await using server = await faultyServer((response) => events(response, delta({ content: 'a' })))
    await using model = chat(server.baseUrl)
    for await (const part of model.stream(request, neverCancelled)) if (part.type === 'text') break
    await server.quiet()
    expect(server.sockets.size).toBe(0)
  })

  test('closed, it leaves no idle socket', async () => {
    await using server = await faultyServer(
      (response) => (events(response, delta({ content: 'a' }, 'stop'), '[DONE]'), response.end()),
    )
    const model = chat(server.baseUrl)
    await collect(model.stream(request, neverCancelled))
    await model[Symbol.asyncDispose]()
    await server.quiet()
    expect(server.sockets.size).toBe(0)
  })
})
