import type { WaitingFor } from '../../protocol/events.ts'
import type { Background, CallProgress, Plan, ToolResult } from '../tools/tool.ts'
import type { Call } from './call.ts'
import { abandonedOutcome, backgroundedOutcome, fromError, fromToolResult, type Outcome } from './outcome.ts'
import type { SchedulerParts } from './parts.ts'
import type { Place } from './slots.ts'

/** How long a tool may take to end after its token was cancelled, in ms, before it is abandoned. */
export const GRACE_MS = 2_500

/** Live output kept for a call that has to be abandoned, in UTF-16 units. */
const KEPT_OUTPUT = 16 * 1024

/** The running part of a call: its deadline, its place among the running, and what it says of itself. */
export class Work {
  readonly #call: Call
  readonly #plan: Plan
  readonly #place: Place
  readonly #parts: SchedulerParts
  readonly #onWait: (waitingFor: WaitingFor) => void
  #working = true
  #over = false
  #abandoned = false
  #left: number
  #since: number
  #deadline: { dispose(): void } | undefined
  #goOn: (() => Background) | undefined
  readonly #backgrounded = Promise.withResolvers<Outcome>()

  /** @param place which the call holds */
  constructor(call: Call, plan: Plan, place: Place, parts: SchedulerParts, onWait: (waitingFor: WaitingFor) => void) {
    this.#call = call
    this.#plan = plan
    this.#place = place
    this.#parts = parts
    this.#onWait = onWait
    this.#left = plan.deadlineMs ?? call.request.tool.deadlineMs ?? Number.POSITIVE_INFINITY
    this.#since = parts.clock.now()
    this.#startDeadline()
  }

  async run(): Promise<Outcome> {
    const { source } = this.#call
    const result = invoke(() => this.#begin())
    this.#call.begun = true
    this.#call.started.resolve()
    const outcome = result
      .then((value) => fromToolResult(value, source.token.reason))
      .catch((error: unknown) => fromError(error, source.token.reason, this.#call.output))
    using grace = this.#grace()
    const first = await Promise.race([outcome, grace.over, this.#backgrounded.promise])
    return first === 'over' ? this.#abandon(outcome) : first
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
    void late.then(({ status, reason = '' }) => {
      this.#warn(`ended after it was abandoned; its result is not believed: ${status} ${reason}`.trimEnd())
    })
    return abandonedOutcome(this.#call.source.token.reason ?? 'stop', this.#call.output)
  }

  /** Whether it did not end when it was cancelled: what it did is unknown. */
  get abandoned(): boolean {
    return this.#abandoned
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
      this.#backgrounded.resolve(backgroundedOutcome(goOn()))
      this.leave()
    } catch (error) {
      this.#parts.log.error(`${this.#call.request.tool.name} (${this.#call.id}) could not be backgrounded`, error)
      this.#call.source.cancel('steer')
    }
  }

  /** Gives the place back and stops the clock, whatever the work still does. */
  leave(): void {
    this.#over = true
    this.#deadline?.dispose()
    this.#place.give()
  }

  /** Settles when the tool was cancelled and has not ended within its grace. */
  #grace(): { over: Promise<'over'>; [Symbol.dispose](): void } {
    const { promise, resolve } = Promise.withResolvers<'over'>()
    let timer: { dispose(): void } | undefined
    const registration = this.#call.source.token.onCancellationRequested(() => {
      timer = this.#parts.clock.after(GRACE_MS, () => resolve('over'))
    })
    const dispose = (): void => {
      registration.dispose()
      timer?.dispose()
    }
    return { over: promise, [Symbol.dispose]: dispose }
  }

  #progress(): CallProgress {
    const { id: callId, request, source } = this.#call
    return {
      owner: { ...this.#parts.turn, callId, name: request.tool.name },
      output: (text) => {
        if (this.#over || text === '') return
        this.#call.output = (this.#call.output + text).slice(-KEPT_OUTPUT)
        this.#parts.emit({ type: 'callOutput', callId, text })
      },
      waiting: (waitingFor) => {
        if (waitingFor === undefined) this.#resume()
        else this.#pause(() => this.#onWait(waitingFor))
      },
      onBackground: (goOn) => {
        this.#goOn = goOn
      },
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
    if (this.#working) {
      this.#working = false
      this.#left -= this.#parts.clock.now() - this.#since
      this.#deadline?.dispose()
      this.#place.give()
    }
    say()
  }

  #resume(): void {
    if (this.#working || this.#over) return
    this.#working = true
    this.#place.retake()
    this.#startDeadline()
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
