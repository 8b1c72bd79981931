// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest'
import type { SessionEvent } from '../../../src/protocol/events.ts'
import type { FromPanel } from '../../../src/protocol/messages.ts'
import { emptySession, reduce, replay, type SessionState } from '../../../src/protocol/state.ts'
import { Draft } from '../../../src/ui/draft.ts'
import { Store } from '../../../src/ui/store.ts'
import { takeBack } from '../../../src/ui/takeBack.ts'

const of = { at: 1, turnId: 't' }
const started: SessionEvent = {
  type: 'turnStarted',
  ...of,
  messageId: 'm1',
  text: 'x',
  source: 'panel',
  model: 'm',
}
const steered: SessionEvent = { type: 'messageSteered', ...of, messageId: 'm2', text: 'Otherwise' }
const message = { id: 'm2', text: 'Otherwise' }

let store: Store
let draft: Draft
let posted: FromPanel[]
let state: SessionState

beforeEach(() => {
  store = new Store()
  draft = new Draft({ post: () => undefined, kept: () => ({ draft: 'typed' }), keep: () => undefined })
  posted = []
  state = replay('s', [started, steered])
  store.show(state)
  document.body.innerHTML = '<textarea id="composer"></textarea>'
  takeBack({ store, draft, post: (request) => void posted.push(request) }, message)
})

const happens = (event: SessionEvent): void => store.show((state = reduce(state, event)))

describe('taking a message back', () => {
  it('asks for it, gives the composer the focus, and leaves the draft alone until the session has let go of it', () => {
    expect(posted).toEqual([{ type: 'unqueue', messageId: 'm2' }])
    expect(document.activeElement?.id).toBe('composer')
    happens({ type: 'stepStarted', ...of, stepId: 's1', model: 'm' })
    expect(draft.text.value).toBe('typed')
    happens({ type: 'messageUnqueued', ...of, messageId: 'm2' })
    expect(draft.text.value).toBe('Otherwise\n\ntyped')
  })

  it('puts its words into the draft once', () => {
    happens({ type: 'messageUnqueued', ...of, messageId: 'm2' })
    happens({ type: 'stepStarted', ...of, stepId: 's1', model: 'm' })
    expect(draft.text.value).toBe('Otherwise\n\ntyped')
  })

  it('gives nothing back of a message that was sent meanwhile', () => {
    happens({ type: 'messageDelivered', ...of, messageId: 'm2', request: 2 })
    expect(draft.text.value).toBe('typed')
  })

  it('loses no words when another session is shown first', () => {
    store.show(emptySession('other'))
    expect(draft.text.value).toBe('Otherwise\n\ntyped')
  })
})
