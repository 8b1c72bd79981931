import type { CancelReason, WaitingFor } from '../../protocol/events.ts'
import type { Action, Plan } from '../tools/tool.ts'
import { Call, type CallEvent, type CallRequest } from './call.ts'
import { type CancellationSource, orCancelled } from './cancellation.ts'
import { passHazards } from './hazards.ts'
import { deferredOutcome, failedOutcome, fromError, neverRan, type Outcome } from './outcome.ts'
import type { SchedulerParts } from './parts.ts'
import { Work } from './work.ts'

/** The calls of one step, or of one script: siblings, which run at the same time unless their claims conflict. */
export class Batch {
  readonly #parts: SchedulerParts
  readonly #parent: CancellationSource
  readonly #calls: Call[] = []
  /** Calls whose work has begun. */
  readonly #works = new Map<Call, Work>()

  /** @param parent whose cancellation ends every call of the batch */
  constructor(parts: SchedulerParts, parent: CancellationSource) {
    this.#parts = parts
    this.#parent = parent
  }

  get calls(): readonly Call[] {
    return this.#calls
  }

  /** Takes the next call in the order in which the model wrote them; it begins as soon as nothing is in its way. */
  submit(request: CallRequest): Promise<Outcome> {
    const call = new Call(request, this.#parent)
    const earlier = [...this.#calls]
    this.#calls.push(call)
    void this.#drive(call, earlier)
    return call.ended.promise
  }

  /** Each call's result, in call order. Never rejects: a failed call is a result. */
  results(): Promise<Outcome[]> {
    return Promise.all(this.#calls.map((call) => call.ended.promise))
  }

  /** Cancels one call and leaves its siblings alone; settles when it has ended. */
  async cancel(callId: string, reason: CancelReason): Promise<boolean> {
    const call = this.#calls.find(({ id }) => id === callId)
    if (call === undefined) return false
    call.source.cancel(reason)
    await call.ended.promise
    return true
  }

  /** A message came for the turn: what has not begun is deferred, what runs does what its tool says. */
  steer(): void {
    for (const call of this.#calls) {
      if (call.outcome !== undefined) continue
      const work = this.#works.get(call)
      if (work === undefined) call.source.cancel('steer')
      else work.steer()
    }
  }

  async #drive(call: Call, earlier: readonly Call[]): Promise<void> {
    const { token } = call.source
    let outcome: Outcome
    try {
      this.#move(call, 'queued', { type: 'callQueued', callId: call.id })
      const ready = await this.#prepare(call, earlier)
      outcome = 'plan' in ready ? await this.#run(call, ready.plan) : ready
    } catch (error) {
      outcome = token.reason === undefined ? fromError(error, undefined, '') : neverRan(token.reason)
    }
    // A question that was open, or a command that had not begun, was kept from running by the steer.
    if (outcome.status === 'cancelled' && token.reason === 'steer' && !this.#hasRun(call)) outcome = deferredOutcome()
    this.#works.delete(call)
    if (call.end(outcome)) this.#parts.emit({ type: 'callEnded', callId: call.id, ...outcome })
  }

  /** Plans, asks and waits, again until nothing has changed since the plan was made. Leaves with a place taken. */
  async #prepare(call: Call, earlier: readonly Call[]): Promise<{ plan: Plan } | Outcome> {
    const { token } = call.source
    const { tool, input } = call.request
    for (;;) {
      const plan = await orCancelled(tool.plan(input), token)
      if ('kind' in plan) return failedOutcome(plan.code, plan.message)
      call.claims = plan.claims
      call.planned.resolve()
      const asked = await this.#pass(call, plan.action)
      if (typeof asked !== 'boolean') return asked
      const waited = await passHazards(call, earlier, (cause) => this.#wait(call, hazard(cause)))
      if (asked || waited) continue
      token.throwIfCancelled()
      if (this.#parts.slots.tryTake()) return { plan }
      this.#move(call, 'queued', { type: 'callQueued', callId: call.id })
      await this.#parts.slots.take(token)
      return { plan }
    }
  }

  /** True when the user was asked and allowed it, an outcome when it may not be done. */
  async #pass(call: Call, action: Action): Promise<boolean | Outcome> {
    let asked = false
    const { id, tool, input } = { id: call.id, tool: call.request.tool.name, input: call.request.input }
    const verdict = await this.#parts.gate.check(
      { id, tool, input, action },
      {
        ask: (request) => {
          asked = true
          this.#move(call, 'approval', { type: 'callApproval', callId: id, request })
        },
        answered: (answer) => this.#move(call, 'queued', { type: 'callAnswered', callId: id, answer }),
      },
      call.source.token,
    )
    return verdict.kind === 'denied' ? failedOutcome('denied', verdict.message) : asked
  }

  async #run(call: Call, plan: Plan): Promise<Outcome> {
    const work = new Work(call, plan, this.#parts, (waitingFor) => this.#wait(call, waitingFor))
    try {
      call.source.token.throwIfCancelled()
      this.#works.set(call, work)
      this.#move(call, 'running', { type: 'callRunning', callId: call.id })
      return await work.run()
    } finally {
      work.leave()
    }
  }

  #hasRun(call: Call): boolean {
    return this.#works.has(call) && !call.asking && call.request.tool.onSteer !== 'background'
  }

  #wait(call: Call, waitingFor: WaitingFor): void {
    this.#move(call, 'waiting', { type: 'callWaiting', callId: call.id, waitingFor })
  }

  #move(call: Call, status: Call['status'], event: CallEvent): void {
    if (call.outcome !== undefined) return
    call.status = status
    this.#parts.emit(event)
  }
}

function hazard(cause: Call): WaitingFor {
  const { id, tool, summary } = cause.request
  return { kind: 'hazard', callId: id, name: tool.name, summary }
}
