import { expect, test } from 'vitest'
import { countsOf } from '../../../src/core/agent/counts.ts'
import { history } from '../../../src/core/agent/context.ts'
import { isStoredEvent } from '../../../src/core/sessions/storedEvent.ts'
import type { RestoredFiles, SessionEvent } from '../../../src/protocol/events.ts'
import { replay } from '../../../src/protocol/state.ts'

const files: RestoredFiles = { id: 'restore-1', restored: ['a.ts'], merged: [], left: [], gaps: [] }

function turn(n: number): SessionEvent[] {
  const of = { at: n * 10, turnId: `t${n}` }
  return [
    { ...of, type: 'turnStarted', messageId: `m${n * 2 - 1}`, text: `ask ${n}`, source: 'panel', model: 'x' },
    { ...of, type: 'stepStarted', stepId: `s${n * 2}`, model: 'x' },
    { ...of, type: 'callProposed', callId: `c${n}`, stepId: `s${n * 2}`, name: 'todo', input: {}, summary: '' },
    { ...of, type: 'callEnded', callId: `c${n}`, status: 'completed', result: 'ok' },
    { ...of, type: 'turnEnded', status: 'completed' },
  ]
}
const back = (to: number, scope: 'files' | 'conversation' | 'both', at = 100): SessionEvent => ({
  type: 'restored',
  at,
  turnId: `t${to}`,
  scope,
  ...(scope !== 'conversation' && { files }),
})
const words = (events: SessionEvent[]): string[] =>
  history(replay('s', events), 'system').flatMap((message) => (message.role === 'user' ? [message.text] : []))

test('turns from the restored one on leave the state and the model’s history', () => {
  const events = [...turn(1), ...turn(2), ...turn(3), back(2, 'both')]
  const state = replay('s', events)
  expect(state.turns.map(({ id }) => id)).toEqual(['t1'])
  expect(state.calls.map(({ id }) => id)).toEqual(['c1'])
  expect(words(events)).toEqual(['ask 1'])
  expect(state.restores).toMatchObject([{ turnId: 't2', after: 't1', scope: 'both', files }])
})

test('ids of what was taken away are not given again, also after a reload', () => {
  const all = [...turn(1), ...turn(2), ...turn(3)]
  const counts = countsOf(replay('s', all))
  expect(countsOf(replay('s', [...all, back(1, 'conversation')]))).toEqual(counts)
  const undone: SessionEvent = { type: 'restoreUndone', at: 110, turnId: 't1', id: '100-0' }
  expect(countsOf(replay('s', [...all, back(1, 'conversation'), undone]))).toEqual(counts)
})

test('restoring only files leaves the conversation, and tells the model with the next message', () => {
  const events = [...turn(1), ...turn(2), back(2, 'files'), ...turn(3)]
  expect(words(events)).toEqual([
    'ask 1',
    'ask 2',
    '(Not from the user: The user restored earlier versions of a.ts. Read them again before you rely on them.)',
    'ask 3',
  ])
})

test('what was taken away comes back until the conversation goes on', () => {
  const undo: SessionEvent = { type: 'restoreUndone', at: 110, turnId: 't2', id: '100-0', files }
  const state = replay('s', [...turn(1), ...turn(2), back(2, 'both'), undo])
  expect(state.turns.map(({ id }) => id)).toEqual(['t1', 't2'])
  expect(state.messages).toEqual(replay('s', [...turn(1), ...turn(2)]).messages)
  expect(state.restores).toMatchObject([{ undone: true }, { undoes: '100-0', after: 't2' }])
  const later = replay('s', [...turn(1), ...turn(2), back(2, 'both'), ...turn(3), undo])
  expect(later.turns.map(({ id }) => id)).toEqual(['t1', 't3'])
})

test('both events are understood by a later window', () => {
  for (const event of [back(1, 'both'), back(1, 'conversation')]) expect(isStoredEvent({ ...event })).toBe(true)
  expect(isStoredEvent({ type: 'restoreUndone', at: 1, turnId: 't1', id: '100-0', files })).toBe(true)
  expect(isStoredEvent({ ...back(1, 'both'), files: { id: 'x' } })).toBe(false)
})
