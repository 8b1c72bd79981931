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

  it('is what a steer did: the message on its way, what goes on and what did not run', () => {
    const steered: SessionEvent = { type: 'messageSteered', ...of, messageId: 'm2', text: 'no' }
    expect(after(steered)).toEqual([{ kind: 'polite', text: 'Goes with the next request' }])
    const ended = { type: 'callEnded', ...of, result: '', reason: 'steer' } as const
    expect(
      after(
        steered,
        { ...ended, callId: 'a', status: 'backgrounded', fact: 'rm' },
        { ...ended, callId: 'b', status: 'deferred' },
        { type: 'messageDelivered', ...of, messageId: 'm2', request: 2 },
      ),
    ).toEqual([
      { kind: 'polite', text: 'terminal rm x goes on in the background as rm' },
      { kind: 'polite', text: '1 call did not run' },
      { kind: 'count', text: '2 of 2 calls done' },
      { kind: 'polite', text: 'Steered, sent with request 2' },
    ])
  })

  it('is that a message is queued, or came too late for the turn', () => {
    expect(after({ type: 'messageQueued', ...of, messageId: 'q', text: 'then' })).toEqual([
      { kind: 'polite', text: 'Queued for the end of the turn' },
    ])
    const late = reduce(base, { type: 'messageSteered', ...of, messageId: 'm2', text: 'no' })
    const next = reduce(late, {
      type: 'turnStarted',
      at: 3,
      turnId: 't2',
      messageId: 'm2',
      text: 'no',
      source: 'panel',
      model: 'm',
    })
    expect(utterances(late, next)).toEqual([{ kind: 'polite', text: 'Your message starts the next turn' }])
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
