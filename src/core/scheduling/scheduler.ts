import type { CancelReason, WaitingFor } from '../../protocol/events.ts'
import type { Failure } from '../ports.ts'
import type { Action, Plan } from '../tools/tool.ts'
import { Call, type CallEvent, type CallRequest } from './call.ts'
import { Children } from './children.ts'
import { type CancellationSource, orCancelled } from './cancellation.ts'
import { type Obstacle, obstacleOf } from './hazards.ts'
import { deferredOutcome, failedOutcome, fromError, neverRan, type Outcome } from './outcome.ts'
import type { SchedulerParts } from './parts.ts'
import { Place } from './slots.ts'
import { Work } from './work.ts'

/** Where a batch stands. */
interface Nesting {
  /** How many calls its calls are inside of. */
  depth: number
  /** Called when `open` or `ticking` has changed. */
  onChange(): void
}

/** The calls of one step, or of one script: siblings, which run at the same time unless their claims conflict. */
export class Batch {
  readonly #parts: SchedulerParts
  readonly #parent: CancellationSource
  readonly #nesting: Nesting
  readonly #calls: Call[] = []
  #open = 0
  #ticking = 0
  /** Calls whose work has begun. */
  readonly #works = new Map<Call, Work>()

  /** @param parent whose cancellation ends every call of the batch */
  constructor(
    parts: SchedulerParts,
    parent: CancellationSource,
    nesting: Nesting = { depth: 0, onChange: () => undefined },
  ) {
    this.#parts = parts
    this.#parent = parent
    this.#nesting = nesting
  }

  get calls(): readonly Call[] {
    return this.#calls
  }

  /** How many have no result. */
  get open(): number {
    return this.#open
  }

  /** How many work, so that their deadline runs. */
  get ticking(): number {
    return this.#ticking
  }

  /** Takes the next call in the order in which the model wrote them; it begins as soon as nothing is in its way. */
  submit(request: CallRequest): Promise<Outcome> {
    const call = new Call(request, this.#parent, this.#nesting.depth)
    const earlier = this.#calls.filter(({ outcome }) => outcome === undefined)
    this.#calls.push(call)
    this.#parts.open.set(call.id, call)
    this.#count(1, 0)
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
      outcome = await this.#bring(call, earlier)
    } catch (error) {
      outcome = token.reason === undefined ? fromError(error, undefined, '') : neverRan(token.reason)
    }
    outcome = this.#unlessKept(call, outcome)
    this.#works.delete(call)
    this.#parts.open.delete(call.id)
    if (call.end(outcome)) this.#parts.emit({ type: 'callEnded', callId: call.id, ...outcome })
    this.#count(-1, 0)
  }

  /**
   * Plans, asks and waits, again until nothing has changed since the plan was made, then runs it. From the last look at
   * the siblings to the start of the work nothing is awaited.
   */
  async #bring(call: Call, earlier: readonly Call[]): Promise<Outcome> {
    const { token } = call.source
    using place = new Place(this.#parts.slots)
    for (;;) {
      const plan = await this.#plan(call)
      if ('kind' in plan) return failedOutcome(plan.code, plan.message)
      const asked = await this.#pass(call, plan.action, place)
      if (typeof asked !== 'boolean') return asked
      let stale = asked
      for (
        let obstacle = obstacleOf(call, earlier);
        !stale && obstacle !== undefined;
        obstacle = obstacleOf(call, earlier)
      )
        stale = await this.#wait(call, obstacle, place)
      if (stale) continue
      token.throwIfCancelled()
      if (place.tryTake()) return await this.#run(call, plan, place)
      this.#move(call, 'queued', { type: 'callQueued', callId: call.id })
      await whileWaiting(call, place.take(token))
    }
  }

  async #plan(call: Call): Promise<Plan | Failure> {
    const { tool, input } = call.request
    const { token } = call.source
    token.throwIfCancelled()
    const plan = await orCancelled(tool.plan(input), token)
    if (!('kind' in plan)) call.plan(plan.claims)
    return plan
  }

  /** True when the user was asked and allowed it, an outcome when it may not be done. */
  async #pass(call: Call, action: Action, place: Place): Promise<boolean | Outcome> {
    let asked = false
    const { id, tool, input } = { id: call.id, tool: call.request.tool.name, input: call.request.input }
    const check = this.#parts.gate.check(
      { id, tool, input, action },
      {
        // Asked again when the user has changed what is asked about.
        ask: (request) => {
          if (!asked) call.waits++
          asked = true
          place.give()
          this.#move(call, 'approval', { type: 'callApproval', callId: id, request })
        },
        answered: (answer) => this.#move(call, 'queued', { type: 'callAnswered', callId: id, answer }),
      },
      call.source.token,
    )
    const verdict = await orCancelled(check, call.source.token)
    if (asked) call.waits++
    if (verdict.kind === 'denied') return failedOutcome('denied', verdict.message)
    call.reach = verdict.reach ?? 'user'
    return asked
  }

  /** Waits for a sibling. True when that took its time, so that the call must be planned again. */
  async #wait(call: Call, { sibling, kind, over }: Obstacle, place: Place): Promise<boolean> {
    const { waits } = sibling
    const long = kind === 'conflict' || waits % 2 === 1
    const wait = orCancelled(over, call.source.token)
    place.give()
    if (long) this.#say(call, hazard(sibling))
    await (long ? whileWaiting(call, wait) : wait)
    if (long) return true
    // Edits of one document that wait for nothing else begin together: they are not planned again one by one.
    if (kind !== 'order' || sibling.waits === waits) return false
    call.waits += 2
    return true
  }

  async #run(call: Call, plan: Plan, place: Place): Promise<Outcome> {
    const work = new Work(call, plan, place, this.#parts, {
      waits: (waitingFor) => this.#say(call, waitingFor),
      ticks: (does) => this.#count(0, does ? 1 : -1),
      children: (goesOn, onChange) => {
        const nesting = { depth: call.depth + 1, onChange }
        const above = goesOn ? this.#parent : call.source
        return new Children(call, above, this.#parts, (source) => new Batch(this.#parts, source, nesting))
      },
    })
    this.#works.set(call, work)
    this.#move(call, 'running', { type: 'callRunning', callId: call.id })
    try {
      return await work.run()
    } finally {
      work.leave()
    }
  }

  #count(open: number, ticking: number): void {
    this.#open += open
    this.#ticking += ticking
    this.#nesting.onChange()
  }

  /** A question that was open, or a command that had not begun, was kept from running by the steer. */
  #unlessKept(call: Call, outcome: Outcome): Outcome {
    if (outcome.status !== 'cancelled' || outcome.reason !== 'steer' || this.#hasRun(call)) return outcome
    const { reason = 'steer' } = call.source.token
    return reason === 'steer' ? deferredOutcome() : neverRan(reason)
  }

  #hasRun(call: Call): boolean {
    const work = this.#works.get(call)
    if (work === undefined) return false
    return work.abandoned || work.canGoOn || (!call.asking && call.request.tool.onSteer !== 'background')
  }

  #say(call: Call, waitingFor: WaitingFor): void {
    this.#move(call, 'waiting', { type: 'callWaiting', callId: call.id, waitingFor })
  }

  #move(call: Call, status: Call['status'], event: CallEvent): void {
    if (call.outcome !== undefined) return
    call.status = status
    this.#parts.emit(event)
  }
}

/** So that a sibling that waits for this one can tell a wait from a moment. */
async function whileWaiting(call: Call, wait: Promise<unknown>): Promise<void> {
  call.waits++
  try {
    await wait
  } finally {
    call.waits++
  }
}

function hazard(cause: Call): WaitingFor {
  const { id, tool, summary } = cause.request
  return { kind: 'hazard', callId: id, name: tool.name, summary }
}
