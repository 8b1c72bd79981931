import type { CancelReason } from '../../../../src/protocol/events.ts'
import { type CancellationToken, CancelledError, orCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import type { Claim } from '../../../../src/core/scheduling/claims.ts'
import type { Outcome } from '../../../../src/core/scheduling/outcome.ts'
import type { Call } from '../../../../src/core/scheduling/call.ts'
import type { CallProgress, ChildCalls, Tool, ToolResult } from '../../../../src/core/tools/tool.ts'
import { answersTwice, done, scriptedTool } from '../../../support/scriptedTool.ts'
import type { Spec, Step } from './arbitraries.ts'
import type { World } from './world.ts'

const strength: CancelReason[] = ['steer', 'timeout', 'stop', 'dispose']

/** One call as the model sees it: what was done to it and what it said, in plain variables. */
export class Actor {
  readonly spec: Spec
  readonly world: World
  /** Whose call it is; none for the model's own. */
  readonly parent: Actor | undefined
  /** Given when it arrives. */
  id = ''
  call: Call | undefined
  readonly children: Actor[] = []
  /** Calls that it has begun to make. */
  made = 0
  lastChildAt = 0
  claims: readonly Claim[] | undefined
  plans = 0
  plannedAt = 0
  waitedAt = 0
  begun = false
  working = false
  worked = 0
  asking = false
  askingWhenSteered = false
  canFail = false
  canGoOn = false
  goneOn = 0
  cancelledAt = 0
  perhapsLateAt: number | undefined
  effects = 0
  /** What its tool gave in the end. */
  returned: 'done' | 'failed' | 'cancelled' | undefined
  /** Its script has come to its end, its result believed or not. */
  scriptOver = false
  outcome: Outcome | undefined
  #reason: CancelReason | undefined

  constructor(spec: Spec, world: World, parent?: Actor) {
    this.spec = spec
    this.world = world
    this.parent = parent
  }

  get isOpen(): boolean {
    return this.outcome === undefined
  }

  get openChildren(): Actor[] {
    return this.children.filter(({ isOpen }) => isOpen)
  }

  /** Works, and takes a place for it. */
  get holdsPlace(): boolean {
    return this.isOpen && this.working && this.openChildren.length === 0
  }

  /** Its deadline runs. */
  get ticks(): boolean {
    if (!this.isOpen || !this.working) return false
    const open = this.openChildren
    if (this.scriptOver && open.length > 0) return false
    return open.length === 0 || open.some(({ ticks }) => ticks)
  }

  /** The strongest cancellation so far. */
  get reason(): CancelReason | undefined {
    return this.#reason
  }

  cancelled(reason: CancelReason, at = this.world.clock.now()): void {
    // What goes on in the background is reached by what ends its turn alone.
    if (this.outcome === undefined) for (const child of this.children) child.cancelled(reason, at)
    if (this.outcome !== undefined) return
    if (this.#reason === undefined && reason === 'steer') this.askingWhenSteered = this.asking
    if (this.#reason === undefined) this.cancelledAt = at
    if (this.#reason === undefined || strength.indexOf(reason) > strength.indexOf(this.#reason)) this.#reason = reason
  }

  get name(): string {
    return this.parent === undefined ? this.id : `${this.parent.name}.${this.parent.spec.children.indexOf(this.spec)}`
  }

  tool(): Tool {
    const { onSteer, deadlineMs, end } = this.spec
    return scriptedTool({
      name: this.name,
      onSteer,
      ...(deadlineMs !== undefined && { deadlineMs }),
      plan: () => this.#plan(),
      run: (progress, token) => {
        this.world.begin(this, token)
        const script = this.#script(progress, token)
        if (end === 'twice') return script.then((result) => answersTwice(result, done('again'))(progress, token))
        if (end !== 'early') return script
        void script.catch(() => undefined)
        this.returned = 'done'
        return Promise.resolve(done('early'))
      },
    })
  }

  async #plan() {
    const { spec, world } = this
    this.plannedAt = world.tick()
    if (spec.plan === 'gated' && this.plans === 0) await world.door(this, 'plan')
    this.canFail ||= spec.plan === 'fails' || spec.plan === 'throws'
    if (spec.plan === 'throws') throw new Error('a bug in the plan')
    if (spec.plan === 'fails') return { kind: 'failed' as const, code: 'not_found', message: 'No such file.' }
    this.plans++
    return { claims: this.plans > 1 ? (spec.replanned ?? spec.claims) : spec.claims }
  }

  async #script(progress: CallProgress, token: CancellationToken): Promise<ToolResult> {
    const { spec } = this
    try {
      if (spec.question) await this.#try(() => progress.ask({ question: '?', options: [] }, token))
      if (spec.onSteer === 'background') this.#offer(progress)
      for (const step of spec.steps) await this.#try(() => this.#step(step, progress, token))
      if (spec.end === 'hangs') await this.#hang(token)
      if (spec.end === 'throws') throw new Error('a bug in the tool')
      this.returned ??= spec.end === 'fails' ? 'failed' : 'done'
      return spec.end === 'fails' ? { kind: 'failed', code: 'nope', message: 'Not so.' } : done()
    } catch (error) {
      const partial = spec.partial && token.isCancellationRequested
      this.returned ??= partial || error instanceof CancelledError ? 'cancelled' : 'failed'
      if (partial) return { kind: 'cancelled', partial: 'part' }
      throw error
    } finally {
      this.scriptOver = true
      if (this.made > 0) this.#endChildren(progress.children())
    }
  }

  /** Who does not look at the token takes each refusal as any error and goes on to the next. */
  async #try(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (this.spec.obeys) throw error
    }
  }

  #offer(progress: CallProgress): void {
    this.canGoOn = true
    progress.onBackground(() => {
      this.goneOn++
      if (this.reason !== undefined) this.world.fault(`${this.id} went to the background after ${this.reason}`)
      return { id: this.id, output: '' }
    })
  }

  async #step(step: Step, progress: CallProgress, token: CancellationToken): Promise<void> {
    const { world } = this
    switch (step) {
      case 'effect':
        return world.effect(this, token)
      case 'pause':
        return this.#pause(token)
      case 'wait':
        progress.waiting({ kind: 'lock', resource: 'its children', place: 1 })
        await this.#pause(token)
        return progress.waiting(undefined)
      case 'output':
        return progress.output('words')
      case 'child':
        return this.#makeChild(progress.children())
      case 'spawn':
        return void this.#makeChild(progress.children())
      case 'lockA':
        return world.locked(this, ['A'], progress, token)
      case 'lockB':
        return world.locked(this, ['B'], progress, token)
      case 'lockBoth':
        return world.locked(this, ['B', 'A'], progress, token)
    }
  }

  /** A child that is refused without a card is none. */
  async #makeChild(calls: ChildCalls): Promise<void> {
    const spec = this.spec.children[this.made++]
    if (spec === undefined) return
    const child = new Actor(spec, this.world, this)
    this.world.expected.set(child.name, child)
    const outcome = await calls.call(child.name, {}, calls.token)
    this.world.expected.delete(child.name)
    if (child.id !== '' && outcome.result !== child.outcome?.result) this.world.fault(`${child.id} has two results`)
  }

  #endChildren(calls: ChildCalls): void {
    for (const child of this.children) child.cancelled('dispose')
    void calls.end()
  }

  async #pause(token: CancellationToken): Promise<void> {
    const { obeys } = this.spec
    const door = this.world.door(this, 'pause', obeys ? token : undefined)
    await (obeys ? orCancelled(door, token) : door)
  }

  #hang(token: CancellationToken): Promise<never> {
    const never = new Promise<never>(() => {})
    return this.spec.obeys ? orCancelled(never, token) : never
  }
}
