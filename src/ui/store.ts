import { batch, signal, type ReadonlySignal, type Signal } from '@preact/signals'
import type { Environment } from '../protocol/messages.ts'
import {
  emptySession,
  type CallState,
  type MessageState,
  type SessionState,
  type TurnState,
} from '../protocol/state.ts'

/** A call's live output; apart from the call, so that output redraws nothing else. */
export interface Output {
  text: string
  /** Lines dropped from its front. */
  dropped: number
}

interface CallSignals {
  call: Signal<CallState>
  output: Signal<Output>
}

const NONE: readonly string[] = []

/** The session as signals, one for each thing that is drawn by itself. Made from states only; keeps nothing else. */
export class Store {
  readonly environment = signal<Environment | undefined>(undefined)
  readonly #session = signal<SessionState>(emptySession(''))
  readonly #turnIds = signal<readonly string[]>(NONE)
  readonly #turns = new Map<string, Signal<TurnState>>()
  readonly #messages = new Map<string, Signal<MessageState>>()
  readonly #calls = new Map<string, CallSignals>()
  /** Messages of a turn, and calls made by a call. */
  readonly #members = new Map<string, Signal<readonly string[]>>()

  get session(): ReadonlySignal<SessionState> {
    return this.#session
  }
  get turnIds(): ReadonlySignal<readonly string[]> {
    return this.#turnIds
  }
  turn(id: string): ReadonlySignal<TurnState> | undefined {
    return this.#turns.get(id)
  }
  message(id: string): ReadonlySignal<MessageState> | undefined {
    return this.#messages.get(id)
  }
  call(id: string): ReadonlySignal<CallState> | undefined {
    return this.#calls.get(id)?.call
  }
  output(id: string): ReadonlySignal<Output> | undefined {
    return this.#calls.get(id)?.output
  }
  messagesOf(turnId: string): ReadonlySignal<readonly string[]> {
    return this.#membersOf(`turn ${turnId}`)
  }
  callsOf(parentId: string): ReadonlySignal<readonly string[]> {
    return this.#membersOf(`call ${parentId}`)
  }

  /** The calls that a call stands in, its own first. */
  above(id: string): string[] {
    const parentId = this.#calls.get(id)?.call.peek().parentId
    return parentId === undefined ? [] : [parentId, ...this.above(parentId)]
  }

  /** Shows a state; only what changed since the last one is written. */
  show(next: SessionState): void {
    const before = this.#session.peek()
    if (next === before) return
    batch(() => {
      if (isAnother(before, next)) this.#clear()
      this.#session.value = next
      this.#showTurns(next.turns)
      this.#showMessages(next.messages)
      this.#showCalls(next.calls)
    })
  }

  #clear(): void {
    this.#turnIds.value = NONE
    for (const members of this.#members.values()) members.value = NONE
    for (const map of [this.#turns, this.#messages, this.#calls, this.#members]) map.clear()
  }

  #showTurns(turns: readonly TurnState[]): void {
    for (const turn of turns) put(this.#turns, turn)
    if (turns.length !== this.#turnIds.peek().length) this.#turnIds.value = turns.map((turn) => turn.id)
  }

  #showMessages(messages: readonly MessageState[]): void {
    for (const message of messages) {
      if (put(this.#messages, message)) this.#join(`turn ${message.turnId}`, message.id)
    }
  }

  #showCalls(calls: readonly CallState[]): void {
    for (const call of calls) {
      const known = this.#calls.get(call.id)
      if (known === undefined) {
        this.#calls.set(call.id, { call: signal(call), output: signal(outputOf(call)) })
        if (call.parentId !== undefined) this.#join(`call ${call.parentId}`, call.id)
      } else if (known.call.peek() !== call) showCall(known, call)
    }
  }

  #join(key: string, id: string): void {
    const members = this.#membersOf(key)
    members.value = [...members.peek(), id]
  }

  #membersOf(key: string): Signal<readonly string[]> {
    let members = this.#members.get(key)
    if (members === undefined) this.#members.set(key, (members = signal(NONE)))
    return members
  }
}

/** Whether it is new. */
function put<T extends { id: string }>(map: Map<string, Signal<T>>, item: T): boolean {
  const known = map.get(item.id)
  if (known === undefined) {
    map.set(item.id, signal(item))
    return true
  }
  known.value = item
  return false
}

function outputOf({ output, outputDropped }: CallState): Output {
  return { text: output, dropped: outputDropped }
}

/** The call's own signal stays as it is when only output came. */
function showCall(signals: CallSignals, next: CallState): void {
  const before = signals.call.peek()
  const output = signals.output.peek()
  if (output.text !== next.output || output.dropped !== next.outputDropped) signals.output.value = outputOf(next)
  if (differs(before, next)) signals.call.value = next
}

function differs(before: CallState, next: CallState): boolean {
  const old = new Map<string, unknown>(Object.entries(before))
  return Object.entries(next).some(
    ([key, value]) => key !== 'output' && key !== 'outputDropped' && old.get(key) !== value,
  )
}

/** Whether the conversation is another, or has lost its end. */
function isAnother(before: SessionState, next: SessionState): boolean {
  return (
    next.id !== before.id || next.calls.length < before.calls.length || next.messages.length < before.messages.length
  )
}
