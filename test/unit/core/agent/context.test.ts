import { describe, expect, test } from 'vitest'
import { history } from '../../../../src/core/agent/context.ts'
import type { SessionEvent } from '../../../../src/protocol/events.ts'
import { replay } from '../../../../src/protocol/state.ts'

const of = { at: 1, turnId: 't1' }
const propose = (callId: string): SessionEvent => ({
  ...of,
  type: 'callProposed',
  callId,
  stepId: 's1',
  name: 'read_file',
  input: { path: callId },
  summary: '',
})
const end = (callId: string): SessionEvent => ({
  ...of,
  type: 'callEnded',
  callId,
  status: 'completed',
  result: `text of ${callId}`,
})
const opening: SessionEvent[] = [
  { ...of, type: 'turnStarted', messageId: 'm1', text: 'go', context: 'the selection', source: 'panel', model: 'm' },
  { ...of, type: 'stepStarted', stepId: 's1', model: 'm' },
]

describe('the history for the model', () => {
  test('says in which files the user rejected changes, unless they were taken back before it heard of them', () => {
    const reviewed = (path: string, verdict: 'accepted' | 'rejected' | 'open'): SessionEvent => ({
      ...of,
      type: 'hunksReviewed',
      path,
      hunks: ['h'],
      verdict,
      of: 1,
    })
    const next: SessionEvent = {
      ...of,
      turnId: 't2',
      type: 'turnStarted',
      messageId: 'm2',
      text: 'on',
      source: 'panel',
      model: 'm',
    }
    const verdicts = [reviewed('a.ts', 'rejected'), reviewed('b.ts', 'accepted')]
    const texts = (...events: SessionEvent[]): unknown[] =>
      history(replay('x', [...opening, ...events]), 'system').map((message) => 'text' in message && message.text)
    expect(texts(...verdicts, next).slice(2)).toEqual([expect.stringMatching(/rejected .* in a\.ts\. Read/), 'on'])
    expect(texts(...verdicts, reviewed('a.ts', 'open'), next).slice(2)).toEqual(['on'])
  })

  test('has each call followed by its result in call order, whatever the order of arrival', () => {
    const state = replay('x', [
      ...opening,
      propose('c1'),
      propose('c2'),
      end('c2'),
      end('c1'),
      { ...of, type: 'stepEnded', stepId: 's1' },
    ])
    expect(history(state, 'system')).toEqual([
      { role: 'system', text: 'system' },
      { role: 'user', text: 'go\n\nthe selection' },
      {
        role: 'assistant',
        text: '',
        calls: [
          { id: 'c1', name: 'read_file', input: { path: 'c1' } },
          { id: 'c2', name: 'read_file', input: { path: 'c2' } },
        ],
      },
      { role: 'result', callId: 'c1', name: 'read_file', text: 'text of c1' },
      { role: 'result', callId: 'c2', name: 'read_file', text: 'text of c2' },
    ])
  })

  test('keeps what the model was told of a verdict when it is taken back, and tells that too', () => {
    const verdict = (turnId: string, kind: 'rejected' | 'open'): SessionEvent => ({
      at: 2,
      turnId,
      type: 'hunksReviewed',
      path: 'a.ts',
      hunks: ['h'],
      verdict: kind,
      of: 1,
    })
    const turn = (turnId: string): SessionEvent[] => [
      { at: 3, turnId, type: 'turnStarted', messageId: `m${turnId}`, text: turnId, source: 'panel', model: 'm' },
      { at: 4, turnId, type: 'stepStarted', stepId: `s${turnId}`, model: 'm' },
      { at: 5, turnId, type: 'textAdded', stepId: `s${turnId}`, text: 'Yes.' },
    ]
    const before = [...opening, verdict('t1', 'rejected'), ...turn('t2')]
    const sent = history(replay('x', before), '')
    const later = history(replay('x', [...before, verdict('t1', 'open'), ...turn('t3')]), '')
    expect(later.slice(0, sent.length)).toEqual(sent)
    expect(later[sent.length]?.text).toMatch(/put changes of yours back .* in a\.ts/)
  })

  test('begins with the summary; of what the user did before it nothing is told again, of what came after all', () => {
    const reject = (path: string): SessionEvent => ({
      ...of,
      type: 'hunksReviewed',
      path,
      hunks: ['h'],
      verdict: 'rejected',
      of: 1,
    })
    const compacted: SessionEvent = { ...of, type: 'compacted', summary: 'In short.', upTo: 'm1', messages: 1 }
    const texts = history(
      replay('x', [...opening.slice(0, 1), reject('a.ts'), compacted, reject('b.ts')]),
      'system',
    ).map(({ text }) => text)
    expect(texts).toEqual(['system', 'In short.', expect.stringMatching(/in b\.ts\./)])
  })

  test('has a call that was asked for through more_tools as the model wrote it', () => {
    const through: SessionEvent = {
      ...of,
      type: 'callProposed',
      callId: 'c1',
      stepId: 's1',
      name: 'paint',
      input: { what: 'a' },
      via: 'more_tools',
      summary: '',
    }
    const [, , asked, result] = history(replay('x', [...opening, through, end('c1')]), '')
    expect(asked).toMatchObject({
      calls: [{ id: 'c1', name: 'more_tools', input: { call: 'paint', input: { what: 'a' } } }],
    })
    expect(result).toMatchObject({ callId: 'c1', name: 'more_tools' })
  })

  test('leaves no call without a result, also when VS Code ended before it did', () => {
    const messages = history(replay('x', [...opening, propose('c1')]), 'system')
    expect(messages.at(-1)).toMatchObject({
      role: 'result',
      callId: 'c1',
      text: expect.stringContaining('Cancelled (dispose)'),
    })
  })

  test('tells the model that its answer broke off after calls that ran', () => {
    const state = replay('x', [
      ...opening,
      propose('c1'),
      end('c1'),
      { ...of, type: 'stepEnded', stepId: 's1', broken: 'connection lost.' },
    ])
    expect(history(state, '').at(-1)).toMatchObject({ role: 'user', text: expect.stringContaining('connection lost.') })
  })

  test('leaves an answer without a word and a call out', () => {
    expect(history(replay('x', opening), '')).toHaveLength(2)
  })
})
