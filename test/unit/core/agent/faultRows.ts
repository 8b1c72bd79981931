import type { ServerResponse } from 'node:http'
import { ANSWER_LIMITS } from '../../../../src/core/agent/step.ts'
import { ARGUMENTS_LIMIT } from '../../../../src/core/models/callAssembler.ts'
import { delta, events, refuse } from '../../../support/faultyServer.ts'
import type { FaultWorld } from '../../../support/model/faultWorld.ts'

type Reply = (response: ServerResponse, world: FaultWorld) => void

const text = (content: string) => delta({ content })
const call = (index: number, path: string, more: object = {}) =>
  raw(index, 'read_file', JSON.stringify({ path }), { id: `id-${index}-${path}`, ...more })
const raw = (index: number, name: string, args: string, more: object = {}) =>
  delta({ tool_calls: [{ index, id: `id-${index}`, type: 'function', function: { name, arguments: args }, ...more }] })
const used = (prompt_tokens: number) => ({ choices: [], usage: { prompt_tokens, completion_tokens: 1 } })
const end = (finish = 'stop') => delta({}, finish)

/** A whole answer of these chunks. */
const says =
  (...chunks: unknown[]): Reply =>
  (response) => {
    events(response, ...chunks, '[DONE]')
    response.end()
  }
/** The connection ends in the middle of an event. */
const breaks =
  (...chunks: unknown[]): Reply =>
  (response) => {
    events(response, ...chunks)
    response.write('data: {"cho', () => response.socket?.destroy())
  }
const refuses =
  (status: number, error: object, headers?: Record<string, string>): Reply =>
  (response) =>
    refuse(response, status, error, headers)
/** Nothing more comes, and time passes, once the user has seen what came. */
const falls =
  (...chunks: unknown[]): Reply =>
  (response, world) => {
    events(response, ...chunks)
    if (chunks.length === 0) return world.silence(response)
    const listener = world.session.onEvent(({ type }) => {
      if (type !== 'textAdded') return
      listener.dispose()
      world.silence(response)
    })
  }
const tooLong = refuses(400, { code: 'context_length_exceeded' })
/** All is well. */
export const ok = says(text('All done.'), end())

export interface Row {
  /** As the table in ARCHITECTURE.md has it. */
  fault: string
  /** One a request; afterwards all is well. */
  replies: Reply[]
  /** Of the turn's error; none: it is completed. */
  code?: string
  /** In the error's words. */
  says?: RegExp
  /** Codes of what the user is told while it waits. */
  waits?: string[]
  /** Requests of the turn. */
  asked: number
  reads?: string[]
  /** Read by the model, in all attempts. */
  tokens?: number
  /** What the next request says, the user having asked to continue after a turn that failed. */
  model?: RegExp[]
  /** What no request says. */
  never?: RegExp
}

const broken = /your answer broke off/

export const rows: Row[] = [
  {
    fault: 'HTTP 401, 403',
    replies: [refuses(401, {})],
    code: 'unauthorized',
    says: /127\.0\.0\.1:\d+ refused the key that ends in 1234/,
    asked: 1,
  },
  {
    fault: 'HTTP 404, a model that is not known',
    replies: [refuses(404, { message: 'no' })],
    code: 'unknown_model',
    says: /“m1”/,
    asked: 1,
  },
  {
    fault: 'HTTP 402, 429 without credit',
    replies: [refuses(429, { code: 'insufficient_quota' })],
    code: 'quota',
    asked: 1,
  },
  {
    fault: 'HTTP 400 and other refusals',
    replies: [refuses(400, { message: 'odd field' })],
    code: 'refused',
    says: /odd field/,
    asked: 1,
  },
  {
    fault: 'a model without tools',
    replies: [refuses(400, { message: 'm1 does not support tools' })],
    code: 'no_tools',
    asked: 1,
  },
  { fault: 'HTTP 429', replies: [refuses(429, {}, { 'retry-after': '20' }), ok], waits: ['rate_limited'], asked: 2 },
  {
    fault: 'HTTP 429 that asks for more than a minute',
    replies: [refuses(429, {}, { 'retry-after': '90' })],
    code: 'rate_limited',
    says: /to wait 90 s/,
    asked: 1,
  },
  {
    fault: 'HTTP 5xx, 408',
    replies: [refuses(503, {}), refuses(408, {}), ok],
    waits: ['server_error', 'timeout'],
    asked: 3,
  },
  {
    fault: 'a fault that stays',
    replies: Array<Reply>(9).fill(refuses(500, {})),
    code: 'server_error',
    says: /^Gave up after 5 attempts/,
    waits: Array<string>(4).fill('server_error'),
    asked: 5,
  },
  {
    fault: 'a web page, some other service',
    replies: [(response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    code: 'no_api',
    asked: 1,
  },
  {
    fault: 'an answer that is not streamed',
    replies: [
      (response) =>
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }] })),
    ],
    asked: 1,
  },
  {
    fault: 'a conversation that does not fit',
    replies: [tooLong, says(text('They said go.'), end()), ok],
    asked: 3,
    model: [/They said go\./],
  },
  {
    fault: 'a conversation that does not fit even so',
    replies: Array<Reply>(9).fill(tooLong),
    code: 'context_overflow',
    asked: 3,
  },
  {
    fault: 'the connection breaks before an answer',
    replies: [breaks(), says(delta({ role: 'assistant' })), ok],
    waits: ['cut', 'cut'],
    asked: 3,
  },
  {
    fault: 'the connection breaks in the text',
    replies: [breaks(text('Half a'))],
    code: 'cut',
    says: /broke off/,
    asked: 1,
    model: [/Half a/, broken],
  },
  {
    fault: 'the connection breaks after calls',
    replies: [breaks(call(0, 'a.ts'), call(1, 'b.ts')), ok],
    asked: 2,
    reads: ['a.ts', 'b.ts'],
    model: [/text of a\.ts/, /text of b\.ts/, broken],
  },
  {
    fault: 'the connection breaks in a call',
    replies: [breaks(call(0, 'a.ts'), raw(1, 'read_file', '{"path":"b'), raw(2, 'diagnostics', '{}')), ok],
    asked: 2,
    reads: ['a.ts'],
    model: [/text of a\.ts/, broken],
    never: /malformed|"diagnostics"/,
  },
  {
    fault: 'answers that break off again and again',
    replies: Array<Reply>(9).fill(breaks(call(0, 'a.ts'))),
    code: 'cut',
    asked: 3,
    reads: ['a.ts', 'a.ts', 'a.ts'],
  },
  {
    fault: 'an event that cannot be read',
    replies: [says('{"choices": ['), says(text('Half'), '{"choices": [')],
    waits: ['malformed'],
    code: 'cut',
    says: /broke off/,
    asked: 2,
    model: [/Half/, broken],
  },
  {
    fault: 'an error in the stream',
    replies: [says({ error: { message: 'Overloaded' } }), says(text('Half'), { error: { message: 'Overloaded' } })],
    waits: ['server_error'],
    code: 'cut',
    says: /broke off.*Overloaded/,
    asked: 2,
  },
  {
    fault: 'no byte for a minute',
    replies: [falls(text('Half'))],
    code: 'cut',
    says: /No byte has come .* for 60 s/,
    asked: 1,
    model: [/Half/, broken],
  },
  {
    fault: 'nothing of an answer for two minutes',
    replies: [(response, world) => world.silence(response)],
    code: 'stalled',
    says: /nothing of an answer for 120 s/,
    asked: 1,
  },
  {
    fault: 'an empty answer',
    replies: [says(end(), used(5)), says(text('All done.'), end(), used(7))],
    waits: ['empty'],
    asked: 2,
    tokens: 12,
  },
  {
    fault: 'an empty answer again',
    replies: [says(end()), says(text(' '), end())],
    waits: ['empty'],
    code: 'empty',
    asked: 2,
  },
  {
    fault: 'arguments that are no JSON',
    replies: [
      says(raw(0, 'read_file', '{"path": oops}'), end('tool_calls')),
      says(call(0, 'a.ts'), end('tool_calls')),
      ok,
    ],
    asked: 3,
    reads: ['a.ts'],
    model: [/Error \(malformed_arguments\).*What came: .*oops/, /"arguments":"\{\}"/],
  },
  {
    fault: 'arguments that are no JSON again',
    replies: Array<Reply>(2).fill(says(raw(0, 'read_file', '[1, 2'), end('tool_calls'))),
    code: 'unreadable_calls',
    asked: 2,
    model: [/malformed_arguments/],
  },
  {
    fault: 'arguments that are no object',
    replies: [says(raw(0, 'read_file', '["a.ts"]'), end('tool_calls')), ok],
    asked: 2,
    model: [/not a JSON object.*What came: \[\\"a\.ts/, /"arguments":"\{\}"/],
  },
  {
    fault: 'arguments over 4 MiB',
    replies: [
      says(
        raw(0, 'read_file', `{"path":"${'x'.repeat(ARGUMENTS_LIMIT)}`),
        raw(0, 'read_file', 'more"}'),
        call(1, 'b.ts'),
        end('tool_calls'),
      ),
      ok,
    ],
    asked: 2,
    reads: ['b.ts'],
    model: [/longer than 4 MiB/, /text of b\.ts/],
  },
  {
    fault: 'too many calls',
    replies: [
      says(
        ...Array.from({ length: ANSWER_LIMITS.calls + 5 }, (_, index) => call(index, `${index}.ts`)),
        end('tool_calls'),
      ),
      ok,
    ],
    asked: 2,
    reads: Array.from({ length: ANSWER_LIMITS.calls + 1 }, (_, index) => `${index}.ts`),
    model: [/more than 512 calls/, broken],
  },
  {
    fault: 'a text without an end',
    replies: [says(...Array<unknown>(5).fill(text('x'.repeat(ANSWER_LIMITS.text / 4))), end())],
    code: 'cut',
    says: /longer than any answer/,
    asked: 1,
  },
  {
    fault: 'ids and indices that are missing, empty or the same',
    replies: [
      says(
        call(0, 'a.ts', { id: '' }),
        call(0, 'b.ts', { id: '' }),
        call(1, 'c.ts', { id: 'x' }),
        call(2, 'd.ts', { id: 'x' }),
        end('tool_calls'),
      ),
      ok,
    ],
    asked: 2,
    reads: ['a.ts', 'b.ts', 'c.ts', 'd.ts'],
    model: [/text of a\.ts.*text of b\.ts.*text of c\.ts.*text of d\.ts/],
  },
  {
    fault: 'bytes after a call',
    replies: [
      says(
        call(0, 'a.ts'),
        delta({ tool_calls: [{ index: 0, function: { arguments: '{"path":"b.ts"}' } }] }),
        end('tool_calls'),
      ),
      ok,
    ],
    asked: 2,
    reads: ['a.ts'],
    model: [/more bytes came for this call .* it ran once/],
  },
  {
    fault: 'a tool that there is not',
    replies: [says(raw(0, 'функция 1', '{}'), end('tool_calls')), ok],
    asked: 2,
    model: [/Error \(unknown_tool\)/, /"name":"_{7}_1"/],
  },
  {
    fault: 'half characters',
    replies: [says(text('\ud83d'), raw(0, 'read_file', '{"path":"\\ud83d"}'), end('tool_calls')), ok],
    asked: 2,
    reads: ['\ud83d'],
    model: [/\ufffd/],
  },
  { fault: 'an end for a reason that nobody knows', replies: [says(text('Hi.'), end('eos'))], asked: 1 },
  {
    fault: 'an end for length',
    replies: [says(text('Half'), end('length'))],
    code: 'cut',
    says: /longest that the model may write/,
    asked: 1,
    model: [/Half/, broken],
  },
  { fault: 'an end by a filter', replies: [says(text('Half'), end('content_filter'))], code: 'filtered', asked: 1 },
  {
    fault: 'an end by an error',
    replies: [says(end('error')), says(text('Half'), end('abort'))],
    waits: ['cut'],
    code: 'cut',
    asked: 2,
  },
]
