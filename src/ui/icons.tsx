import type { JSX } from 'preact'
import type { Look } from './words/callWords.ts'

/** Outlines on a grid of 16. */
const OUTLINES = {
  chevron: 'M6.5 4 10.5 8l-4 4',
  down: 'M4 6.5 8 10.5l4-4',
  read_file: 'M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3M5.5 8.5h5M5.5 11h5',
  edit_file: 'M10.5 2.5l3 3-8 8-3.5.5.5-3.5zM8.5 4.5l3 3',
  insert_text: 'M2.5 3.5h11M2.5 12.5h11M6 8h7.5M2.5 6l2 2-2 2',
  apply_patch: 'M10.5 2.5l3 3-8 8-3.5.5.5-3.5zM8.5 4.5l3 3M2 3.5h4M4 1.5v4',
  write_file: 'M12.5 7.5v-3l-3-3h-6v13h4M9.5 1.5v3h3M11.5 9.5v5M9 12h5',
  terminal: 'M1.5 2.5h13v11h-13zM4 5.5 6.5 8 4 10.5M8 10.5h4',
  search_files: 'M2.5 7a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0M10.3 10.3 14 14',
  find_files: 'M1.5 3.5h4.5l1.5 2h7v8h-13z',
  web_extract:
    'M2 8a6 6 0 1 0 12 0a6 6 0 1 0-12 0M2 8h12M8 2c2 1.8 2.6 3.8 2.6 6S10 12.2 8 14c-2-1.8-2.6-3.8-2.6-6S6 3.8 8 2z',
  process: 'M1.5 8.5h3l2-5 3 9 2-4h3',
  execute_code:
    'M6 2.5c-2 0-2 1-2 2.5s0 2.5-1.5 3C4 8.5 4 9.5 4 11s0 2.5 2 2.5M10 2.5c2 0 2 1 2 2.5s0 2.5 1.5 3c-1.5.5-1.5 1.5-1.5 3s0 2.5-2 2.5',
  diagnostics: 'M8 2 14.5 13.5h-13zM8 6v4M8 11.5v.3',
  ask_user: 'M2.5 2.5h11v8h-6l-3 3v-3h-2zM6.8 5.2a1.25 1.25 0 1 1 1.9 1.1c-.5.3-.7.5-.7 1M8 8.6v.2',
  todo: 'M2 3.5l1.2 1.2L5.5 2.5M2 10.5l1.2 1.2 2.3-2.2M8 4h6M8 11h6',
  tool: 'M8 1.8 13.5 5v6L8 14.2 2.5 11V5zM2.5 5 8 8l5.5-3M8 8v6',
  key: 'M2 8a3 3 0 1 0 6 0a3 3 0 1 0-6 0M8 8h6.5v2.5M12 8v2',
  server: 'M2.5 2.5h11v4h-11zM2.5 9.5h11v4h-11zM5 4.5h1M5 11.5h1',
  model: 'M8 2c.5 3.5 2.5 5.5 6 6-3.5.5-5.5 2.5-6 6-.5-3.5-2.5-5.5-6-6 3.5-.5 5.5-2.5 6-6z',
  play: 'M4.5 3v10l8-5z',
  check: 'M3 8.5 6.5 12 13 4.5',
  close: 'M4 4l8 8M12 4l-8 8',
  send: 'M8 13.5v-11M3.5 7 8 2.5 12.5 7',
  steer: 'M2.5 12.5v-3c0-2 1-3 3-3h7.5M10 3.5l3 3-3 3',
  queue: 'M2.5 4h11M2.5 8h6M2.5 12h5M12 9.5v5M9.5 12h5',
  lock: 'M3.5 7.5h9v6h-9zM5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2',
  after: 'M3.5 2.5v5c0 2 1 3 3 3h6M10 8l2.5 2.5L10 13',
  restore: 'M3 3v3.5h3.5M3.3 6.5A5.3 5.3 0 1 1 2.7 9.5M8 5.5V8l2 1.3',
  shield: 'M8 1.5l5.5 2v4.5c0 3.2-2.3 5.4-5.5 6.5-3.2-1.1-5.5-3.3-5.5-6.5V3.5z',
  warning: 'M8 2 14.5 13.5h-13zM8 6v4M8 11.5v.3',
  error: 'M2 8a6 6 0 1 0 12 0a6 6 0 1 0-12 0M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4',
  clock: 'M2 8a6 6 0 1 0 12 0a6 6 0 1 0-12 0M8 4.5V8l2.5 1.5',
  pencil: 'M10.5 2.5l3 3-8 8-3.5.5.5-3.5z',
  diff: 'M8 2.5v7M4.5 6h7M4.5 12.5h7',
  output: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h6',
  prompt: 'M2.5 2.5h11v8h-6l-3 3v-3h-2z',
}

export type IconName = keyof typeof OUTLINES

export function Icon({ name, class: extra = '' }: { name: IconName; class?: string }): JSX.Element {
  return (
    <svg viewBox="0 0 16 16" class={`icon ${extra}`} aria-hidden="true">
      <path d={OUTLINES[name]} />
    </svg>
  )
}

export function StopIcon(): JSX.Element {
  return (
    <svg viewBox="0 0 16 16" class="icon" aria-hidden="true">
      <rect class="solid" x="4" y="4" width="8" height="8" rx="1" />
    </svg>
  )
}

export function toolIcon(tool: string): IconName {
  return isIcon(tool) ? tool : 'tool'
}

function isIcon(name: string): name is IconName {
  return Object.hasOwn(OUTLINES, name)
}

const RING = 'M2.5 8a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0'

function ring(mark: string): JSX.Element {
  return <path d={RING + mark} />
}

function picture(kind: Look): JSX.Element {
  switch (kind) {
    case 'proposed':
    case 'queued':
    case 'waiting':
      return <circle cx="8" cy="8" r="5.5" stroke-dasharray="2.2 2.12" />
    case 'running':
      return (
        <>
          <circle cx="8" cy="8" r="5.5" opacity=".3" />
          <circle class="spin" cx="8" cy="8" r="5.5" stroke-width="1.5" stroke-dasharray="12 23" />
        </>
      )
    case 'ask':
      return (
        <>
          <circle class="solid" cx="8" cy="8" r="6.5" />
          <path class="cut" d="M6.3 6.4a1.75 1.75 0 1 1 2.7 1.5c-.7.4-1 .7-1 1.4M8 11.2v.2" />
        </>
      )
    case 'completed':
      return <path d="M3.5 8.5 6.5 11.5 12.5 5" />
    case 'failed':
      return ring('M6 6l4 4M10 6l-4 4')
    case 'nonzero':
      return ring('M8 5v3.5M8 10.7v.2')
    case 'cancelled':
      return ring('M4.2 11.8l7.6-7.6')
    case 'deferred':
      return ring('M5.5 8h5')
    case 'backgrounded':
      return ring('M6 6l4 4M10 6.5V10H6.5')
  }
}

/** The picture of a state; with a square inside when it is a button that stops. */
export function StateIcon({ kind, stop = false }: { kind: Look; stop?: boolean }): JSX.Element {
  return (
    <svg viewBox="0 0 16 16" class={`icon ${kind}`} aria-hidden="true">
      {picture(kind)}
      {stop && <rect class="sq" x="6" y="6" width="4" height="4" rx=".5" />}
    </svg>
  )
}
