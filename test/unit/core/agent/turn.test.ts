import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { Steering } from '../../../../src/core/agent/steering.ts'
import { runTurn, type TurnEnd } from '../../../../src/core/agent/turn.ts'
import { type Model, ModelError, type ModelPart } from '../../../../src/core/models/model.ts'
import { CancellationSource } from '../../../../src/core/scheduling/cancellation.ts'
import { Batch } from '../../../../src/core/scheduling/scheduler.ts'
import { Slots } from '../../../../src/core/scheduling/slots.ts'
import type { Tool } from '../../../../src/core/tools/tool.ts'
import type { SessionEvent } from '../../../../src/protocol/events.ts'
import { emptySession, reduce } from '../../../../src/protocol/state.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { noLimit } from '../../../support/noLimit.ts'
import { noChildren, openGate, silentLog, someTurn } from '../../../support/openGate.ts'
import { call, calls, gate, type Script, ScriptedModel, stop, text } from '../../../support/scriptedModels.ts'
import { done, hangs, scriptedTool } from '../../../support/scriptedTool.ts'
import { settled } from '../../../support/settled.ts'

function start(model: Model, tools: Tool[]) {
  const source = new CancellationSource()
  const clock = new ManualClock()
  const events: SessionEvent[] = []
  let state = emptySession('x')
  let count = 0
  const emit = (event: Parameters<Parameters<typeof runTurn>[0]['emit']>[0]): void => {
    const whole = { ...event, at: clock.now(), turnId: 't1' }
    events.push(whole)
    state = reduce(state, whole)
  }
  emit({ type: 'turnStarted', messageId: 'm1', text: 'go', source: 'api', model: model.id })
  const end: Promise<TurnEnd> = runTurn({
    model,
    facts: undefined,
    system: 'system',
    tools: new Map(tools.map((tool) => [tool.name, tool])),
    definitions: [],
    source,
    state: () => state,
    emit,
    newBatch: () =>
      new Batch(
        { turn: someTurn, ...noChildren(), slots: new Slots(() => 128), gate: openGate, clock, log: silentLog, emit },
        source,
      ),
    newId: (kind) => `${kind}${++count}`,
    stepEnded: () => {},
    steering: new Steering(),
    ...noLimit,
    clock,
    log: silentLog,
  })
  return { end, source, events, state: () => state }
}

const scripted = (...scripts: Script[]): ScriptedModel => new ScriptedModel(scripts)

describe('a turn', () => {
  test('makes a call through more_tools as the other tool’s own', async () => {
    const paint = scriptedTool({ name: 'paint', run: async () => done('painted') })
    const through = {
      ...scriptedTool({ name: 'more_tools', run: hangs }),
      through: () => ({ name: 'paint', input: {} }),
    }
    const turn = start(scripted([call(0, 'more_tools', { call: 'paint' }), calls], [stop]), [paint, through])
    await turn.end
    expect(turn.state().calls).toMatchObject([
      { name: 'paint', via: 'more_tools', status: 'completed', result: 'painted' },
    ])
  })

  test('runs the calls of a step, gives the model their results, and ends when it asks for no more', async () => {
    const model = scripted([text('Looking.'), call(0, 'look', {}), call(1, 'look', {}), calls], [text('Done.'), stop])
    const turn = start(model, [scriptedTool({ name: 'look', run: async ({ owner }) => done(`saw ${owner.callId}`) })])
    expect(await turn.end).toEqual({ status: 'completed' })
    expect(model.requests[1]?.messages.slice(2)).toEqual([
      {
        role: 'assistant',
        text: 'Looking.',
        calls: [expect.objectContaining({ id: 'call2' }), expect.objectContaining({ id: 'call3' })],
      },
      { role: 'result', callId: 'call2', name: 'look', text: 'saw call2' },
      { role: 'result', callId: 'call3', name: 'look', text: 'saw call3' },
    ])
  })

  test('shows what the model thinks, and gives the endpoint back what it wants back of it', async () => {
    const kept = { api: 'chat', fields: { reasoning: 'Hm.' } }
    const model = scripted(
      [
        { type: 'reasoning', text: 'H' },
        { type: 'reasoning', text: 'm.' },
        call(0, 'look', {}),
        { type: 'reasoned', reasoning: kept },
        calls,
      ],
      [text('Done.'), stop],
    )
    const turn = start(model, [scriptedTool({ name: 'look', run: async () => done('saw') })])
    expect(await turn.end).toEqual({ status: 'completed' })
    expect(turn.state().messages).toMatchObject([{ role: 'user' }, { thought: { text: 'Hm.' } }, { text: 'Done.' }])
    expect(model.requests[1]?.messages[2]).toMatchObject({ role: 'assistant', text: '', reasoning: kept })
  })

  test('begins a call while the model is still writing', async () => {
    const rest = gate()
    const began = Promise.withResolvers<void>()
    const tool = scriptedTool({ name: 'look', run: async () => (began.resolve(), done()) })
    const model = scripted([call(0, 'look', { a: 1 }), rest.opened, text('more'), calls], [stop])
    const turn = start(model, [tool])
    await began.promise
    expect(turn.events.some(({ type }) => type === 'stepEnded')).toBe(false)
    rest.open()
    expect(await turn.end).toEqual({ status: 'completed' })
  })

  test('runs a call once whatever comes after its arguments, and its result says so', async () => {
    let ran = 0
    const tool = scriptedTool({ name: 'look', run: async () => (ran++, done('seen')) })
    const model = scripted(
      [
        call(0, 'look', { a: 1 }),
        { type: 'call', index: 0, arguments: '{"a":1}' },
        { type: 'call', index: 0, arguments: '}' },
        calls,
      ],
      [stop],
    )
    await start(model, [tool]).end
    expect(ran).toBe(1)
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({ text: expect.stringMatching(/^seen\n\(8 more bytes/) })
  })

  test('keeps the model’s order where a call became whole after a later one, or never did', async () => {
    const tool = scriptedTool({ name: 'look', run: async ({ owner }) => done(owner.callId) })
    const model = scripted(
      [{ type: 'call', index: 0, name: 'look', arguments: '{"a": 1' }, call(1, 'look', { b: 2 }), calls],
      [stop],
    )
    await start(model, [tool]).end
    const results = model.requests[1]?.messages.slice(3).map((message) => ('text' in message ? message.text : ''))
    expect(results).toEqual([expect.stringMatching(/^Error \(malformed_arguments\)/), expect.stringMatching(/^call/)])
  })

  test('answers malformed arguments, an unknown tool and a wrong shape with an error each, and goes on', async () => {
    const strict: Tool = {
      ...scriptedTool({ name: 'strict', run: async () => done('ran') }),
      input: z.strictObject({ path: z.string() }),
    }
    const model = scripted(
      [
        { type: 'call', index: 0, name: 'strict', arguments: '{"path": oops}' },
        call(1, 'nothing', { a: 1 }),
        call(2, 'strict', { path: 7 }),
        call(3, 'strict', { path: 'a' }),
        calls,
      ],
      [stop],
    )
    expect(await start(model, [strict]).end).toEqual({ status: 'completed' })
    const results = model.requests[1]?.messages
      .filter(({ role }) => role === 'result')
      .map((message) => ('text' in message ? message.text : ''))
    expect(results?.map((result) => result.split(':')[0])).toEqual([
      'Error (malformed_arguments)',
      'Error (unknown_tool)',
      'Error (invalid_arguments)',
      'ran',
    ])
    expect(model.requests[1]?.messages[2]).toMatchObject({ calls: [{ input: {} }, {}, {}, {}] })
  })

  test('never runs a call that a broken stream left unfinished, and tells the model of those that ran', async () => {
    const ran: string[] = []
    const tool = scriptedTool({ name: 'look', run: async ({ owner }) => (ran.push(owner.callId), done()) })
    const model = scripted(
      [
        call(0, 'look', { a: 1 }),
        { type: 'call', index: 1, name: 'look', arguments: '{"a":' },
        new ModelError('cut', 'The connection was lost.'),
      ],
      [text('Going on.'), stop],
    )
    const turn = start(model, [tool])
    expect(await turn.end).toEqual({ status: 'completed' })
    expect(ran).toHaveLength(1)
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({
      role: 'user',
      text: expect.stringContaining('The connection was lost.'),
    })
  })

  test('fails with the model’s error when nothing was asked for', async () => {
    const turn = start(scripted([new ModelError('unauthorized', 'The key was refused.')]), [])
    expect(await turn.end).toEqual({
      status: 'failed',
      error: { code: 'unauthorized', message: 'The key was refused.' },
    })
  })

  test('says that an answer reached its longest, or was filtered, and goes on where calls came before', async () => {
    const cut: ModelPart = { type: 'end', reason: 'length' }
    const long = start(scripted([text('So'), cut]), [])
    expect(await long.end).toMatchObject({ status: 'failed', error: { code: 'cut' } })
    const filtered = start(scripted([text('So'), { type: 'end', reason: 'filtered' }]), [])
    expect(await filtered.end).toMatchObject({ status: 'failed', error: { code: 'filtered' } })
    const model = scripted([call(0, 'look', {}), cut], [text('Done.'), stop])
    const turn = start(model, [scriptedTool({ name: 'look', run: async () => done('saw') })])
    expect(await turn.end).toEqual({ status: 'completed' })
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({ text: expect.stringContaining('the longest') })
  })

  test('stops at once in the middle of a stream, with its calls, and keeps the text that had come', async () => {
    const never = new Promise(() => {})
    const tool = scriptedTool({
      name: 'look',
      run: (_, token) =>
        new Promise((resolve) => token.onCancellationRequested(() => resolve({ kind: 'cancelled', partial: 'half' }))),
    })
    const model = scripted([text('Half a sen'), call(0, 'look', { a: 1 }), never])
    const turn = start(model, [tool])
    await settled()
    turn.source.cancel('stop')
    expect(await turn.end).toEqual({ status: 'stopped' })
    expect(turn.state().messages[1]).toMatchObject({ text: 'Half a sen', streaming: false })
    expect(turn.state().calls[0]).toMatchObject({ status: 'cancelled', result: 'Cancelled (stop): half' })
    await settled()
    expect(model.open).toBe(0)
  })

  test('is not held by a model that ignores its token', async () => {
    const deaf: Model = {
      id: 'deaf',
      async *stream() {
        yield text('…')
        await new Promise(() => {})
      },
    }
    const turn = start(deaf, [])
    await settled()
    turn.source.cancel('stop')
    expect(await turn.end).toEqual({ status: 'stopped' })
  })
})
