import type { WaitingFor } from '../../protocol/events.ts'
import type { Background, CallProgress, Plan, ToolResult } from '../tools/tool.ts'
import type { Call } from './call.ts'
import type { Children } from './children.ts'
import { abandonedOutcome, backgroundedOutcome, fromError, fromToolResult, type Outcome } from './outcome.ts'
import type { SchedulerParts } from './parts.ts'
import type { Place } from './slots.ts'

/** How long a tool may take to end after its token was cancelled, in ms, before it is abandoned. */
export const GRACE_MS = 2_500

/** Live output kept for a call that has to be abandoned, in UTF-16 units. */
const KEPT_OUTPUT = 16 * 1024

/** What a call's work tells of itself, and what it is given. */
interface WorkHooks {
  waits(waitingFor: WaitingFor): void
  /** Whether its deadline runs. */
  ticks(does: boolean): void
  /**
   * @param goesOn whether it is in the background already
   * @param onChange called when a child begins to work, waits or ends
   */
  children(goesOn: boolean, onChange: () => void): Children
}

/** The running part of a call: its deadline, its place among the running, and what it says of itself. */
export class Work {
  readonly #call: Call
  readonly #plan: Plan
  readonly #place: Place
  readonly #parts: SchedulerParts
  readonly #hooks: WorkHooks
  #children: Children | undefined
  #waiting = false
  #ticks = false
  #over = false
  #abandoned = false
  #returned = false
  #goesOn = false
  #left: number
  #since = 0
  #deadline: { dispose(): void } | undefined
  #grace: { dispose(): void } | undefined
  readonly #givenUp = Promise.withResolvers<'over'>()
  #goOn: (() => Background) | undefined
  readonly #backgrounded = Promise.withResolvers<Outcome>()

  /** @param place which the call holds */
  constructor(call: Call, plan: Plan, place: Place, parts: SchedulerParts, hooks: WorkHooks) {
    this.#call = call
    this.#plan = plan
    this.#place = place
    this.#parts = parts
    this.#hooks = hooks
    this.#left = plan.deadlineMs ?? call.request.tool.deadlineMs ?? Number.POSITIVE_INFINITY
    this.#follow()
  }

  async run(): Promise<Outcome> {
    const { source } = this.#call
    const registration = source.token.onCancellationRequested(() => this.#follow())
    const result = invoke(() => this.#begin())
    this.#call.begun = true
    this.#call.started.resolve()
    const outcome = result
      .then((value) => fromToolResult(value, source.token.reason))
      .catch((error: unknown) => fromError(error, source.token.reason, this.#call.output))
      .then((ended) => this.#afterChildren(ended))
    const first = await Promise.race([outcome, this.#givenUp.promise, this.#backgrounded.promise])
    registration.dispose()
    return first === 'over' ? this.#abandon(outcome) : first
  }

  /** A call's own calls have their results before it has its own. */
  async #afterChildren(outcome: Outcome): Promise<Outcome> {
    this.#returned = true
    this.#follow()
    await this.#children?.end()
    return outcome
  }

  /** An edit takes its tickets in this very call; before a command the workspace may have to be kept. */
  #begin(): Promise<ToolResult> {
    const { token } = this.#call.source
    const run = (): Promise<ToolResult> => this.#plan.run(this.#progress(), token)
    const runs = this.#plan.claims.some(({ kind }) => kind === 'run')
    const ready = runs ? this.#parts.beforeRun?.(this.#parts.turn, token) : undefined
    return ready === undefined ? run() : ready.then(run)
  }

  #abandon(late: Promise<Outcome>): Outcome {
    this.#abandoned = true
    this.#warn('did not end when cancelled; abandoned')
    void this.#children?.end()
    void late.then(({ status, reason = '' }) => {
      this.#warn(`ended after it was abandoned; its result is not believed: ${status} ${reason}`.trimEnd())
    })
    return abandonedOutcome(this.#call.source.token.reason ?? 'stop', this.#call.output)
  }

  /** Whether it did not end when it was cancelled: what it did is unknown. */
  get abandoned(): boolean {
    return this.#abandoned
  }

  /** Whether a command or a script has begun, and can go on in the background. */
  get canGoOn(): boolean {
    return this.#goOn !== undefined
  }

  /** The user wrote while this runs: what finishes goes on, the rest returns what it has or goes to the background. */
  steer(): void {
    const { source, asking, request } = this.#call
    if (this.#over || source.token.isCancellationRequested) return
    if (request.tool.onSteer === 'background' && this.#goOn !== undefined) this.#handOver(this.#goOn)
    else if (asking || request.tool.onSteer !== 'finish') source.cancel('steer')
  }

  #handOver(goOn: () => Background): void {
    try {
      const outcome = backgroundedOutcome(goOn(), true)
      this.#goesOn = true
      this.#children?.goOn()
      this.#backgrounded.resolve(outcome)
      this.leave()
    } catch (error) {
      this.#parts.log.error(`${this.#call.request.tool.name} (${this.#call.id}) could not be backgrounded`, error)
      this.#call.source.cancel('steer')
    }
  }

  /** Gives the place back and stops the clock, whatever the work still does. */
  leave(): void {
    this.#over = true
    this.#follow()
  }

  /**
   * After a change of its own or of its children: it holds a place while it works itself, its deadline runs while it or
   * one of them works, and its grace begins when it is cancelled and none of them is open.
   */
  #follow(): void {
    const works = !this.#over && !this.#waiting && !this.#returned
    const alone = (this.#children?.open ?? 0) === 0
    if (works && alone) this.#place.retake()
    else this.#place.give()
    this.#tick(works && (alone || (this.#children?.ticking ?? 0) > 0))
    const ends = !this.#over && alone && this.#call.source.token.isCancellationRequested
    if (ends) this.#grace ??= this.#parts.clock.after(GRACE_MS, () => this.#givenUp.resolve('over'))
    else if (this.#over) this.#grace?.dispose()
  }

  #tick(does: boolean): void {
    if (does === this.#ticks) return
    this.#ticks = does
    if (does) this.#startDeadline()
    else {
      this.#left -= this.#parts.clock.now() - this.#since
      this.#deadline?.dispose()
    }
    this.#hooks.ticks(does)
  }

  #progress(): CallProgress {
    const { id: callId, request, source } = this.#call
    return {
      owner: { ...this.#parts.turn, callId, name: request.tool.name },
      reach: this.#call.reach,
      output: (text) => {
        if (this.#over || text === '') return
        this.#call.output = (this.#call.output + text).slice(-KEPT_OUTPUT)
        this.#parts.emit({ type: 'callOutput', callId, text })
      },
      waiting: (waitingFor) => {
        if (waitingFor === undefined) this.#resume()
        else this.#pause(() => this.#hooks.waits(waitingFor))
      },
      onBackground: (goOn) => {
        if (!source.token.isCancellationRequested) this.#goOn = goOn
      },
      children: () => {
        this.#children ??= this.#hooks.children(this.#goesOn, () => this.#follow())
        if (this.#returned) void this.#children.end()
        return this.#children
      },
      permits: (url) => this.#parts.gate.permits(url, source.token),
      ask: async (question) => {
        this.#pause(() => {
          this.#call.asking = true
          this.#call.status = 'approval'
          this.#parts.emit({ type: 'callAsked', callId, question })
        })
        try {
          return await this.#parts.gate.ask(callId, question, source.token)
        } finally {
          this.#call.asking = source.token.isCancellationRequested
          this.#resume()
        }
      },
    }
  }

  #pause(say: () => void): void {
    if (this.#over) return
    this.#waiting = true
    this.#follow()
    say()
  }

  #resume(): void {
    if (!this.#waiting || this.#over) return
    this.#waiting = false
    this.#follow()
    this.#call.status = 'running'
    this.#parts.emit({ type: 'callRunning', callId: this.#call.id })
  }

  #warn(message: string): void {
    this.#parts.log.warn(`${this.#call.request.tool.name} (${this.#call.id}) ${message}`)
  }

  #startDeadline(): void {
    this.#since = this.#parts.clock.now()
    if (this.#left === Number.POSITIVE_INFINITY) return
    this.#deadline = this.#parts.clock.after(Math.max(0, this.#left), () => this.#call.source.cancel('timeout'))
  }
}

/** A tool that throws before its first await, or gives what is no promise, is no worse than one that rejects. */
function invoke<T>(start: () => Promise<T>): Promise<T> {
  return new Promise((resolve) => resolve(start()))
}
