import type * as vscode from 'vscode'
import type { Log } from '../core/ports.ts'
import type { ToPanel } from '../protocol/messages.ts'
import type { Agent } from './agent.ts'
import type { callMedia } from './callMedia.ts'
import { systemClock } from './clock.ts'
import type { CurrentSession } from './currentSession.ts'
import type { PanelEnvironment } from './environment.ts'
import { parseFromPanel } from './fromPanel.ts'
import { PanelFeed } from './panelFeed.ts'
import type { PanelRequests } from './panelRequests.ts'

export interface PanelParts {
  agent: Agent
  current: CurrentSession
  environment: PanelEnvironment
  requests: PanelRequests
  /** Where a webview finds what a call made to be seen or heard. */
  media: typeof callMedia
  log: Log
}

/** One webview's link to the panel's session. */
export class PanelConnection {
  readonly #webview: vscode.Webview
  readonly #parts: PanelParts
  readonly #feed: PanelFeed
  readonly #onLive: () => void
  readonly #listeners: vscode.Disposable[]
  #loaded = false
  #hidden = false
  #live = false
  /** Counts the starts of snapshots, so that of two only the later is sent. */
  #round = 0

  constructor(webview: vscode.Webview, parts: PanelParts, onLive: () => void) {
    this.#webview = webview
    this.#parts = parts
    this.#onLive = onLive
    this.#feed = new PanelFeed((message) => void webview.postMessage(message), systemClock)
    this.#listeners = [
      webview.onDidReceiveMessage((message: unknown) => this.receive(message)),
      parts.agent.onEvent(({ sessionId, event }) => this.#feed.add(sessionId, event)),
      parts.current.onChanged(() => this.#show()),
      parts.environment.onChanged((environment) => this.#feed.send({ type: 'environment', environment })),
    ]
  }

  /** Whether it shows a session now. */
  get live(): boolean {
    return this.#live
  }

  /** A message of the webview's, whatever it is. */
  receive(message: unknown): void {
    const parsed = parseFromPanel(message)
    if (parsed === undefined) {
      this.#parts.log.warn('The panel sent a message that is none of ours; it was ignored.')
    } else if (parsed.type === 'ready') {
      this.#loaded = true
      this.#show()
    } else if (parsed.type === 'showMedia') {
      this.#showMedia(parsed.callId)
    } else {
      this.#parts.requests.handle(parsed)
    }
  }

  send(message: ToPanel): void {
    this.#feed.send(message)
  }

  /** Sends nothing while the panel is hidden. */
  pause(): void {
    this.#hidden = true
    this.#stop()
  }

  resume(): void {
    this.#hidden = false
    this.#show()
  }

  dispose(): void {
    this.#hidden = true
    this.#stop()
    for (const listener of this.#listeners) listener.dispose()
  }

  #showMedia(callId: string): void {
    const { current, media, log } = this.#parts
    current.get().then(
      ({ state }) => {
        const src = media(this.#webview, state, callId)
        if (src !== undefined) this.#feed.send({ type: 'media', callId, src })
      },
      (error: unknown) => log.error('The panel cannot show what a call made', error),
    )
  }

  #stop(): void {
    this.#round++
    this.#live = false
    this.#feed.pause()
  }

  #show(): void {
    this.#stop()
    if (!this.#loaded || this.#hidden) return
    const round = this.#round
    const { current, environment, log } = this.#parts
    Promise.all([current.get(), environment.get()]).then(
      ([session, shown]) => {
        if (round !== this.#round) return
        this.#feed.snapshot(session.state, shown)
        this.#live = true
        const returned = session.takeReturned()
        if (returned.length > 0) this.#feed.send({ type: 'fill', text: returned.join('\n\n') })
        this.#onLive()
      },
      (error: unknown) => log.error('The panel cannot show its session', error),
    )
  }
}
