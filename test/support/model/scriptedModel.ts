/** An OpenAI-compatible endpoint on 127.0.0.1 that says what a test tells it to, and remembers what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Gate } from './gate.ts'

/** One thing the model does while it streams. `input` may be a string: arguments as they are, valid or not. */
export type ModelStep =
  | { kind: 'text'; text: string }
  | { kind: 'call'; name: string; input: unknown; id?: string; pieces?: number }
  /** Streams nothing more until the test opens the gate. */
  | { kind: 'pause'; gate: Gate }
  /** Ends the connection in the middle of the stream. */
  | { kind: 'cut' }
  /** A line of the stream as it is. */
  | { kind: 'raw'; line: string }

export type ModelReply =
  | { steps: ModelStep[]; finish?: string; usage?: { input: number; output: number } }
  | { status: number; body?: unknown; headers?: Record<string, string> }

/** A reply, or how to find one in the request. */
export type ScriptedReply = ModelReply | ((request: ChatRequest) => ModelReply)

export interface ChatRequest {
  model: string
  messages: { role: string; content?: unknown; tool_calls?: unknown[]; tool_call_id?: string }[]
  tools?: { type: string; function: { name: string; description?: string; parameters?: unknown } }[]
  stream?: boolean
  [field: string]: unknown
}

/** What it makes of every description: a picture of one point, as base64 of a PNG. */
const PICTURE = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

export interface ScriptedModel extends AsyncDisposable {
  /** What goes into OPENAI_BASE_URL: ends in /v1. */
  url: string
  /** Each chat request's body, in order of arrival. */
  requests: ChatRequest[]
  /** Each chat request's headers, in order of arrival. */
  headers: NodeJS.Dict<string | string[]>[]
  /** Adds replies to the end of the script. */
  push(...replies: ScriptedReply[]): void
  /** Settles with the request of that number, from 0, when it has come. */
  request(index: number): Promise<ChatRequest>
}

export const text = (words: string): ModelStep => ({ kind: 'text', text: words })
export const call = (name: string, input: unknown, pieces = 3): ModelStep => ({ kind: 'call', name, input, pieces })
export const pause = (gate: Gate): ModelStep => ({ kind: 'pause', gate })
export const cut = (): ModelStep => ({ kind: 'cut' })
export const raw = (line: string): ModelStep => ({ kind: 'raw', line })
export const reply = (...steps: ModelStep[]): ModelReply => ({ steps })
export const fault = (status: number, message: string, headers?: Record<string, string>): ModelReply => ({
  status,
  body: { error: { message, type: 'scripted', code: null } },
  headers,
})

/** Starts an endpoint that answers each chat request with the next reply of the script. */
export async function scriptedModel(...script: ScriptedReply[]): Promise<ScriptedModel> {
  const requests: ChatRequest[] = []
  const headers: ScriptedModel['headers'] = []
  const waiting: { index: number; resolve: (request: ChatRequest) => void }[] = []
  const chat = async (request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.parse(await readAll(request)) as ChatRequest
    const index = requests.push(body) - 1
    headers.push(request.headers)
    for (const each of waiting) if (each.index === index) each.resolve(body)
    const next = script[index] ?? fault(500, `the script has no reply to request ${index}`)
    await answer(response, typeof next === 'function' ? next(body) : next, body)
  }
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0]
    if (request.method === 'POST' && path === '/v1/chat/completions') {
      chat(request, response).catch(() => response.destroy())
    } else if (path === '/v1/images/generations') {
      sendJson(response, 200, { data: [{ b64_json: PICTURE }] })
    } else if (path === '/v1/models') {
      sendJson(response, 200, { object: 'list', data: [{ id: 'scripted', object: 'model' }] })
    } else sendJson(response, 404, { error: { message: `no ${request.method} ${path} here` } })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The endpoint has no port.')
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    requests,
    headers,
    push: (...more) => void script.push(...more),
    request: (index) =>
      new Promise((resolve) => {
        const there = requests[index]
        if (there) resolve(there)
        else waiting.push({ index, resolve })
      }),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(response: ServerResponse, next: ModelReply, request: ChatRequest): Promise<void> {
  if ('status' in next) return sendJson(response, next.status, next.body ?? {}, next.headers)
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  const send = (data: unknown) => void response.write(`data: ${JSON.stringify(data)}\n\n`)
  const chunk = (delta: unknown, finish: string | null = null) =>
    send({ ...envelope(request), choices: [{ index: 0, delta, finish_reason: finish }] })
  chunk({ role: 'assistant', content: '' })
  let calls = 0
  for (const step of next.steps) {
    if (response.destroyed) return
    switch (step.kind) {
      case 'text':
        chunk({ content: step.text })
        break
      case 'call':
        for (const delta of callDeltas(step, calls)) chunk({ tool_calls: [delta] })
        calls += 1
        break
      case 'pause':
        step.gate.reach()
        await step.gate.opened
        break
      case 'raw':
        response.write(`${step.line}\n\n`)
        break
      case 'cut':
        await flushed(response)
        response.destroy()
        return
    }
  }
  chunk({}, next.finish ?? (calls > 0 ? 'tool_calls' : 'stop'))
  const { input, output } = next.usage ?? { input: 100, output: 20 }
  send({
    ...envelope(request),
    choices: [],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  })
  response.end('data: [DONE]\n\n')
}

function envelope(request: ChatRequest) {
  return { id: 'chatcmpl-scripted', object: 'chat.completion.chunk', created: 0, model: request.model }
}

/** A call as endpoints stream it: its name first, then its arguments in pieces. */
function callDeltas(step: Extract<ModelStep, { kind: 'call' }>, index: number): unknown[] {
  const whole = typeof step.input === 'string' ? step.input : JSON.stringify(step.input)
  const size = Math.max(1, Math.ceil(whole.length / (step.pieces ?? 1)))
  const id = step.id ?? `call_${index}`
  const deltas: unknown[] = [{ index, id, type: 'function', function: { name: step.name, arguments: '' } }]
  for (let at = 0; at < whole.length; at += size) {
    deltas.push({ index, function: { arguments: whole.slice(at, at + size) } })
  }
  return deltas
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

function flushed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.write('', () => resolve()))
}

async function readAll(request: IncomingMessage): Promise<string> {
  let all = ''
  for await (const piece of request) all += String(piece)
  return all
}
