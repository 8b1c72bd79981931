import { effect } from '@preact/signals'
import { describe, expect, it } from 'vitest'
import type { SessionEvent } from '../../../src/protocol/events.ts'
import { emptySession, reduce, replay } from '../../../src/protocol/state.ts'
import { Store } from '../../../src/ui/store.ts'

const events: SessionEvent[] = [
  { type: 'turnStarted', at: 1, turnId: 't', messageId: 'm', text: 'x', source: 'panel', model: 'm' },
  { type: 'stepStarted', at: 1, turnId: 't', stepId: 's1', model: 'm' },
  { type: 'callProposed', at: 1, turnId: 't', callId: 'a', stepId: 's1', name: 'n', input: {}, summary: '' },
  {
    type: 'callProposed',
    at: 1,
    turnId: 't',
    callId: 'a.1',
    stepId: 's1',
    name: 'n',
    input: {},
    summary: '',
    parentId: 'a',
  },
]

describe('the store', () => {
  it('groups messages by turn and calls by parent', () => {
    const store = new Store()
    store.show(replay('s', events))
    expect(store.messagesOf('t').value).toEqual(['m', 's1'])
    expect(store.callsOf('a').value).toEqual(['a.1'])
  })

  it('writes output apart: a call is not drawn again for it', () => {
    const store = new Store()
    let state = replay('s', events)
    store.show(state)
    let drawnCalls = 0
    let drawnOutputs = 0
    effect(() => {
      if (store.call('a')?.value) drawnCalls++
    })
    effect(() => {
      if (store.output('a')?.value) drawnOutputs++
    })
    state = reduce(state, { type: 'callOutput', at: 2, turnId: 't', callId: 'a', text: 'line\n' })
    store.show(state)
    expect([drawnCalls, drawnOutputs]).toEqual([1, 2])
    store.show(reduce(state, { type: 'callRunning', at: 3, turnId: 't', callId: 'a' }))
    expect([drawnCalls, drawnOutputs]).toEqual([2, 2])
  })

  it('forgets a session when another is shown', () => {
    const store = new Store()
    store.show(replay('s', events))
    store.show(emptySession('other'))
    expect(store.turnIds.value).toEqual([])
    expect(store.call('a')).toBeUndefined()
    store.show(replay('s', events))
    expect(store.messagesOf('t').value).toEqual(['m', 's1'])
  })
})
