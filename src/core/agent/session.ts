import type { ApprovalAnswer, SessionEvent, TurnSource } from '../../protocol/events.ts'
import type { ApprovalMode } from '../../protocol/messages.ts'
import type { SessionState } from '../../protocol/state.ts'
import { ModelError } from '../models/model.ts'
import { Owner } from '../models/owner.ts'
import type { ModelLease } from '../models/source.ts'
import type { Call, CallEvent } from '../scheduling/call.ts'
import { BackgroundTable } from '../processes/background.ts'
import { ownerOf } from '../processes/processes.ts'
import { CancellationSource, type CancellationToken, orCancelled } from '../scheduling/cancellation.ts'
import type { SchedulerParts } from '../scheduling/parts.ts'
import { Batch } from '../scheduling/scheduler.ts'
import type { Journal } from '../sessions/journal.ts'
import { type Conversation, makeRoom } from './compaction.ts'
import { EventLog } from './eventLog.ts'
import { type Counts, countsOf } from './counts.ts'
import { SessionGate } from './gate.ts'
import type { SessionParts } from './parts.ts'
import { systemPrompt } from './prompt.ts'
import { SessionBudget } from './sessionBudget.ts'
import { Steering } from './steering.ts'
import { closeTorn } from './torn.ts'
import { Toolset } from './toolset.ts'
import { endBy, runTurn, type TurnEnd, type TurnEvent } from './turn.ts'
import { neverStarted, type TurnResult, turnResult } from './turnResult.ts'

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

interface Pending {
  messageId: string
  text: string
  options: SendOptions
  done(result: TurnResult): void
}

interface Running {
  turnId: string
  source: CancellationSource
  steering: Steering
  ended: Promise<unknown>
}

/** One conversation: takes messages, runs one turn at a time, and tells everything that happens as events. */
export class Session {
  readonly id: string
  /** Of the clients of models that are this session's alone. */
  readonly #owner: Owner
  readonly #parts: SessionParts
  readonly #events: EventLog
  /** What goes on when its call has ended, also after its turn. */
  readonly background: BackgroundTable
  readonly #tools: Toolset
  /** Its questions to the user. */
  readonly gate: SessionGate
  /** What it may take, and its questions about that. */
  readonly budget: SessionBudget
  readonly #open = new Map<string, Call>()
  readonly #counts: Counts
  #queue: Pending[] = []
  /** Steers that no request has taken yet. */
  readonly #steered = new Map<string, { text: string; options: SendOptions }>()
  #running: Running | undefined
  #system: string | undefined
  #disposed = false
  /** The user asked for a summary: it is made before the next request. */
  #wishesSummary = false
  #returned: string[]

  /** @param state empty, or what the journal gave back */
  constructor(state: SessionState, journal: Journal, parts: SessionParts) {
    this.id = state.id
    this.#owner = new Owner(`session:${state.id}`)
    this.#parts = parts
    this.#events = new EventLog(state, journal, parts)
    this.background = new BackgroundTable({ ...parts, emit: (turnId, event) => this.#events.add(turnId, event) })
    this.budget = new SessionBudget(parts, this.#events)
    this.#tools = new Toolset(parts, this.background, this.budget, {
      id: this.id,
      chosen: () => this.state.chosenModel?.model,
    })
    this.gate = new SessionGate(parts)
    this.#counts = countsOf(state)
    this.#returned = closeTorn(this.#events)
  }

  get state(): SessionState {
    return this.#events.state
  }

  onEvent(listener: (event: SessionEvent) => void): { dispose(): void } {
    return this.#events.onEvent(listener)
  }

  /**
   * Starts a turn, or queues the message for the end of the running one. Settles when its turn has ended; a message that
   * is taken back before settles as stopped. Never rejects for what a user can meet.
   */
  send(text: string, options: SendOptions): Promise<TurnResult> {
    const { promise, resolve } = Promise.withResolvers<TurnResult>()
    const pending: Pending = { messageId: this.#newId('message'), text, options, done: resolve }
    if (this.#disposed) resolve(neverStarted(this.id))
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
    this.#events.add(running.turnId, { type: 'messageSteered', messageId, text })
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
      this.#events.add(this.#lastTurnId(), { type: 'messageUnqueued', messageId })
      return steered.text
    }
    const at = this.#queue.findIndex((pending) => pending.messageId === messageId)
    const [pending] = at === -1 ? [] : this.#queue.splice(at, 1)
    if (pending === undefined) return undefined
    this.#events.add(this.#lastTurnId(), { type: 'messageUnqueued', messageId })
    pending.done(neverStarted(this.id))
    return pending.text
  }

  /** Ends the turn, or one call, its own or one that a call made; settles when all of it has ended. Settles at once when nothing runs. */
  async stop(callId?: string): Promise<void> {
    if (callId !== undefined) {
      const call = this.#open.get(callId)
      call?.source.cancel('stop')
      await call?.ended.promise
    } else if (this.#running !== undefined) {
      const { ended } = this.#running
      this.#requestStop(this.#running)
      await ended
    }
  }

  /**
   * Puts a summary in the place of the conversation so far: before the running turn's next request, or at once, then as
   * something that Stop ends. Settles when that is done or put off; false when nothing came of it.
   */
  async summarise(): Promise<boolean> {
    const turnId = this.#lastTurnId()
    if (this.#disposed || turnId === '') return false
    if (this.#running !== undefined) {
      this.#wishesSummary = true
      return true
    }
    const before = this.state.compactions
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const running: Running = { turnId, source: new CancellationSource(), steering: new Steering(), ended }
    this.#running = running
    try {
      await using lease = await this.#lease(this.state.chosenModel?.model, running.source.token)
      await makeRoom(this.#conversation(running, lease, true), 'asked', running.source)
    } catch (error) {
      const failure = endBy(error, { source: running.source, log: this.#parts.log })
      if ('error' in failure) this.#events.add(turnId, { type: 'compactionEnded', error: failure.error.message })
    }
    this.#running = undefined
    running.source.dispose()
    this.#takeLate(running.steering)
    end()
    this.#startNext()
    return this.state.compactions !== before
  }

  /** The user's answer to a question about a call. False when that is no longer the question. */
  approve(callId: string, fingerprint: string, answer: ApprovalAnswer): boolean {
    return this.gate.answer(callId, fingerprint, answer)
  }

  /** The user's answer to the model's question. */
  reply(callId: string, text: string): boolean {
    return this.gate.reply(callId, text)
  }

  /** Adds what the user did: with what a turn has changed, with the turn, or with the session. */
  record(
    turnId: string,
    event: Extract<TurnEvent, { type: 'hunksReviewed' | 'restored' | 'restoreUndone' | 'modelChosen' }>,
  ): void {
    if (!this.#disposed) this.#events.add(turnId, event)
  }

  /** Ends what runs and writes what is left; afterwards nothing more happens. What is queued is for the next window. */
  async dispose(): Promise<void> {
    this.#disposed = true
    for (const pending of this.#queue.splice(0)) pending.done(neverStarted(this.id))
    this.#running?.source.cancel('dispose')
    await Promise.all([this.#running?.ended, this.background.dispose()])
    this.#owner.end()
    // What the turn still put there while it ended.
    await this.background.dispose()
    await this.#events.close()
  }

  #enqueue(pending: Pending): void {
    const { messageId, text, options } = pending
    const registration = options.token?.onCancellationRequested(() => this.unqueue(messageId))
    const settle = (result: TurnResult): void => {
      registration?.dispose()
      pending.done(result)
    }
    this.#queue.push({ ...pending, done: settle })
    this.#events.add(this.#lastTurnId(), { type: 'messageQueued', messageId, text })
  }

  #start(pending: Pending): void {
    const turnId = this.#newId('turn')
    const source = new CancellationSource()
    const steering = new Steering()
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const running: Running = { turnId, source, steering, ended }
    this.#running = running
    const { text, options, messageId } = pending
    const { context, source: from, model = this.state.chosenModel?.model ?? '' } = options
    this.#events.add(turnId, { type: 'turnStarted', messageId, text, context, source: from, model })
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
    this.#events.add(turnId, { type: 'turnEnded', ...end })
    this.#takeLate(steering)
    pending.done(turnResult(this.state, turnId, end))
    if (end.status !== 'completed') this.#returnQueue()
    this.#startNext()
  }

  /** Too late for this turn: the first thing of the next one. When VS Code ends, they are for the next window. */
  #takeLate(steering: Steering): void {
    const unsent = this.#disposed ? [] : steering.take()
    const late = unsent.map((messageId) => this.#lateSteer(messageId))
    this.#queue.unshift(...late.filter((message) => message !== undefined))
  }

  /** Unless whoever heard of the end has begun another turn. */
  #startNext(): void {
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
      await using lease = await this.#lease(options.model ?? this.state.chosenModel?.model, source.token)
      const emit = (event: TurnEvent | CallEvent): void => {
        if (event.type === 'messageDelivered') this.#steered.delete(event.messageId)
        this.#events.add(turnId, event)
      }
      const turn = { sessionId: this.id, turnId }
      const gate = this.gate.forTurn(options.approvals)
      const scheduling: Omit<SchedulerParts, 'stepId'> = {
        ...this.#parts,
        turn,
        gate,
        emit,
        tools: this.#tools.byName,
        newCallId: () => this.#newId('call'),
        open: this.#open,
      }
      const end = await runTurn({
        ...this.#conversation(running, lease, options.source !== 'api'),
        emit,
        tools: this.#tools.byName,
        source,
        newBatch: (stepId) => new Batch({ ...scheduling, stepId }, source),
        newId: (kind) => this.#newId(kind),
        stepEnded: () => this.#tools.stepEnded(),
        steering: running.steering,
        budget: this.budget,
        takeSummaryWish: () => this.#takeSummaryWish(),
      })
      // What its calls left running goes on after a turn that was not stopped.
      if (end.status === 'stopped') await this.#endStarted(turn)
      return end
    } catch (error) {
      return endBy(error, { source, log: this.#parts.log })
    }
  }

  /** What its requests are made of. */
  #conversation({ turnId }: Running, { model, facts }: ModelLease, byUser: boolean): Conversation {
    const { workspace, clock, log } = this.#parts
    return {
      sessionId: this.id,
      turnId,
      model,
      facts,
      byUser,
      system: (this.#system ??= systemPrompt(workspace.folders(), process.platform)),
      definitions: this.#tools.definitions,
      state: () => this.state,
      emit: (event) => this.#events.add(turnId, event),
      spending: this.budget,
      clock,
      log,
    }
  }

  #takeSummaryWish(): boolean {
    const wished = this.#wishesSummary
    this.#wishesSummary = false
    return wished
  }

  async #endStarted(turn: SchedulerParts['turn']): Promise<void> {
    await Promise.all([this.background.endTurn(turn.turnId), this.#parts.processes.endOwned(ownerOf(turn))])
  }

  /** Ends with the token, even where the way to the model does not look at it. */
  #lease(model: string | undefined, token: CancellationToken): Promise<ModelLease> {
    const giveBack = (late: ModelLease): void => {
      late[Symbol.asyncDispose]().catch((error: unknown) => this.#parts.log.error('A model was not given back', error))
    }
    return orCancelled(this.#parts.models.acquire(model && { model, owner: this.#owner }, token), token, giveBack)
  }

  #lateSteer(messageId: string): Pending | undefined {
    const steered = this.#steered.get(messageId)
    this.#steered.delete(messageId)
    return steered && { messageId, ...steered, done: () => undefined }
  }

  #requestStop({ turnId, source }: Running): void {
    if (source.token.isCancellationRequested) return
    this.#events.add(turnId, { type: 'stopRequested' })
    source.cancel('stop')
  }

  /** Gives queued messages back to whoever wrote them: nothing starts by itself after a stop or a failure. */
  #returnQueue(): void {
    const queue = this.#queue
    this.#queue = []
    for (const { messageId } of queue) this.#events.add(this.#lastTurnId(), { type: 'messageUnqueued', messageId })
    for (const pending of queue) pending.done(neverStarted(this.id))
    if (queue.length > 0) this.#parts.onReturned({ sessionId: this.id, texts: queue.map(({ text }) => text) })
  }

  #lastTurnId(): string {
    return this.#running?.turnId ?? this.state.turns.at(-1)?.id ?? ''
  }

  #newId(kind: keyof Counts): string {
    return `${kind[0]}${++this.#counts[kind]}`
  }
}
