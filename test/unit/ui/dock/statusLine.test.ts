import { describe, expect, it } from 'vitest'
import type { CallStatus, SessionEvent } from '../../../../src/protocol/events.ts'
import { emptySession, replay, type SessionState } from '../../../../src/protocol/state.ts'
import { statusLine } from '../../../../src/ui/dock/statusLine.ts'
import { aCall } from '../samples.ts'

const started: SessionEvent = {
  type: 'turnStarted',
  at: 0,
  turnId: 't1',
  messageId: 'm',
  text: 'go',
  source: 'panel',
  model: 'm',
}
const running = (...statuses: CallStatus[]): SessionState => ({
  ...replay('s', [started]),
  calls: statuses.map((status, i) => aCall({ id: `c${i}`, status })),
})

describe('the status line', () => {
  it('says nothing of a session in which nothing has happened', () => {
    expect(statusLine(emptySession('s'), false)).toBeUndefined()
  })

  it('counts what runs, waits and asks', () => {
    expect(statusLine(running('running', 'waiting', 'queued', 'approval', 'completed'), false)).toMatchObject({
      words: '1 running · 2 waiting',
      said: 'Turn running. 1 running, 2 waiting, 1 needs your answer.',
      asking: 1,
    })
  })

  it('says that a script in the background asks, also after its turn', () => {
    const after = replay('s', [started, { type: 'turnEnded', at: 9, turnId: 't1', status: 'completed' }])
    const state = { ...after, calls: [aCall({ id: 'c2', parentId: 'c1', status: 'approval' })] }
    expect(statusLine(state, false)).toMatchObject({
      kind: 'ask',
      words: 'Completed',
      said: 'Turn completed, 1 needs your answer.',
      asking: 1,
    })
  })

  it('counts what goes on in the background, by what has ended, also after the turn', () => {
    const begun = (processId: string): SessionEvent => ({
      type: 'processStarted',
      at: 1,
      turnId: 't1',
      processId,
      startedBy: 'c1',
      title: processId,
      kind: 'command',
      input: false,
      detached: false,
    })
    const ended: SessionEvent = { type: 'processEnded', at: 2, turnId: 't1', processId: 'a', how: 'exit code 0' }
    const state = replay('s', [started, begun('a'), begun('b'), begun('c'), ended])
    expect(statusLine(state, false)).toMatchObject({
      words: 'Waiting for the model',
      said: 'Turn running. Waiting for the model. 2 in the background.',
      background: 2,
    })
    const after = replay('s', [started, begun('a'), { type: 'turnEnded', at: 9, turnId: 't1', status: 'completed' }])
    expect(statusLine(after, false)).toMatchObject({
      words: 'Completed',
      said: 'Turn completed. 1 in the background.',
      background: 1,
    })
  })

  it('says that it stops as soon as the user asks for it', () => {
    expect(statusLine(running('running'), true)?.words).toBe('Stopping …')
  })

  it('says how the turn ended', () => {
    const state = replay('s', [started, { type: 'turnEnded', at: 9, turnId: 't1', status: 'stopped' }])
    expect(statusLine(state, false)?.words).toBe('Stopped')
  })

  it('says what it waits for when no call goes on', () => {
    expect(statusLine(running(), false)?.words).toBe('Waiting for the model')
  })
})
