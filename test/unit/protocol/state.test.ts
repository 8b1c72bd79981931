import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../../src/protocol/events.ts'
import { goingOn } from '../../../src/protocol/processState.ts'
import { OUTPUT_LIMIT } from '../../../src/protocol/callState.ts'
import { emptySession, reduce, replay } from '../../../src/protocol/state.ts'

const of = { at: 1, turnId: 't1' }
const started: SessionEvent[] = [
  { ...of, type: 'turnStarted', messageId: 'm1', text: 'do it', source: 'panel', model: 'm' },
  { ...of, type: 'stepStarted', stepId: 's1', model: 'm' },
]
const proposed: SessionEvent = {
  ...of,
  type: 'callProposed',
  callId: 'c1',
  stepId: 's1',
  name: 'read_file',
  input: {},
  summary: 'a',
}

describe('reduce', () => {
  test.each<[string, SessionEvent]>([
    ['words', { ...of, type: 'textAdded', stepId: 's1', text: 'a' }],
    ['thoughts', { ...of, type: 'reasoningAdded', stepId: 's1', text: 'a' }],
    ['a call', { ...of, type: 'callDrafted', stepId: 's1', index: 0, name: 'x', bytes: 1 }],
  ])('a turn waits for its endpoint until %s come', (_what, event) => {
    const notice: SessionEvent = { ...of, type: 'notice', level: 'warning', code: 'cut', text: 'x', retryAt: 9 }
    const waiting = replay('x', [...started, notice])
    expect(waiting.turns[0]?.notice).toMatchObject({ retryAt: 9 })
    expect(reduce(waiting, event).turns[0]?.notice).toBeUndefined()
  })

  test('builds a turn: the message, the streamed answer, its calls and the sums', () => {
    const state = replay('x', [
      ...started,
      { ...of, type: 'textAdded', stepId: 's1', text: 'Look' },
      { ...of, type: 'textAdded', stepId: 's1', text: 'ing.' },
      { ...of, type: 'callDrafted', stepId: 's1', index: 0, name: 'read_file', bytes: 9 },
      proposed,
      { ...of, type: 'stepEnded', stepId: 's1', usage: { inputTokens: 10, outputTokens: 2 } },
      { ...of, type: 'callRunning', callId: 'c1', at: 5 },
      { ...of, type: 'callEnded', callId: 'c1', status: 'completed', result: 'text', fact: '1 line', at: 9 },
      { ...of, type: 'turnEnded', status: 'completed', at: 12 },
    ])
    expect(state.status).toBe('idle')
    expect(state.messages[1]).toMatchObject({ text: 'Looking.', callIds: ['c1'], drafts: [], streaming: false })
    expect(state.calls[0]).toMatchObject({ status: 'completed', startedAt: 5, endedAt: 9, fact: '1 line' })
    expect(state.turns[0]).toMatchObject({
      status: 'completed',
      endedAt: 12,
      usage: { inputTokens: 10, outputTokens: 2 },
    })
    expect(state.usage.inputTokens).toBe(10)
  })

  test('never changes the state it was given', () => {
    const before = replay('x', [...started, proposed])
    const copy = structuredClone(before)
    reduce(before, { ...of, type: 'callOutput', callId: 'c1', text: 'out' })
    reduce(before, { ...of, type: 'turnEnded', status: 'stopped' })
    expect(before).toEqual(copy)
  })

  test('keeps a nested call out of its step, with its parent', () => {
    const nested: SessionEvent = { ...proposed, callId: 'c2', parentId: 'c1' }
    const state = replay('x', [...started, proposed, nested])
    expect(state.messages[1]).toMatchObject({ callIds: ['c1'] })
    expect(state.calls[1]).toMatchObject({ id: 'c2', parentId: 'c1' })
  })

  test('bounds live output and counts the lines it dropped', () => {
    let state = replay('x', [...started, proposed])
    const line = `${'x'.repeat(99)}\n`
    for (let i = 0; i < 2_000; i++) state = reduce(state, { ...of, type: 'callOutput', callId: 'c1', text: line })
    const [call] = state.calls
    expect(call?.output.length).toBeLessThanOrEqual(OUTPUT_LIMIT)
    expect((call?.outputDropped ?? 0) + (call?.output.split('\n').length ?? 0) - 1).toBe(2_000)
  })

  test('bounds a line without an end as well', () => {
    let state = replay('x', [...started, proposed])
    for (let i = 0; i < 200; i++)
      state = reduce(state, { ...of, type: 'callOutput', callId: 'c1', text: 'x'.repeat(1_000) })
    expect(state.calls[0]?.output.length).toBeLessThanOrEqual(OUTPUT_LIMIT)
  })

  test('shows a queued message until its turn starts or it is taken back', () => {
    let state = replay('x', [...started, { ...of, type: 'messageQueued', messageId: 'm2', text: 'then' }])
    state = reduce(state, { ...of, type: 'messageQueued', messageId: 'm3', text: 'and' })
    expect(state.queue.map(({ text }) => text)).toEqual(['then', 'and'])
    state = reduce(state, { ...of, type: 'messageUnqueued', messageId: 'm3' })
    state = reduce(state, {
      at: 2,
      turnId: 't2',
      type: 'turnStarted',
      messageId: 'm2',
      text: 'then',
      source: 'panel',
      model: 'm',
    })
    expect(state.queue).toEqual([])
  })

  test('starts empty', () => {
    expect(emptySession('x')).toMatchObject({ id: 'x', status: 'idle', messages: [], calls: [] })
  })

  test('what goes on in the background has its last lines until it ends; its id may come again', () => {
    const begun: SessionEvent = {
      ...of,
      type: 'processStarted',
      processId: 'npm',
      startedBy: 'c1',
      title: 'npm start',
      kind: 'command',
      input: true,
      detached: false,
    }
    const tail: SessionEvent = { ...of, type: 'processOutput', processId: 'npm', tail: 'ready' }
    const ended: SessionEvent = { ...of, type: 'processEnded', processId: 'npm', how: 'exit code 0', at: 9 }
    const state = replay('x', [
      ...started,
      proposed,
      begun,
      tail,
      ended,
      { ...begun, at: 10 },
      { ...tail, tail: 'again' },
    ])
    expect(state.processes).toMatchObject([
      { id: 'npm', tail: '', endedAt: 9, how: 'exit code 0' },
      { id: 'npm', tail: 'again', startedAt: 10 },
    ])
    expect(goingOn(state.processes)).toHaveLength(1)
  })
})
