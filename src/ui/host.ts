import type { FromPanel, ToPanel } from '../protocol/messages.ts'

/** What the panel keeps when its view is hidden, moved or reloaded. */
export interface Kept {
  draft?: string
  /** The session that the rows and steps are of. */
  session?: string
  /** Rows that the user opened or closed, by call. */
  rows?: Record<string, boolean>
  /** Steps that the user opened or folded. */
  steps?: Record<string, boolean>
}

/** The panel's only way out. */
export interface Host {
  post: (message: FromPanel) => void
  kept: () => Kept
  keep: (kept: Kept) => void
}

interface VsCodeApi {
  postMessage(message: FromPanel): void
  getState(): Kept | undefined
  setState(state: Kept): void
}
declare function acquireVsCodeApi(): VsCodeApi

export function vscodeHost(): Host {
  const api = acquireVsCodeApi()
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a window's
    post: (message) => api.postMessage(message),
    kept: () => api.getState() ?? {},
    keep: (kept) => api.setState(kept),
  }
}

/** The host's messages; a frame of another origin may post too, but nothing it says has this shape. */
export function onMessage(listener: (message: ToPanel) => void): void {
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (isToPanel(event.data)) listener(event.data)
  })
}

const TYPES: Record<ToPanel['type'], true> = {
  snapshot: true,
  events: true,
  environment: true,
  fill: true,
  focus: true,
  reveal: true,
  media: true,
}

function isToPanel(data: unknown): data is ToPanel {
  return typeof data === 'object' && data !== null && 'type' in data && String(data.type) in TYPES
}
