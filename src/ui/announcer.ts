import { effect, signal, type ReadonlySignal } from '@preact/signals'
import { hasEnded, type CallState, type SessionState } from '../protocol/state.ts'
import { statusSentence } from './words/callWords.ts'
import { problemOf } from './words/problems.ts'

/** Counts are said at most this often, in ms; what comes meanwhile is joined. */
const COUNTS_EVERY = 5000
const POLITE_EVERY = 1000

/** Something to be said: at once, in turn, or as a count that a later one replaces. */
export interface Utterance {
  kind: 'assertive' | 'polite' | 'count'
  text: string
}

/** What a screen reader should hear of the step from one state to the next of the same session. */
export function utterances(before: SessionState, next: SessionState): Utterance[] {
  if (before.id !== next.id || before.turns.length === 0) return []
  const said: Utterance[] = []
  let counted = false
  for (const [i, call] of next.calls.entries()) {
    const old = before.calls[i]
    if (old === call || old?.status === call.status) continue
    if (call.status === 'approval') said.push({ kind: 'assertive', text: asking(call) })
    if (call.status === 'failed')
      said.push({ kind: 'polite', text: `${call.name} ${call.summary} ${statusSentence(call)}` })
    counted ||= hasEnded(call) && call.parentId === undefined
  }
  if (counted) said.push(...counts(next))
  return [...said, ...endings(before, next)]
}

function asking({ name, summary, approval, question }: CallState): string {
  return `${name} needs your answer: ${question?.question ?? approval?.action ?? summary}`
}

function counts({ calls, messages }: SessionState): Utterance[] {
  const step = messages.findLast((message) => message.role === 'assistant')
  const mine = calls.filter((call) => call.stepId === step?.id && call.parentId === undefined)
  if (mine.length < 2) return []
  return [{ kind: 'count', text: `${mine.filter(hasEnded).length} of ${mine.length} calls done` }]
}

function endings(before: SessionState, next: SessionState): Utterance[] {
  return next.turns.flatMap((turn, i): Utterance[] => {
    if (before.turns[i] === turn || before.turns[i]?.status === turn.status) return []
    if (turn.status === 'stopped') return [{ kind: 'assertive', text: 'Stopped' }]
    if (turn.status !== 'failed' || turn.error === undefined) return []
    return [{ kind: 'assertive', text: `${problemOf(turn.error.code).title}. ${turn.error.message}` }]
  })
}

/** Says things through live regions: each once, neighbours joined, never word by word. */
export class Announcer {
  readonly #polite = signal('')
  readonly #assertive = signal('')
  #waiting: string[] = []
  #count: string | undefined
  #countedAt = -Infinity
  #timer: ReturnType<typeof setTimeout> | undefined

  get polite(): ReadonlySignal<string> {
    return this.#polite
  }
  get assertive(): ReadonlySignal<string> {
    return this.#assertive
  }

  /** Listens to a session until disposed. */
  follow(session: ReadonlySignal<SessionState>): () => void {
    let before = session.peek()
    return effect(() => {
      const next = session.value
      for (const utterance of utterances(before, next)) this.say(utterance)
      before = next
    })
  }

  say({ kind, text }: Utterance): void {
    if (kind === 'assertive') this.#assertive.value = again(this.#assertive.peek(), text)
    else if (kind === 'count') this.#count = text
    else this.#waiting.push(text)
    if (kind !== 'assertive') this.#timer ??= setTimeout(() => this.#flush(), POLITE_EVERY)
  }

  dispose(): void {
    clearTimeout(this.#timer)
  }

  #flush(): void {
    this.#timer = undefined
    const now = Date.now()
    if (this.#count !== undefined && now - this.#countedAt >= COUNTS_EVERY) {
      this.#waiting.push(this.#count)
      this.#count = undefined
      this.#countedAt = now
    }
    if (this.#waiting.length > 0) this.#polite.value = again(this.#polite.peek(), this.#waiting.join('. '))
    this.#waiting = []
    if (this.#count !== undefined) this.#timer = setTimeout(() => this.#flush(), COUNTS_EVERY)
  }
}

/** The same words a second time must differ, or they are not heard. */
function again(before: string, text: string): string {
  return before === text ? `${text}\u00a0` : text
}
