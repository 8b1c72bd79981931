import type { ChildCall, ChildCalls } from '../tools/tool.ts'
import { checked } from '../tools/checked.ts'
import type { Call } from './call.ts'
import { CancellationSource, CancelledError, type CancellationToken } from './cancellation.ts'
import { failedOutcome, neverRan, type Outcome } from './outcome.ts'
import type { SchedulerParts } from './parts.ts'
import type { Batch } from './scheduler.ts'
import { Slots } from './slots.ts'

/** Scripts inside scripts: the model's own calls are at depth 0. */
export const MOST_DEEP = 8
/** One call's own calls at a time; the next waits until one has ended. */
export const MOST_IN_FLIGHT = 256

/** The calls that one call makes: a batch of their own, with their own scope. */
export class Children implements ChildCalls {
  readonly #parent: Call
  readonly #parts: SchedulerParts
  readonly #source: CancellationSource
  readonly #room = new Slots(() => MOST_IN_FLIGHT)
  readonly #batch: Batch
  readonly #made: ChildCall[] = []
  #end: Promise<void> | undefined

  /** @param above whose cancellation ends them */
  constructor(
    parent: Call,
    above: CancellationSource,
    parts: SchedulerParts,
    newBatch: (source: CancellationSource) => Batch,
  ) {
    this.#parent = parent
    this.#parts = parts
    this.#source = new CancellationSource(above)
    this.#batch = newBatch(this.#source)
  }

  get token(): CancellationToken {
    return this.#source.token
  }

  get made(): readonly ChildCall[] {
    return this.#made
  }

  /** Those without a result. */
  get open(): number {
    return this.#batch.open
  }

  /** Those whose deadline runs. */
  get ticking(): number {
    return this.#batch.ticking
  }

  async call(name: string, input: unknown, token: CancellationToken): Promise<Outcome> {
    const own = new CancellationSource(this.#source)
    const registration = token.onCancellationRequested(() => own.cancel(token.reason ?? 'stop'))
    try {
      await this.#room.take(own.token)
    } catch (error) {
      if (error instanceof CancelledError) return this.#refused() ?? neverRan(error.reason)
      throw error
    } finally {
      registration.dispose()
      own.dispose()
    }
    try {
      return this.#refused() ?? (await this.#submit(name, input, token))
    } finally {
      this.#room.give()
    }
  }

  end(): Promise<void> {
    this.#source.cancel('dispose')
    this.#end ??= this.#batch.results().then(() => this.#source.dispose())
    return this.#end
  }

  /** The parent goes on in the background: from now on they end with its turn. */
  goOn(): void {
    this.#source.moveUp()
  }

  stop(): void {
    this.#source.cancel('stop')
  }

  #refused(): Outcome | undefined {
    const { reason } = this.#source.token
    if (reason === undefined) return undefined
    return reason === 'dispose'
      ? failedOutcome('ended', 'The call that this one belongs to has ended. It did not run; nothing was changed.')
      : neverRan(reason)
  }

  async #submit(name: string, input: unknown, token: CancellationToken): Promise<Outcome> {
    const parts = this.#parts
    const callId = parts.newCallId()
    const request = this.#parent.depth < MOST_DEEP ? checked(parts.tools, name, input) : tooDeep
    const { summary, asked } = 'kind' in request ? { summary: '', asked: { name, input } } : request
    const { stepId } = parts
    parts.emit({ type: 'callProposed', callId, stepId, ...asked, summary, parentId: this.#parent.id })
    const child: ChildCall = { id: callId, name: asked.name, summary }
    this.#made.push(child)
    if ('kind' in request) {
      const outcome = failedOutcome(request.code, request.message)
      parts.emit({ type: 'callEnded', callId, ...outcome })
      return became(child, outcome)
    }
    const ended = this.#batch.submit({ id: callId, ...request })
    const registration = token.onCancellationRequested(() => void this.#batch.cancel(callId, token.reason ?? 'stop'))
    try {
      return became(child, await ended)
    } finally {
      registration.dispose()
    }
  }
}

function became(child: ChildCall, outcome: Outcome): Outcome {
  const { status, reason, fact } = outcome
  Object.assign(child, { status, reason, fact })
  return outcome
}

const tooDeep = {
  kind: 'failed' as const,
  code: 'too_deep',
  message: `Calls nest ${MOST_DEEP} deep at most. Do this in the script that is there.`,
}
