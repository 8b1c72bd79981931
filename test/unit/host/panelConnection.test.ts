import { describe, expect, it } from 'vitest'
import type { Session } from '../../../src/core/agent/session.ts'
import { PanelConnection } from '../../../src/host/panelConnection.ts'
import type { SessionEvent } from '../../../src/protocol/events.ts'
import type { Environment, FromPanel, ToPanel } from '../../../src/protocol/messages.ts'
import { emptySession, reduce, type SessionState } from '../../../src/protocol/state.ts'
import { settled } from '../../support/settled.ts'

const environment: Environment = { ways: { vscode: [] }, approvals: 'ask', trusted: true, hasFolder: true }

interface Emitter<T> {
  event: (listener: (value: T) => unknown) => { dispose(): void }
  fire(value: T): void
  listeners: Set<(value: T) => unknown>
}

function emitter<T>(): Emitter<T> {
  const listeners = new Set<(value: T) => unknown>()
  return {
    listeners,
    event: (listener) => {
      listeners.add(listener)
      return { dispose: () => listeners.delete(listener) }
    },
    fire: (value) => listeners.forEach((listener) => listener(value)),
  }
}

/** A panel and a session that the test moves. */
function connected() {
  const posted: ToPanel[] = []
  const requests: FromPanel[] = []
  const warnings: string[] = []
  const fromPanel = emitter<unknown>()
  const happened = emitter<{ sessionId: string; event: SessionEvent }>()
  const switched = emitter<string>()
  const changed = emitter<Environment>()
  let state: SessionState = emptySession('a')
  let opening: Promise<Session> | undefined
  const returned: string[] = []
  const sessionOf = (of: SessionState): Session =>
    ({ id: of.id, state: of, takeReturned: () => returned.splice(0) }) as unknown as Session
  const session = (): Session => sessionOf(state)
  const connection = new PanelConnection(
    {
      postMessage: async (message: ToPanel) => posted.push(message) > 0,
      onDidReceiveMessage: fromPanel.event,
    } as unknown as ConstructorParameters<typeof PanelConnection>[0],
    {
      agent: { onEvent: happened.event },
      current: { onChanged: switched.event, get: () => opening ?? Promise.resolve(session()) },
      environment: { onChanged: changed.event, get: async () => environment },
      media: (_webview: unknown, of: SessionState, callId: string) =>
        callId === 'c1' ? `vscode-resource:/${of.id}/a.png` : undefined,
      requests: { handle: (request: FromPanel) => requests.push(request) },
      log: { info: () => undefined, warn: (message: string) => warnings.push(message), error: () => undefined },
    } as unknown as ConstructorParameters<typeof PanelConnection>[1],
    () => undefined,
  )
  return {
    connection,
    posted,
    requests,
    warnings,
    returned,
    receive: (message: unknown) => fromPanel.fire(message),
    emit(event: SessionEvent) {
      state = reduce(state, event)
      happened.fire({ sessionId: state.id, event })
    },
    switchTo(id: string) {
      state = emptySession(id)
      switched.fire(id)
    },
    holdOpening() {
      const held = Promise.withResolvers<Session>()
      opening = held.promise
      return (which: SessionState) => held.resolve(sessionOf(which))
    },
    release: () => (opening = undefined),
    listeners: () => [fromPanel, happened, switched, changed].map(({ listeners }) => listeners.size),
  }
}

const notice: SessionEvent = { type: 'notice', at: 0, turnId: 't', level: 'info', code: 'c', text: 'x' }

describe('PanelConnection', () => {
  it('gives back, once, what was queued when VS Code ended', async () => {
    const { receive, posted, returned } = connected()
    returned.push('one', 'two')
    receive({ type: 'ready' })
    await settled()
    receive({ type: 'ready' })
    await settled()
    expect(posted.map(({ type }) => type)).toEqual(['snapshot', 'fill', 'snapshot'])
    expect(posted[1]).toEqual({ type: 'fill', text: 'one\n\ntwo' })
  })

  it('says where the panel finds what a call made, and nothing of other calls', async () => {
    const { posted, requests, receive } = connected()
    receive({ type: 'ready' })
    await settled()
    receive({ type: 'showMedia', callId: 'c2' })
    receive({ type: 'showMedia', callId: 'c1' })
    await settled()
    expect(posted.slice(1)).toEqual([{ type: 'media', callId: 'c1', src: 'vscode-resource:/a/a.png' }])
    expect(requests).toEqual([])
  })

  it('sends nothing before the panel is ready, then a snapshot', async () => {
    const { posted, receive, emit } = connected()
    emit(notice)
    expect(posted).toEqual([])
    receive({ type: 'ready' })
    await settled()
    expect(posted).toMatchObject([{ type: 'snapshot', state: { id: 'a' }, environment }])
  })

  it('sends nothing while the panel is hidden, and a new snapshot when it is shown again', async () => {
    const { connection, posted, receive, emit } = connected()
    receive({ type: 'ready' })
    await settled()
    connection.pause()
    emit(notice)
    connection.send({ type: 'focus' })
    expect(connection.live).toBe(false)
    expect(posted).toHaveLength(1)
    connection.resume()
    await settled()
    expect(posted.map(({ type }) => type)).toEqual(['snapshot', 'snapshot'])
    expect(connection.live).toBe(true)
  })

  it('sends no snapshot to a panel that was hidden while the session was opened', async () => {
    const { connection, posted, receive, holdOpening } = connected()
    const open = holdOpening()
    receive({ type: 'ready' })
    connection.pause()
    open(emptySession('late'))
    await settled()
    expect(posted).toEqual([])
  })

  it('shows the session that was chosen last, however long the others take to open', async () => {
    const { posted, receive, holdOpening, release, switchTo } = connected()
    const open = holdOpening()
    receive({ type: 'ready' })
    release()
    switchTo('b')
    await settled()
    open(emptySession('a'))
    await settled()
    expect(posted.map((message) => message.type === 'snapshot' && message.state.id)).toEqual(['b'])
  })

  it('logs and ignores what is no message of ours', () => {
    const { receive, requests, warnings } = connected()
    receive({ type: 'approve', callId: 'c1' })
    receive('<img onerror>')
    expect(requests).toEqual([])
    expect(warnings).toHaveLength(2)
    receive({ type: 'stop' })
    expect(requests).toEqual([{ type: 'stop' }])
  })

  it('leaves no listener behind', () => {
    const { connection, listeners } = connected()
    connection.dispose()
    expect(listeners()).toEqual([0, 0, 0, 0])
  })
})
