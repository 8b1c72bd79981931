import { currentSeat, neighbour, nextQuestion, nextRow, parentRow, seat } from './rows.ts'
import type { Panel } from './panel.ts'

const MAC = /mac/i.test(globalThis.navigator?.platform ?? '')

/** As tooltips name it. */
export const MOD = MAC ? 'Cmd' : 'Ctrl'

/** Ctrl, or Cmd on macOS. */
export function isMod(event: KeyboardEvent): boolean {
  return MAC ? event.metaKey : event.ctrlKey
}

/** The keys that hold everywhere, on rows, on lanes and in questions. The composer has its own. */
export function listenToKeys(panel: Panel, root: HTMLElement): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return
    if (!(event.target instanceof HTMLElement)) return
    const used =
      anywhere(panel, event) ||
      inQuestion(event, event.target) ||
      onRow(event, event.target) ||
      onLane(event, event.target) ||
      onLink(event, event.target)
    if (used) event.preventDefault()
  }
  const onFocus = (event: FocusEvent): void => {
    if (event.target instanceof HTMLElement && event.target.matches('.open, .head')) seat(event.target)
  }
  document.addEventListener('keydown', onKey)
  root.addEventListener('focusin', onFocus)
  return () => {
    document.removeEventListener('keydown', onKey)
    root.removeEventListener('focusin', onFocus)
  }
}

export function focusComposer(): void {
  document.querySelector<HTMLElement>('#composer')?.focus()
}

/** To the cards, where the focus last was. */
export function focusCards(): boolean {
  const row = currentSeat(document)
  row?.focus()
  return row !== undefined
}

function anywhere(panel: Panel, event: KeyboardEvent): boolean {
  if (event.altKey && event.code === 'KeyA') {
    nextQuestion(panel)
    return true
  }
  if (isMod(event) && event.key === 'ArrowDown') {
    focusComposer()
    return true
  }
  if (isMod(event) && event.key === 'ArrowUp') return focusCards()
  if (event.key === 'Escape') return escape(panel, event.target)
  return false
}

function escape(panel: Panel, target: EventTarget | null): boolean {
  if (target instanceof HTMLElement && target.matches('.reply-box')) {
    target.closest('[data-call-id]')?.querySelector<HTMLElement>('.open')?.focus()
  } else if (panel.store.session.peek().status === 'running') panel.stop()
  else focusComposer()
  return true
}

/** An answer by key, only from inside the card that asks. */
function inQuestion(event: KeyboardEvent, target: HTMLElement): boolean {
  const answer = { Enter: '.allow-once', Backspace: '.deny' }[event.key]
  if (!isMod(event) || answer === undefined) return false
  const button = target.closest('.call.asks')?.querySelector<HTMLElement>(`:scope > .body ${answer}`)
  button?.click()
  return button !== null && button !== undefined
}

function onRow(event: KeyboardEvent, target: HTMLElement): boolean {
  const opener = target.closest<HTMLElement>('.row, .pin')?.querySelector<HTMLElement>('.open, .head')
  if (opener === null || opener === undefined || target.closest('.score') !== null) return false
  if (event.altKey || event.ctrlKey || event.metaKey) return false
  const expanded = opener.getAttribute('aria-expanded')
  switch (event.key) {
    case 'ArrowRight':
      if (expanded === 'false') opener.click()
      return true
    case 'ArrowLeft':
      if (expanded === 'true') opener.click()
      else parentRow(opener)?.focus()
      return true
    case 'Delete':
      opener.parentElement?.querySelector<HTMLElement>('button.glyph')?.click()
      return true
  }
  return go(nextRow(opener, event.key), event)
}

function onLane(event: KeyboardEvent, target: HTMLElement): boolean {
  const score = target.closest('.lane')?.closest('.score')
  if (score === null || score === undefined) return false
  const lanes = [...score.querySelectorAll<HTMLElement>('.lane')]
  const to = neighbour(lanes, target, event.key)
  if (to === undefined) return false
  for (const lane of lanes) lane.tabIndex = lane === to ? 0 : -1
  return go(to, event)
}

function go(to: HTMLElement | undefined, event: KeyboardEvent): boolean {
  if (to === undefined) return /^(?:Arrow|Home|End)/.test(event.key)
  to.focus()
  to.scrollIntoView({ block: 'nearest' })
  return true
}

function onLink(event: KeyboardEvent, target: HTMLElement): boolean {
  if (event.key !== 'Enter' || !target.matches('[data-href]')) return false
  target.click()
  return true
}
