import { createServer } from 'node:http'
import { Slots } from '../../src/core/scheduling/slots.ts'
import { Steering } from '../../src/core/agent/steering.ts'
import { runTurn } from '../../src/core/agent/turn.ts'
import { modelClient } from '../../src/core/models/client.ts'
import type { Model } from '../../src/core/models/model.ts'
import { CancellationSource } from '../../src/core/scheduling/cancellation.ts'
import { Batch } from '../../src/core/scheduling/scheduler.ts'
import { emptySession, reduce } from '../../src/protocol/state.ts'
import { systemClock } from '../../src/host/clock.ts'
import { noLimit } from '../support/noLimit.ts'
import { noChildren, openGate, silentLog, someTurn } from '../support/openGate.ts'
import { done, scriptedTool } from '../support/scriptedTool.ts'
import { median, type Row } from './report.ts'

const STEPS = 200

/** From the last byte of the model's answer to the arrival of the next request, over real HTTP, with a call between. */
export async function overhead(): Promise<Row[]> {
  const gaps: number[] = []
  await using server = await endpoint(gaps)
  await using client = modelClient({ baseUrl: server.url, model: 'bench', api: 'chat' }, {}, systemClock)
  await turn(client.model)
  const value = median(gaps)
  const detail = `${gaps.length} steps of a turn over HTTP on this machine, a call in each; median`
  return [{ name: 'model’s last byte to the next request', detail, value, unit: 'ms', target: 5 }]
}

async function turn(model: Model): Promise<void> {
  const source = new CancellationSource()
  const tool = scriptedTool({ name: 'look', run: async () => done('seen') })
  let state = emptySession('bench')
  let count = 0
  const emit: Parameters<typeof runTurn>[0]['emit'] = (event) => {
    state = reduce(state, { ...event, at: Date.now(), turnId: 't1' })
  }
  emit({ type: 'turnStarted', messageId: 'm1', text: 'go', source: 'api', model: model.id })
  const end = await runTurn({
    model,
    facts: undefined,
    system: 'system',
    tools: new Map([[tool.name, tool]]),
    definitions: [],
    source,
    state: () => state,
    emit,
    newBatch: () =>
      new Batch(
        {
          turn: someTurn,
          ...noChildren(),
          slots: new Slots(() => 128),
          gate: openGate,
          clock: systemClock,
          log: silentLog,
          emit,
        },
        source,
      ),
    newId: (kind) => `${kind}${++count}`,
    stepEnded: () => {},
    steering: new Steering(),
    ...noLimit,
    clock: systemClock,
    log: silentLog,
  })
  if (end.status !== 'completed') throw new Error(`the turn ended as ${JSON.stringify(end)}`)
}

/** Answers each request with one call, the last one with a word. */
async function endpoint(gaps: number[]): Promise<{ url: string; [Symbol.asyncDispose](): Promise<void> }> {
  let requests = 0
  let lastByte: number | undefined
  const server = createServer((request, response) => {
    if (lastByte !== undefined) gaps.push(performance.now() - lastByte)
    request.resume().once('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const call = { index: 0, id: 'x', type: 'function', function: { name: 'look', arguments: '{"at":1}' } }
      const last = ++requests > STEPS
      const send = (delta: unknown, reason: string | null): void => {
        const chunk = {
          id: 'b',
          object: 'chat.completion.chunk',
          created: 0,
          model: 'bench',
          choices: [{ index: 0, delta, finish_reason: reason }],
        }
        response.write(`data: ${JSON.stringify(chunk)}\n\n`)
      }
      send(last ? { content: 'Done.' } : { tool_calls: [call] }, null)
      send({}, last ? 'stop' : 'tool_calls')
      response.end('data: [DONE]\n\n', () => (lastByte = performance.now()))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the endpoint has no port')
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${address.port}/v1`, [Symbol.asyncDispose]: close }
}
