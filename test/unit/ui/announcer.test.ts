import { describe, expect, it } from 'vitest'
import type { SessionEvent } from '../../../src/protocol/events.ts'
import { reduce, replay } from '../../../src/protocol/state.ts'
import { utterances } from '../../../src/ui/announcer.ts'

const of = { at: 2, turnId: 't' }
const call = (callId: string): SessionEvent => ({
  type: 'callProposed',
  ...of,
  callId,
  stepId: 's1',
  name: 'terminal',
  input: {},
  summary: 'rm x',
})
const base = replay('s', [
  { type: 'turnStarted', at: 1, turnId: 't', messageId: 'm', text: 'x', source: 'panel', model: 'm' },
  { type: 'stepStarted', ...of, stepId: 's1', model: 'm' },
  call('a'),
  call('b'),
])
const after = (...events: SessionEvent[]) => utterances(base, events.reduce(reduce, base))

describe('what a screen reader hears', () => {
  it('is a question at once, with what it asks', () => {
    const request = { fingerprint: 'f', action: 'rm -rf x', reason: '', canRemember: false }
    expect(after({ type: 'callApproval', ...of, callId: 'a', request })).toEqual([
      { kind: 'assertive', text: 'terminal needs your answer: rm -rf x' },
    ])
  })

  it('is a failure in turn, and how many calls are done', () => {
    expect(
      after({ type: 'callEnded', ...of, callId: 'a', status: 'failed', result: 'Error (x): no such file.' }),
    ).toEqual([
      { kind: 'polite', text: 'terminal rm x failed: no such file' },
      { kind: 'count', text: '1 of 2 calls done' },
    ])
  })

  it('is the end of a turn that was stopped or failed', () => {
    expect(after({ type: 'turnEnded', ...of, status: 'stopped' })).toEqual([{ kind: 'assertive', text: 'Stopped' }])
    const error = { code: 'unauthorized', message: '401.' }
    expect(after({ type: 'turnEnded', ...of, status: 'failed', error })).toEqual([
      { kind: 'assertive', text: 'The key was refused. 401.' },
    ])
  })

  it('is nothing of streaming, of output, or of a session that is just shown', () => {
    expect(after({ type: 'textAdded', ...of, stepId: 's1', text: 'hello' })).toEqual([])
    expect(after({ type: 'callOutput', ...of, callId: 'a', text: 'x' })).toEqual([])
    const other = replay('other', [
      { type: 'turnStarted', ...of, messageId: 'm', text: 'x', source: 'panel', model: 'm' },
    ])
    const request = { fingerprint: 'f', action: 'x', reason: '', canRemember: false }
    const asking = reduce(base, { type: 'callApproval', ...of, callId: 'a', request })
    expect(utterances(other, asking)).toEqual([])
    expect(utterances(replay('s', []), asking)).toEqual([])
  })
})
