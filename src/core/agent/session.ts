import type { ApprovalAnswer, SessionEvent, TurnSource, Usage } from '../../protocol/events.ts'
import type { ApprovalMode } from '../../protocol/messages.ts'
import { type CallState, reduce, type SessionState } from '../../protocol/state.ts'
import { ModelError } from '../models/model.ts'
import type { ModelLease } from '../models/source.ts'
import type { CallEvent } from '../scheduling/call.ts'
import { ownerOf } from '../processes/processes.ts'
import { CancellationSource, type CancellationToken, CancelledError, orCancelled } from '../scheduling/cancellation.ts'
import { Batch } from '../scheduling/scheduler.ts'
import type { Journal } from '../sessions/journal.ts'
import { type Counts, countsOf } from './counts.ts'
import { SessionGate } from './gate.ts'
import type { SessionParts } from './parts.ts'
import { systemPrompt } from './prompt.ts'
import { Steering } from './steering.ts'
import { Toolset } from './toolset.ts'
import { runTurn, type TurnEnd, type TurnEvent } from './turn.ts'

/** What ends a turn from outside: `vscode.CancellationToken` fits. */
interface ForeignToken {
  readonly isCancellationRequested: boolean
  readonly onCancellationRequested: (listener: () => unknown) => { dispose(): void }
}

export interface SendOptions {
  source: TurnSource
  /** What the model gets along with the text. */
  context?: string
  model?: string
  /** Lowers what runs without a question; never raises it over the user's setting. */
  approvals?: ApprovalMode
  token?: ForeignToken
}

export interface TurnResult {
  sessionId: string
  status: 'completed' | 'stopped' | 'failed'
  /** The model's last words. */
  text: string
  error?: { code: string; message: string }
  /** In call order. */
  calls: { id: string; name: string; status: CallState['status']; reason?: string }[]
  usage: Usage
}

interface Pending {
  messageId: string
  text: string
  options: SendOptions
  done(result: TurnResult): void
}

interface Running {
  turnId: string
  source: CancellationSource
  batch: Batch | undefined
  steering: Steering
  ended: Promise<unknown>
}

/** One conversation: takes messages, runs one turn at a time, and tells everything that happens as events. */
export class Session {
  readonly id: string
  readonly #parts: SessionParts
  readonly #journal: Journal
  readonly #tools: Toolset
  /** Its questions to the user. */
  readonly gate: SessionGate
  readonly #listeners = new Set<(event: SessionEvent) => void>()
  readonly #counts: Counts
  #state: SessionState
  #queue: Pending[] = []
  /** Steers that no request has taken yet. */
  readonly #steered = new Map<string, { text: string; options: SendOptions }>()
  #running: Running | undefined
  #system: string | undefined
  #disposed = false
  /** Events that the listeners have yet to hear: one that a listener causes comes after the one that it hears. */
  readonly #unheard: SessionEvent[] = []
  #telling = false
  #returned: string[] = []

  /** @param state empty, or what the journal gave back */
  constructor(state: SessionState, journal: Journal, parts: SessionParts) {
    this.id = state.id
    this.#parts = parts
    this.#journal = journal
    this.#state = state
    this.#tools = new Toolset(parts)
    this.gate = new SessionGate(parts)
    this.#counts = countsOf(state)
    this.#closeTorn()
  }

  get state(): SessionState {
    return this.#state
  }

  onEvent(listener: (event: SessionEvent) => void): { dispose(): void } {
    this.#listeners.add(listener)
    return { dispose: () => this.#listeners.delete(listener) }
  }

  /**
   * Starts a turn, or queues the message for the end of the running one. Settles when its turn has ended; a message that
   * is taken back before settles as stopped. Never rejects for what a user can meet.
   */
  send(text: string, options: SendOptions): Promise<TurnResult> {
    const { promise, resolve } = Promise.withResolvers<TurnResult>()
    const pending: Pending = { messageId: this.#newId('message'), text, options, done: resolve }
    if (this.#disposed) resolve(this.#neverStarted())
    else if (this.#running === undefined) this.#start(pending)
    else this.#enqueue(pending)
    return promise
  }

  /**
   * Redirects the running turn: the message goes with its next request, edits finish, commands go on in the background.
   * Without a running turn, or when the turn ends before, the message starts the next one.
   *
   * @param when `turnEnd` queues the message instead
   */
  steer(text: string, options: SendOptions, when: 'now' | 'turnEnd' = 'now'): void {
    const running = this.#running
    if (running === undefined || when === 'turnEnd' || running.source.token.isCancellationRequested) {
      void this.send(text, options)
      return
    }
    const messageId = this.#newId('message')
    this.#steered.set(messageId, { text, options })
    this.#emit(running.turnId, { type: 'messageSteered', messageId, text })
    running.steering.add(messageId)
  }

  /** The messages that were queued when VS Code ended, for their writer; each is given once. */
  takeReturned(): string[] {
    const returned = this.#returned
    this.#returned = []
    return returned
  }

  /** Takes a message back that is queued, or steers and has not been sent yet. */
  unqueue(messageId: string): string | undefined {
    const steered = this.#running?.steering.remove(messageId) === true ? this.#steered.get(messageId) : undefined
    if (steered !== undefined) {
      this.#steered.delete(messageId)
      this.#emit(this.#lastTurnId(), { type: 'messageUnqueued', messageId })
      return steered.text
    }
    const at = this.#queue.findIndex((pending) => pending.messageId === messageId)
    const [pending] = at === -1 ? [] : this.#queue.splice(at, 1)
    if (pending === undefined) return undefined
    this.#emit(this.#lastTurnId(), { type: 'messageUnqueued', messageId })
    pending.done(this.#neverStarted())
    return pending.text
  }

  /** Ends the turn, or one call of it; settles when all of it has ended. Settles at once when nothing runs. */
  async stop(callId?: string): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    if (callId !== undefined) {
      await running.batch?.cancel(callId, 'stop')
      return
    }
    this.#requestStop(running)
    await running.ended
  }

  /** The user's answer to a question about a call. False when that is no longer the question. */
  approve(callId: string, fingerprint: string, answer: ApprovalAnswer): boolean {
    return this.gate.answer(callId, fingerprint, answer)
  }

  /** The user's answer to the model's question. */
  reply(callId: string, text: string): boolean {
    return this.gate.reply(callId, text)
  }

  /** Adds what the user did with what a turn has changed, or with the turn. */
  record(turnId: string, event: Extract<TurnEvent, { type: 'hunksReviewed' | 'restored' | 'restoreUndone' }>): void {
    if (!this.#disposed) this.#emit(turnId, event)
  }

  /** Ends what runs and writes what is left; afterwards nothing more happens. What is queued is for the next window. */
  async dispose(): Promise<void> {
    this.#disposed = true
    for (const pending of this.#queue.splice(0)) pending.done(this.#neverStarted())
    this.#running?.source.cancel('dispose')
    await this.#running?.ended
    await this.#journal.flush()
    this.#listeners.clear()
  }

  #enqueue(pending: Pending): void {
    const { messageId, text, options } = pending
    const registration = options.token?.onCancellationRequested(() => this.unqueue(messageId))
    const settle = (result: TurnResult): void => {
      registration?.dispose()
      pending.done(result)
    }
    this.#queue.push({ ...pending, done: settle })
    this.#emit(this.#lastTurnId(), { type: 'messageQueued', messageId, text })
  }

  #start(pending: Pending): void {
    const turnId = this.#newId('turn')
    const source = new CancellationSource()
    const steering = new Steering()
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const running: Running = { turnId, source, batch: undefined, steering, ended }
    this.#running = running
    const { text, options, messageId } = pending
    const { context, source: from, model = '' } = options
    this.#emit(turnId, { type: 'turnStarted', messageId, text, context, source: from, model })
    const registration = options.token?.onCancellationRequested(() => this.#requestStop(running))
    if (options.token?.isCancellationRequested === true) this.#requestStop(running)
    void this.#run(running, options).then((how) => {
      registration?.dispose()
      source.dispose()
      this.#finish(running, how, pending)
      end()
    })
  }

  #finish({ turnId, steering }: Running, end: TurnEnd, pending: Pending): void {
    this.#running = undefined
    this.#emit(turnId, { type: 'turnEnded', ...end })
    // Too late for this turn: the first thing of the next one. When VS Code ends, they are for the next window.
    const unsent = this.#disposed ? [] : steering.take()
    const late = unsent.map((messageId) => this.#lateSteer(messageId))
    this.#queue.unshift(...late.filter((message) => message !== undefined))
    pending.done(this.#result(turnId, end))
    if (end.status !== 'completed') this.#returnQueue()
    // Whoever heard of the end may have begun another turn.
    if (this.#isRunning()) return
    const next = this.#queue.shift()
    if (next !== undefined) this.#start(next)
  }

  #isRunning(): boolean {
    return this.#running !== undefined
  }

  async #run(running: Running, options: SendOptions): Promise<TurnEnd> {
    const { source, turnId } = running
    try {
      if (!this.#parts.workspace.trusted())
        throw new ModelError('untrusted', 'Stretto reads only, until you trust this workspace.')
      await using lease = await this.#lease(options.model, source.token)
      const emit = (event: TurnEvent | CallEvent): void => {
        if (event.type === 'messageDelivered') this.#steered.delete(event.messageId)
        this.#emit(turnId, event)
      }
      const turn = { sessionId: this.id, turnId }
      const gate = this.gate.forTurn(options.approvals)
      const end = await runTurn({
        model: lease.model,
        system: (this.#system ??= systemPrompt(this.#parts.workspace.folders(), process.platform)),
        tools: this.#tools.byName,
        definitions: this.#tools.definitions,
        source,
        state: () => this.#state,
        emit,
        newBatch: () => (running.batch = new Batch({ ...this.#parts, turn, gate, emit }, source)),
        newId: (kind) => this.#newId(kind),
        stepEnded: () => this.#tools.stepEnded(),
        steering: running.steering,
      })
      // What its commands left running goes on after a turn that was not stopped.
      if (end.status === 'stopped') await this.#parts.processes.endOwned(ownerOf(turn))
      return end
    } catch (error) {
      return this.#failure(error, source)
    }
  }

  /** Ends with the token, even where the way to the model does not look at it. */
  #lease(model: string | undefined, token: CancellationToken): Promise<ModelLease> {
    const giveBack = (late: ModelLease): void => {
      late[Symbol.asyncDispose]().catch((error: unknown) => this.#parts.log.error('A model was not given back', error))
    }
    return orCancelled(this.#parts.models.acquire(model, token), token, giveBack)
  }

  #failure(error: unknown, source: CancellationSource): TurnEnd {
    if (error instanceof CancelledError || source.token.isCancellationRequested) return { status: 'stopped' }
    if (error instanceof ModelError) return { status: 'failed', error: { code: error.code, message: error.message } }
    this.#parts.log.error('A turn failed', error)
    const message = error instanceof Error ? error.message : String(error)
    return { status: 'failed', error: { code: 'internal', message } }
  }

  #lateSteer(messageId: string): Pending | undefined {
    const steered = this.#steered.get(messageId)
    this.#steered.delete(messageId)
    return steered && { messageId, ...steered, done: () => undefined }
  }

  #requestStop({ turnId, source }: Running): void {
    if (source.token.isCancellationRequested) return
    this.#emit(turnId, { type: 'stopRequested' })
    source.cancel('stop')
  }

  /** Gives queued messages back to whoever wrote them: nothing starts by itself after a stop or a failure. */
  #returnQueue(): void {
    const queue = this.#queue
    this.#queue = []
    for (const { messageId } of queue) this.#emit(this.#lastTurnId(), { type: 'messageUnqueued', messageId })
    for (const pending of queue) pending.done(this.#neverStarted())
    if (queue.length > 0) this.#parts.onReturned({ sessionId: this.id, texts: queue.map(({ text }) => text) })
  }

  #emit(turnId: string, event: TurnEvent | CallEvent): void {
    const whole = { ...event, at: this.#parts.clock.now(), turnId }
    this.#state = reduce(this.#state, whole)
    this.#journal.append(whole)
    this.#unheard.push(whole)
    if (!this.#telling) this.#tell()
  }

  #tell(): void {
    this.#telling = true
    try {
      for (let event = this.#unheard.shift(); event !== undefined; event = this.#unheard.shift()) {
        for (const listener of this.#listeners) this.#hear(listener, event)
      }
    } finally {
      this.#telling = false
    }
  }

  /** A fault of one who listens is not the turn's. */
  #hear(listener: (event: SessionEvent) => void, event: SessionEvent): void {
    try {
      listener(event)
    } catch (error) {
      this.#parts.log.error(`A listener failed at ${event.type}`, error)
    }
  }

  /** What a crash left open ends here: its calls are not run again. */
  #closeTorn(): void {
    for (const { id: callId, turnId } of this.#state.calls.filter(({ endedAt }) => endedAt === undefined)) {
      const result = 'Cancelled (dispose): VS Code ended before this call did. Its effect is unknown.'
      const why = { reason: 'dispose', fact: 'effect unknown' }
      this.#emit(turnId, { type: 'callEnded', callId, status: 'cancelled', result, ...why })
    }
    for (const { id: stepId, turnId } of this.#state.messages.filter(
      (message) => message.role === 'assistant' && message.streaming,
    )) {
      this.#emit(turnId, { type: 'stepEnded', stepId, broken: 'VS Code ended.' })
    }
    for (const { id } of this.#state.turns.filter(({ endedAt }) => endedAt === undefined)) {
      this.#emit(id, { type: 'turnEnded', status: 'stopped' })
    }
    const unsent = [...this.#state.steers, ...this.#state.queue]
    this.#returned = unsent.map(({ text }) => text)
    for (const { id: messageId } of unsent) this.#emit(this.#lastTurnId(), { type: 'messageUnqueued', messageId })
  }

  #result(turnId: string, end: TurnEnd): TurnResult {
    const answers = this.#state.messages
      .filter((message) => message.turnId === turnId)
      .filter((message) => message.role === 'assistant')
    const byId = new Map(this.#state.calls.map((call) => [call.id, call]))
    const calls = answers.flatMap(({ callIds }) => callIds.flatMap((id) => byId.get(id) ?? []))
    const turn = this.#state.turns.find(({ id }) => id === turnId)
    return {
      sessionId: this.id,
      status: end.status,
      text: answers.findLast(({ text }) => text !== '')?.text ?? '',
      ...('error' in end && { error: end.error }),
      calls: calls.map(({ id, name, status, reason }) => ({
        id,
        name,
        status,
        ...(reason !== undefined && { reason }),
      })),
      usage: turn?.usage ?? { inputTokens: 0, outputTokens: 0 },
    }
  }

  #neverStarted(): TurnResult {
    return { sessionId: this.id, status: 'stopped', text: '', calls: [], usage: { inputTokens: 0, outputTokens: 0 } }
  }

  #lastTurnId(): string {
    return this.#running?.turnId ?? this.#state.turns.at(-1)?.id ?? ''
  }

  #newId(kind: keyof Counts): string {
    return `${kind[0]}${++this.#counts[kind]}`
  }
}
