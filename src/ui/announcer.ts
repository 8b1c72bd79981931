import { effect, signal, type ReadonlySignal } from '@preact/signals'
import { hasEnded, type CallState, type SessionState } from '../protocol/state.ts'
import { reviewState } from './transcript/reviewState.ts'
import { restoreSums, restoreTitle } from './words/restoreWords.ts'
import { statusSentence } from './words/callWords.ts'
import { budgetWords } from './words/budgetWords.ts'
import { problemOf } from './words/problems.ts'
import { plural } from './words/spans.ts'

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
  if (before.restores !== next.restores) return restored(before, next)
  const said: Utterance[] = []
  let counted = false
  let deferred = 0
  for (const [i, call] of next.calls.entries()) {
    const old = before.calls[i]
    if (old === call || old?.status === call.status) continue
    if (call.status === 'approval') said.push({ kind: 'assertive', text: asking(call) })
    if (call.status === 'failed' || call.status === 'backgrounded')
      said.push({ kind: 'polite', text: `${call.name} ${call.summary} ${statusSentence(call)}` })
    if (call.status === 'deferred') deferred++
    counted ||= hasEnded(call) && call.parentId === undefined
  }
  if (deferred > 0) said.push({ kind: 'polite', text: `${plural(deferred, 'call')} did not run` })
  if (counted) said.push(...counts(next))
  return [...said, ...room(before, next), ...ways(before, next), ...endings(before, next), ...verdicts(before, next)]
}

function asking({ name, summary, approval, question }: CallState): string {
  return `${name} needs your answer: ${question?.question ?? approval?.action ?? summary}`
}

/** A limit that needs an answer; room that was made in the model's context. */
function room(before: SessionState, next: SessionState): Utterance[] {
  const question = next.turns.at(-1)?.budget
  const asked = question !== undefined && question !== before.turns.at(-1)?.budget
  const compaction = next.compactions?.at(-1)
  const isNew = compaction !== undefined && next.compactions !== before.compactions
  return [
    ...(asked ? [{ kind: 'assertive' as const, text: `${budgetWords(question).title}. It needs your answer.` }] : []),
    ...(isNew ? [{ kind: 'polite' as const, text: `Summarised ${plural(compaction.messages, 'message')}` }] : []),
  ]
}

function counts({ calls, messages }: SessionState): Utterance[] {
  const step = messages.findLast((message) => message.role === 'assistant')
  const mine = calls.filter((call) => call.stepId === step?.id && call.parentId === undefined)
  if (mine.length < 2) return []
  return [{ kind: 'count', text: `${mine.filter(hasEnded).length} of ${mine.length} calls done` }]
}

/** Where the user's messages are on their way. */
function ways(before: SessionState, next: SessionState): Utterance[] {
  const polite = (text: string): Utterance => ({ kind: 'polite', text })
  const isNew = <T extends { id: string }>(message: T, among: readonly T[]): boolean =>
    !among.some(({ id }) => id === message.id)
  const steered = next.steers.filter((message) => isNew(message, before.steers))
  const queued = next.queue.filter((message) => isNew(message, before.queue))
  const sent = next.messages.slice(before.messages.length).flatMap((message) => {
    if (message.role !== 'user') return []
    if (message.steered !== undefined) return [`Steered, sent with request ${message.steered.request}`]
    return before.steers.some(({ id }) => id === message.id) ? ['Your message starts the next turn'] : []
  })
  return [
    ...steered.map(() => polite('Goes with the next request')),
    ...queued.map(() => polite('Queued for the end of the turn')),
    ...sent.map(polite),
  ]
}

function endings(before: SessionState, next: SessionState): Utterance[] {
  return next.turns.flatMap((turn, i): Utterance[] => {
    if (before.turns[i] === turn || before.turns[i]?.status === turn.status) return []
    if (turn.status === 'stopped') return [{ kind: 'assertive', text: 'Stopped' }]
    if (turn.status !== 'failed' || turn.error === undefined) return []
    return [{ kind: 'assertive', text: `${problemOf(turn.error.code).title}. ${turn.error.message}` }]
  })
}

/** How far the review of a file has come, and what could not be taken back. */
function verdicts(before: SessionState, next: SessionState): Utterance[] {
  return next.turns.flatMap((turn, i) => {
    if (before.turns[i]?.reviews === turn.reviews) return []
    const fresh = (turn.reviews ?? []).filter((review) => !before.turns[i]?.reviews?.includes(review))
    return fresh.map((review): Utterance => {
      const { words } = reviewState(review)
      return { kind: 'polite', text: review.conflict ?? `${review.path} ${words === '' ? 'to be reviewed' : words}` }
    })
  })
}

/** What going back did; turns that come and go with it are no news of their own. */
function restored(before: SessionState, next: SessionState): Utterance[] {
  const known = new Set(before.restores?.map(({ id }) => id))
  const fresh = (next.restores ?? []).filter(({ id }) => !known.has(id))
  return fresh.map((restore) => ({
    kind: 'polite',
    text: `${restoreTitle(restore)}. ${restoreSums(restore).join('. ')}`,
  }))
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
