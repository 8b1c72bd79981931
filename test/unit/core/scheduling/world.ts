import type { Call, CallEvent } from '../../../../src/core/scheduling/call.ts'
import {
  CancellationSource,
  type CancellationToken,
  orCancelled,
} from '../../../../src/core/scheduling/cancellation.ts'
import { Locks } from '../../../../src/core/scheduling/locks.ts'
import type { Gate } from '../../../../src/core/scheduling/parts.ts'
import { Batch } from '../../../../src/core/scheduling/scheduler.ts'
import { Slots } from '../../../../src/core/scheduling/slots.ts'
import type { CallProgress, Tool } from '../../../../src/core/tools/tool.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { Actor } from './actor.ts'
import type { Schedule } from './arbitraries.ts'
import { inTheWay } from './model.ts'
import { faultOfEnd } from './verdict.ts'
import { someTurn } from '../../../support/openGate.ts'

/** Something that a call waits for and that only the test gives. */
interface Door {
  actor: Actor
  what: 'plan' | 'approval' | 'question' | 'pause' | 'lock'
  open(answer: 'once' | 'deny'): void
}

/** A batch among scripted tools, a scripted user, locks and a clock, each thing noted in plain variables. */
export class World {
  readonly clock = new ManualClock()
  readonly locks = new Locks()
  readonly source = new CancellationSource()
  readonly slots: Slots
  readonly batch: Batch
  readonly limit: number
  /** In order of arrival. */
  readonly actors: Actor[] = []
  /** Children that are about to arrive, by the name of their tool. */
  readonly expected = new Map<string, Actor>()
  readonly open = new Map<string, Call>()
  readonly doors = new Set<Door>()
  readonly faults: string[] = []
  readonly warnings: string[] = []
  /** Who waits for which keys, in order of arrival; the first of a key's holds it. */
  readonly tickets: { actor: Actor; keys: string[]; granted: boolean }[] = []
  /** Places taken beyond the limit by calls that went on after a wait. */
  resumed = 0
  #ticks = 0

  constructor({ limit }: Pick<Schedule, 'limit'>) {
    this.limit = limit
    this.slots = new Slots(() => limit)
    const log = { info: () => {}, warn: (message: string) => this.warnings.push(message), error: () => {} }
    const parts = {
      turn: someTurn,
      stepId: 'm1',
      tools: { get: (name: string) => this.expected.get(name)?.tool() } as ReadonlyMap<string, Tool>,
      newCallId: () => `c${this.actors.length}`,
      open: this.open,
      slots: this.slots,
      clock: this.clock,
      log,
      gate: this.#gate(),
      emit: (e: CallEvent) => this.#hear(e),
    }
    this.batch = new Batch(parts, this.source)
  }

  fault(words: string): void {
    this.faults.push(words)
  }

  tick(): number {
    return ++this.#ticks
  }

  submit(actor: Actor): void {
    actor.id = `c${this.actors.length}`
    this.actors.push(actor)
    if (this.source.token.reason !== undefined) actor.cancelled(this.source.token.reason)
    void this.batch.submit({ id: actor.id, tool: actor.tool(), input: {}, summary: actor.id }).then((outcome) => {
      if (outcome !== actor.outcome && outcome.result !== actor.outcome?.result)
        this.fault(`${actor.id} has two results`)
    })
  }

  /** Settles when the test opens it; a wait that heeds its token leaves with it. */
  door(actor: Actor, what: Door['what'], token?: CancellationToken): Promise<'once' | 'deny'> {
    const { promise, resolve } = Promise.withResolvers<'once' | 'deny'>()
    const door: Door = {
      actor,
      what,
      open: (answer) => {
        this.doors.delete(door)
        registration?.dispose()
        resolve(answer)
      },
    }
    this.doors.add(door)
    const registration = token?.onCancellationRequested(() => this.doors.delete(door))
    return promise
  }

  /** A port: what it does to the world, it does for a call that may still act. */
  async effect(actor: Actor, token: CancellationToken): Promise<void> {
    token.throwIfCancelled()
    actor.effects++
    if (!actor.begun) this.fault(`${actor.id} acts before it began`)
    if (actor.outcome !== undefined) this.fault(`${actor.id} acts after its result`)
    if (actor.reason !== undefined) this.fault(`${actor.id} acts after its cancellation (${actor.reason})`)
  }

  /** A port with a lock around it: the effect, then a save that cannot be cancelled. */
  async locked(actor: Actor, keys: string[], progress: CallProgress, token: CancellationToken): Promise<void> {
    token.throwIfCancelled()
    const ticket = { actor, keys, granted: false }
    this.tickets.push(ticket)
    try {
      const requests = keys.map((key) => ({ key, mode: 'write' as const }))
      using _held = await this.locks.hold(requests, token, (place) =>
        progress.waiting(place === 0 ? undefined : { kind: 'lock', resource: keys.join(), place }),
      )
      const mine = this.tickets.indexOf(ticket)
      const before = this.tickets.slice(0, mine).find((other) => other.keys.some((key) => keys.includes(key)))
      if (before !== undefined) this.fault(`${actor.id} holds ${keys.join()} before ${before.actor.id}`)
      ticket.granted = true
      await this.effect(actor, token)
      await this.door(actor, 'lock')
    } finally {
      this.tickets.splice(this.tickets.indexOf(ticket), 1)
    }
  }

  /** Called in the very tick in which a call's work begins. */
  begin(actor: Actor, token: CancellationToken): void {
    const { id } = actor
    if (actor.begun) this.fault(`${id} begins twice`)
    if (actor.outcome !== undefined) this.fault(`${id} begins after its result`)
    if (token.isCancellationRequested || actor.reason !== undefined) this.fault(`${id} begins though cancelled`)
    if (actor.waitedAt > actor.plannedAt) this.fault(`${id} begins on a plan from before it waited`)
    const blocker = inTheWay(actor, this)
    if (blocker !== undefined) this.fault(`${id} begins though ${blocker}`)
    if (this.slots.taken > this.limit + this.resumed) this.fault(`${id} begins beyond the limit`)
    actor.begun = true
  }

  stopOne(actor: Actor): void {
    actor.cancelled('stop')
    this.open.get(actor.id)?.source.cancel('stop')
  }

  stopAll(): void {
    for (const actor of this.actors) actor.cancelled('stop')
    this.source.cancel('stop')
  }

  steer(): void {
    for (const actor of this.actors) {
      if (actor.outcome !== undefined || actor.parent !== undefined) continue
      const { onSteer } = actor.spec
      const goesOn = actor.begun && (actor.canGoOn || (onSteer === 'finish' && !actor.asking))
      if (goesOn || actor.reason !== undefined) continue
      actor.cancelled('steer')
    }
    this.batch.steer()
  }

  advance(ms: number): void {
    const ticking = this.actors.filter(({ ticks }) => ticks)
    this.clock.advance(ms)
    for (const actor of ticking) {
      actor.worked += ms
      const late = actor.worked - (actor.spec.deadlineMs ?? Number.POSITIVE_INFINITY)
      if (late < 0) continue
      // Its tool has just ended: whether the deadline still caught it, nobody can say.
      if (actor.returned !== undefined) actor.perhapsLateAt ??= this.clock.now() - late
      else actor.cancelled('timeout', this.clock.now() - late)
    }
  }

  #gate(): Gate {
    const allowed = new Set<string>()
    return {
      permits: async () => true,
      check: async ({ id }, hooks, token) => {
        const actor = this.#actor(id)
        const print = `${id} ${JSON.stringify(actor.call?.claims)}`
        await Promise.resolve()
        token.throwIfCancelled()
        const asks = actor.spec.asks === 'always' || (actor.spec.asks === 'later' && actor.plans > 1)
        if (!asks || allowed.has(print)) return { kind: 'allowed', fingerprint: print }
        const answer = this.door(actor, 'approval', token)
        hooks.ask({ fingerprint: print, action: '', reason: '', canRemember: true })
        const given = await orCancelled(answer, token)
        hooks.answered(given)
        if (given === 'deny') actor.canFail = true
        else allowed.add(print)
        return given === 'deny' ? { kind: 'denied', message: 'No.' } : { kind: 'allowed', fingerprint: print }
      },
      ask: (id, _question, token) => orCancelled(this.door(this.#actor(id), 'question', token), token),
    }
  }

  #arrive({ callId, name, parentId }: Extract<CallEvent, { type: 'callProposed' }>): void {
    const actor = this.expected.get(name)
    if (actor?.parent === undefined) return this.fault(`${name} was not asked for`)
    const { parent } = actor
    const goesOn = parent.outcome?.status === 'backgrounded'
    if (parent.id !== parentId) this.fault(`${callId} is of ${parentId}, not of ${parent.id}`)
    if (parent.outcome !== undefined && !goesOn) this.fault(`${callId} arrives after the result of ${parent.id}`)
    if (parent.reason !== undefined && !goesOn) this.fault(`${callId} arrives after ${parent.reason} of ${parent.id}`)
    if (this.source.token.reason !== undefined) this.fault(`${callId} arrives after the stop of its turn`)
    actor.id = callId
    this.actors.push(actor)
    parent.children.push(actor)
  }

  #ended(actor: Actor): void {
    const { parent } = actor
    if (actor.outcome?.status !== 'backgrounded' && actor.openChildren.length > 0)
      this.fault(`${actor.id} has its result before its calls`)
    if (parent === undefined) return
    parent.lastChildAt = this.clock.now()
    if (parent.holdsPlace) this.resumed++
  }

  #actor(id: string): Actor {
    return this.actors[Number(id.slice(1))] as Actor
  }

  #hear(event: CallEvent): void {
    if (event.type === 'callProposed') return this.#arrive(event)
    const actor = this.#actor(event.callId)
    actor.call ??= this.open.get(event.callId)
    if (actor.outcome !== undefined) this.fault(`${actor.id}: ${event.type} after its result`)
    switch (event.type) {
      case 'callQueued':
      case 'callApproval':
      case 'callAnswered':
        actor.waitedAt = this.tick()
        break
      case 'callWaiting':
        actor.working = false
        if (!actor.begun) actor.waitedAt = this.tick()
        break
      case 'callAsked':
        actor.working = false
        actor.asking = true
        break
      case 'callRunning':
        if (actor.begun) this.resumed++
        actor.working = true
        actor.asking = false
        break
      case 'callEnded': {
        actor.outcome = event
        const fault = faultOfEnd(actor, this.clock.now())
        if (fault !== undefined) this.fault(`${actor.id} ${fault}`)
        this.#ended(actor)
        break
      }
      case 'callOutput':
      case 'callExtra':
        break
    }
  }
}
