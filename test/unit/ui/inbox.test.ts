import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SessionEvent } from '../../../src/protocol/events.ts'
import { emptySession, replay, type SessionState } from '../../../src/protocol/state.ts'
import { Inbox } from '../../../src/ui/inbox.ts'

/** A window whose frames come when the test says so. */
function aWindow() {
  const frames: (() => void)[] = []
  const shown: SessionState[] = []
  const window = { hidden: false, cost: 0, at: 0 }
  const time = {
    now: () => 0,
    frame: (callback: () => void) => void frames.push(callback),
    hidden: () => window.hidden,
  }
  const measure = (): number => (window.at += window.cost)
  const inbox = new Inbox(time, measure, (state) => void shown.push(state))
  inbox.snapshot(emptySession('s'))
  const frame = (): void => frames.splice(0).forEach((callback) => callback())
  return { inbox, shown, window, frame, frames }
}

const turn: SessionEvent = {
  type: 'turnStarted',
  at: 1,
  turnId: 't',
  messageId: 'm',
  text: 'x',
  source: 'panel',
  model: 'm',
}
const step: SessionEvent = { type: 'stepStarted', at: 1, turnId: 't', stepId: 's1', model: 'm' }
const call = (callId: string): SessionEvent => ({
  type: 'callProposed',
  at: 1,
  turnId: 't',
  callId,
  stepId: 's1',
  name: 'n',
  input: {},
  summary: '',
})
const out = (callId: string, text: string): SessionEvent => ({ type: 'callOutput', at: 1, turnId: 't', callId, text })
const ended = (callId: string): SessionEvent => ({
  type: 'callEnded',
  at: 2,
  turnId: 't',
  callId,
  status: 'completed',
  result: '',
})

describe('the inbox', () => {
  it('shows once a frame, however many events came', () => {
    const { inbox, shown, frame, frames } = aWindow()
    frame()
    for (const event of [turn, step, call('a')]) inbox.receive('s', [event])
    expect(frames).toHaveLength(1)
    frame()
    expect(shown).toHaveLength(2)
    expect(shown.at(-1)).toEqual(replay('s', [turn, step, call('a')]))
  })

  it('spends no more than its budget on a frame, and goes on with the next', () => {
    const { inbox, shown, window, frame } = aWindow()
    frame()
    window.cost = 5
    inbox.receive('s', [turn, step, ...Array.from({ length: 500 }, (_, i) => call(`c${i}`))])
    frame()
    expect(inbox.waiting).toBeGreaterThan(0)
    while (inbox.waiting > 0) frame()
    expect(shown.length).toBeGreaterThan(3)
    expect(shown.at(-1)?.calls).toHaveLength(500)
  })

  it('joins the output of a call that waits for a frame', () => {
    const { inbox, shown, frame } = aWindow()
    inbox.receive('s', [turn, step, call('a'), call('b')])
    inbox.receive(
      's',
      Array.from({ length: 1000 }, (_, i) => out(i % 2 ? 'a' : 'b', `${i}\n`)),
    )
    expect(inbox.waiting).toBe(6)
    frame()
    expect(shown.at(-1)?.calls[0]?.output.split('\n')).toHaveLength(501)
  })

  it('joins nothing to what it has read already', () => {
    const { inbox, shown, window, frame } = aWindow()
    inbox.receive('s', [turn, step, call('a')])
    frame()
    window.cost = 9
    const others = Array.from({ length: 200 }, (_, i) => call(`c${i}`))
    inbox.receive('s', [out('a', 'one '), ...others])
    frame()
    expect(inbox.waiting).toBeGreaterThan(0)
    inbox.receive('s', [out('a', 'two')])
    while (inbox.waiting > 0) frame()
    expect(shown.at(-1)?.calls[0]?.output).toBe('one two')
  })

  it('ends in the same state as replaying one by one, whatever comes between frames', () => {
    const kinds = fc.array(fc.record({ id: fc.constantFrom('a', 'b'), what: fc.constantFrom('out', 'end', 'frame') }), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(kinds, (list) => {
        const { inbox, shown, frame } = aWindow()
        const events: SessionEvent[] = [turn, step, call('a'), call('b')]
        inbox.receive('s', events)
        for (const [i, { id, what }] of list.entries()) {
          if (what === 'frame') {
            frame()
            continue
          }
          const event = what === 'out' ? out(id, `${i}\n`) : ended(id)
          events.push(event)
          inbox.receive('s', [event])
        }
        frame()
        expect(shown.at(-1)).toEqual(replay('s', events))
      }),
      { seed: 7, numRuns: 300 },
    )
  })

  it('draws nothing in a hidden view, reduces all the same, and shows it on return', () => {
    const { inbox, shown, window, frame } = aWindow()
    frame()
    window.hidden = true
    inbox.visibilityChanged()
    inbox.receive('s', [turn, step, call('a')])
    frame()
    expect(shown).toHaveLength(1)
    expect(inbox.waiting).toBe(0)
    window.hidden = false
    inbox.visibilityChanged()
    frame()
    expect(shown.at(-1)?.calls).toHaveLength(1)
  })

  it('lets events of another session be', () => {
    const { inbox, frame, shown } = aWindow()
    inbox.receive('other', [turn])
    frame()
    expect(shown.at(-1)).toEqual(emptySession('s'))
  })
})
