import { describe, expect, it } from 'vitest'
import { PanelFeed } from '../../../src/host/panelFeed.ts'
import type { SessionEvent } from '../../../src/protocol/events.ts'
import type { Environment, ToPanel } from '../../../src/protocol/messages.ts'
import { emptySession, reduce } from '../../../src/protocol/state.ts'
import { ManualClock } from '../../support/manualClock.ts'

const environment: Environment = { ways: { vscode: [] }, approvals: 'ask', trusted: true, hasFolder: true }
const text = (words: string, stepId = 's1'): SessionEvent => ({
  type: 'textAdded',
  at: 0,
  turnId: 't1',
  stepId,
  text: words,
})
const output = (callId: string, words: string): SessionEvent => ({
  type: 'callOutput',
  at: 0,
  turnId: 't1',
  callId,
  text: words,
})

function feeding(): { feed: PanelFeed; clock: ManualClock; posted: ToPanel[]; events(): SessionEvent[] } {
  const posted: ToPanel[] = []
  const clock = new ManualClock()
  const feed = new PanelFeed((message) => posted.push(message), clock)
  const events = (): SessionEvent[] => posted.flatMap((message) => (message.type === 'events' ? message.events : []))
  return { feed, clock, posted, events }
}

describe('PanelFeed', () => {
  it('sends a burst as one message, with neighbouring pieces joined', () => {
    const { feed, clock, posted } = feeding()
    feed.snapshot(emptySession('a'), environment)
    for (const event of [
      text('Hel'),
      text('lo'),
      output('c1', 'x'),
      output('c1', 'y'),
      output('c2', 'z'),
      text('!', 's2'),
    ])
      feed.add('a', event)
    expect(posted).toHaveLength(1)
    clock.advance(8)
    expect(posted[1]).toEqual({
      type: 'events',
      sessionId: 'a',
      events: [text('Hello'), output('c1', 'xy'), output('c2', 'z'), text('!', 's2')],
    })
    clock.advance(100)
    expect(posted).toHaveLength(2)
  })

  it('goes on after a snapshot without a gap and without a repetition', () => {
    const { feed, clock, posted, events } = feeding()
    const step: SessionEvent = { type: 'stepStarted', at: 0, turnId: 't1', stepId: 's1', model: 'm' }
    const all = [step, text('a'), text('b'), text('c'), text('d')]
    let state = emptySession('a')
    feed.snapshot(state, environment)
    for (const [index, event] of all.entries()) {
      state = reduce(state, event)
      feed.add('a', event)
      if (index === 2) feed.snapshot(state, environment)
    }
    clock.advance(8)
    const last = posted.findLast((message) => message.type === 'snapshot')
    const shown = events().reduce(reduce, last?.type === 'snapshot' ? last.state : emptySession('none'))
    expect(shown).toEqual(state)
  })

  it('sends nothing while it is paused, nor before the first snapshot', () => {
    const { feed, clock, posted } = feeding()
    feed.add('a', text('lost to nobody: the snapshot will hold it'))
    feed.send({ type: 'focus' })
    clock.advance(8)
    expect(posted).toEqual([])
    feed.snapshot(emptySession('a'), environment)
    feed.add('a', text('pending'))
    feed.pause()
    feed.add('a', text('hidden'))
    feed.send({ type: 'focus' })
    clock.advance(100)
    expect(posted.map(({ type }) => type)).toEqual(['snapshot'])
  })

  it('sends only the events of the session that it shows', () => {
    const { feed, clock, events } = feeding()
    feed.snapshot(emptySession('a'), environment)
    feed.add('b', text('other'))
    feed.add('a', text('mine'))
    clock.advance(8)
    expect(events()).toEqual([text('mine')])
  })

  it('sends other messages after the events that came before them', () => {
    const { feed, posted } = feeding()
    feed.snapshot(emptySession('a'), environment)
    feed.add('a', text('first'))
    feed.send({ type: 'reveal', callId: 'c1' })
    expect(posted.map(({ type }) => type)).toEqual(['snapshot', 'events', 'reveal'])
  })
})
