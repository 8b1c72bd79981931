/** Finding and focusing rows, and the one tab stop among them. The DOM's order is the order. */
import { allOf } from './cards.ts'
import type { Panel } from './panel.ts'

const OPENERS = '.open, .head'

export function isShown(node: Element): boolean {
  return node.closest('[hidden]') === null
}

function openers(root: ParentNode): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>(OPENERS)].filter(isShown)
}

/** Makes the opener the rows' tab stop; the row's own buttons follow it in the tab order. */
export function seat(opener: HTMLElement): void {
  const root = opener.closest('#log') ?? document
  for (const node of root.querySelectorAll<HTMLElement>(
    '.row [tabindex="0"], .open[tabindex="0"], .head[tabindex="0"]',
  )) {
    node.tabIndex = -1
  }
  opener.tabIndex = 0
  for (const button of opener.parentElement?.querySelectorAll<HTMLElement>('button') ?? []) button.tabIndex = 0
}

export function currentSeat(root: ParentNode): HTMLElement | undefined {
  return root.querySelector<HTMLElement>('.open[tabindex="0"], .head[tabindex="0"]') ?? undefined
}

/** Sees to it that there is a tab stop that can be reached: the last row, until the user takes one. */
export function settleSeat(root: ParentNode): void {
  const now = currentSeat(root)
  if (now !== undefined && isShown(now)) return
  const last = openers(root).at(-1)
  if (last !== undefined) seat(last)
}

/** The row that an arrow, Home or End goes to. */
export function neighbour(list: readonly HTMLElement[], from: Element, key: string): HTMLElement | undefined {
  const at = list.findIndex((node) => node === from)
  switch (key) {
    case 'ArrowDown':
      return list[at + 1]
    case 'ArrowUp':
      return list[at - 1]
    case 'Home':
      return list[0]
    case 'End':
      return list.at(-1)
  }
  return undefined
}

export function nextRow(from: HTMLElement, key: string): HTMLElement | undefined {
  return neighbour(openers(from.closest('#log') ?? document), from, key)
}

/** Where ← goes from a closed row: to the call that made this one, or to the step's head. */
export function parentRow(opener: Element): HTMLElement | undefined {
  const card = opener.closest('[data-call-id]')
  const parent = card?.parentElement?.closest('[data-call-id]')
  const found =
    parent?.querySelector<HTMLElement>('.open') ?? opener.closest('.step')?.querySelector<HTMLElement>('.head')
  return found === opener ? undefined : (found ?? undefined)
}

function rowOf(callId: string): HTMLElement | undefined {
  const card = document.querySelector(`[data-call-id="${CSS.escape(callId)}"]`)
  if (card === null) return undefined
  const shown = isShown(card) ? card : document.querySelector(`.fold[data-holds~="${CSS.escape(callId)}"]`)
  return shown?.querySelector<HTMLElement>('.open') ?? undefined
}

/** Brings a call's row into view, opening what it stands in, and focuses it. */
export function reveal(panel: Panel, callId: string): void {
  const call = panel.store.call(callId)?.peek()
  if (call === undefined) return
  for (const id of panel.store.above(callId)) {
    panel.cards.choose(id, true)
    if (document.querySelector(`[data-call-id="${CSS.escape(callId)}"]`) === null) panel.cards.choose(allOf(id), true)
  }
  panel.follow.hold()
  const folded = document.querySelector(`[data-step-id="${CSS.escape(call.stepId)}"].folded`) !== null
  if (folded) panel.cards.chooseStep(call.stepId, true)
  // Drawn in the next microtask or frame.
  requestAnimationFrame(() => {
    const row = rowOf(callId)
    row?.scrollIntoView({ block: 'nearest' })
    row?.focus({ preventScroll: true })
  })
}

/** Goes to the next call that needs an answer, after the focused one. */
export function nextQuestion(panel: Panel): void {
  const waiting = panel.store.session.peek().calls.filter((call) => call.status === 'approval')
  const at = waiting.findIndex((call) => call.id === panel.cards.focused.peek())
  const next = waiting[(at + 1) % waiting.length]
  if (next !== undefined) reveal(panel, next.id)
}
