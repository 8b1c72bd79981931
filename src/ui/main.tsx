import { computed, effect, signal } from '@preact/signals'
import { render } from 'preact'
import type { ToPanel } from '../protocol/messages.ts'
import { goingOn } from '../protocol/processState.ts'
import { Announcer } from './announcer.ts'
import { App } from './App.tsx'
import { Cards } from './cards.ts'
import { Clock, windowTime } from './clock.ts'
import { Draft } from './draft.ts'
import { Follow } from './follow.ts'
import { onMessage, vscodeHost } from './host.ts'
import { Inbox } from './inbox.ts'
import { focusComposer, listenToKeys } from './keyboard.ts'
import { PanelContext, type Panel } from './panel.ts'
import { reveal, settleSeat } from './rows.ts'
import { Store } from './store.ts'
// oxlint-disable-next-line import/no-unassigned-import
import './styles/main.css'

function start(root: HTMLElement): void {
  root.id = 'panel'
  const host = vscodeHost()
  const store = new Store()
  const clock = new Clock(windowTime)
  const stopping = signal(false)
  const panel: Panel = {
    store,
    clock,
    stopping,
    cards: new Cards(host),
    draft: new Draft(host),
    follow: new Follow(),
    announcer: new Announcer(),
    media: signal(new Map()),
    post: host.post,
    stop: () => {
      stopping.value = true
      host.post({ type: 'stop' })
    },
  }
  const inbox = new Inbox(
    windowTime,
    () => performance.now(),
    (state) => {
      panel.cards.ofSession(state.id)
      store.show(state)
      // After what was written is drawn.
      queueMicrotask(() => queueMicrotask(() => settleSeat(root)))
    },
  )
  render(
    <PanelContext.Provider value={panel}>
      <App />
    </PanelContext.Provider>,
    root,
  )
  panel.announcer.follow(store.session)
  effect(() => {
    if (store.session.value.status === 'idle') stopping.value = false
  })
  keepTime(panel)
  listenToKeys(panel, root)
  document.addEventListener('visibilitychange', () => inbox.visibilityChanged())
  onMessage((message) => receive(panel, inbox, message))
  host.post({ type: 'ready' })
}

function receive(panel: Panel, inbox: Inbox, message: ToPanel): void {
  switch (message.type) {
    case 'snapshot':
      panel.store.environment.value = message.environment
      inbox.snapshot(message.state)
      break
    case 'events':
      panel.clock.saw(message.events.at(-1)?.at ?? 0)
      inbox.receive(message.sessionId, message.events)
      break
    case 'environment':
      panel.store.environment.value = message.environment
      break
    case 'fill':
      // Before what the user is typing, which must not be lost.
      panel.draft.prepend(message.text)
      break
    case 'focus':
      focusComposer()
      break
    case 'media':
      panel.media.value = new Map(panel.media.value).set(message.callId, message.src)
      break
    case 'reveal':
      // The call may have come just now and not be drawn yet.
      requestAnimationFrame(() => requestAnimationFrame(() => reveal(panel, message.callId)))
      break
  }
}

/** Clocks go while something goes on and the view is seen. */
function keepTime({ clock, store }: Panel): void {
  const running = computed(() => {
    const { status, processes } = store.session.value
    return status === 'running' || goingOn(processes).length > 0
  })
  effect(() => {
    if (!running.value) return undefined
    const timer = setInterval(() => {
      if (!windowTime.hidden()) clock.tick()
    }, 1000)
    return () => clearInterval(timer)
  })
}

const root = document.getElementById('root')
if (root !== null) start(root)
