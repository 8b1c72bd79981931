import { batch, signal, type ReadonlySignal, type Signal } from '@preact/signals'
import type { Host } from './host.ts'

/** How many choices are kept over a reload. */
const MOST_KEPT = 400

/** A row's openness: what the user chose, else what the row does by itself. */
interface Row {
  chosen: Signal<boolean | undefined>
  automatic: Signal<boolean>
}

/** What is open and folded: the panel's own state, none of the session's. */
export class Cards {
  readonly #host: Host
  readonly #rows = new Map<string, Row>()
  readonly #steps = new Map<string, Signal<boolean | undefined>>()
  readonly #touched = new Set<string>()
  readonly #focused = signal<string | undefined>(undefined)
  readonly #linked = signal<string | undefined>(undefined)
  #session: string | undefined

  constructor(host: Host) {
    this.#host = host
    const { session, rows = {}, steps = {} } = host.kept()
    this.#session = session
    for (const [id, open] of Object.entries(rows)) this.#row(id).chosen.value = open
    for (const [id, open] of Object.entries(steps)) this.#step(id).value = open
  }

  /** Calls and steps of another session have the same ids: what was chosen for one is not for the other. */
  ofSession(id: string): void {
    const before = this.#session
    if (id === before) return
    this.#session = id
    if (before === undefined) return
    this.#touched.clear()
    batch(() => {
      for (const { chosen, automatic } of this.#rows.values()) [chosen.value, automatic.value] = [undefined, false]
      for (const step of this.#steps.values()) step.value = undefined
    })
    this.#keep()
  }

  /** The call whose lane and row are lit. */
  get linked(): ReadonlySignal<string | undefined> {
    return this.#linked
  }
  link(callId: string | undefined): void {
    this.#linked.value = callId
  }

  /** The call that holds the focus. */
  get focused(): ReadonlySignal<string | undefined> {
    return this.#focused
  }
  focus(callId: string | undefined): void {
    this.#focused.value = callId
    if (callId !== undefined) this.#touched.add(callId)
  }

  isOpen(callId: string): boolean {
    const { chosen, automatic } = this.#row(callId)
    return chosen.value ?? automatic.value
  }
  choose(callId: string, open: boolean): void {
    this.#touched.add(callId)
    this.#row(callId).chosen.value = open
    this.#keep()
  }
  /** Opens or closes by itself, unless the user has opened, closed, scrolled, selected or focused the row. */
  openItself(callId: string, open: boolean): void {
    if (open || !this.#touched.has(callId)) this.#row(callId).automatic.value = open
  }
  /** An answered question needs no room any more. */
  answered(callId: string): void {
    this.#touched.delete(callId)
    this.#row(callId).automatic.value = false
  }
  touch(callId: string): void {
    this.#touched.add(callId)
  }

  /** Undefined while the user has neither opened nor folded it. */
  stepChoice(stepId: string): boolean | undefined {
    return this.#step(stepId).value
  }
  chooseStep(stepId: string, open: boolean): void {
    this.#step(stepId).value = open
    this.#keep()
  }

  #row(id: string): Row {
    let row = this.#rows.get(id)
    if (row === undefined) this.#rows.set(id, (row = { chosen: signal(undefined), automatic: signal(false) }))
    return row
  }

  #step(id: string): Signal<boolean | undefined> {
    let step = this.#steps.get(id)
    if (step === undefined) this.#steps.set(id, (step = signal(undefined)))
    return step
  }

  #keep(): void {
    const rows = [...this.#rows].map(([id, row]) => [id, row.chosen.peek()] as const)
    const steps = [...this.#steps].map(([id, open]) => [id, open.peek()] as const)
    this.#host.keep({
      ...this.#host.kept(),
      session: this.#session,
      rows: chosenOnly(rows),
      steps: chosenOnly(steps),
    })
  }
}

/** The key of whether all that a call made stands in the document. */
export function allOf(callId: string): string {
  return `all ${callId}`
}

function chosenOnly(entries: (readonly [string, boolean | undefined])[]): Record<string, boolean> {
  const chosen = entries.flatMap(([id, open]) => (open === undefined ? [] : [[id, open] as const]))
  return Object.fromEntries(chosen.slice(-MOST_KEPT))
}
