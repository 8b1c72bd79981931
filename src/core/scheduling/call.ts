import type { CallStatus, SessionEvent } from '../../protocol/events.ts'
import type { Reach } from '../approvals/policy.ts'
import type { Tool } from '../tools/tool.ts'
import { CancellationSource } from './cancellation.ts'
import type { Claim } from './claims.ts'
import type { Outcome } from './outcome.ts'

/** A call as the model asked for it, its input accepted by the tool's schema. */
export interface CallRequest {
  id: string
  tool: Tool
  input: unknown
  summary: string
}

/** An event of a call's, before the session adds the time and the turn. */
export type CallEvent = CallEventOf<Extract<SessionEvent, { callId: string }>>
type CallEventOf<E> = E extends unknown ? Omit<E, 'at' | 'turnId'> : never

/** One call on its way through its batch. */
export class Call {
  readonly request: CallRequest
  readonly source: CancellationSource
  /** How many calls it is inside of. */
  readonly depth: number
  /** Settles when the claims are known, or never will be; a new one when they change. */
  planned = Promise.withResolvers<void>()
  /** Settles when the work has begun, its document tickets taken, or when the call has ended without. */
  readonly started = Promise.withResolvers<void>()
  readonly ended = Promise.withResolvers<Outcome>()
  claims: readonly Claim[] = []
  isPlanned = false
  /** Counts up when a wait begins that may take its time, and again when it ends: odd while the call is in one. */
  waits = 0
  /** Whether its question to the user is open. */
  asking = false
  status: CallStatus = 'proposed'
  /** As it was last allowed. */
  reach: Reach = 'offline'
  /** Whether the work has begun, its document tickets taken. */
  begun = false
  outcome: Outcome | undefined
  /** Live output so far, bounded: what an abandoned call is left with. */
  output = ''

  constructor(request: CallRequest, parent: CancellationSource, depth = 0) {
    this.request = request
    this.depth = depth
    this.source = new CancellationSource(parent)
  }

  get id(): string {
    return this.request.id
  }

  /** What it will do is known, or known anew. */
  plan(claims: readonly Claim[]): void {
    const { planned } = this
    const changed = !sameClaims(this.claims, claims)
    this.claims = claims
    if (this.isPlanned && !changed) return
    this.isPlanned = true
    this.planned = Promise.withResolvers()
    planned.resolve()
  }

  /** The one result; a second one is not believed. */
  end(outcome: Outcome): boolean {
    if (this.outcome !== undefined) return false
    this.outcome = outcome
    this.status = outcome.status
    this.planned.resolve()
    this.started.resolve()
    this.ended.resolve(outcome)
    this.source.cancel('dispose')
    this.source.dispose()
    return true
  }
}

function sameClaims(some: readonly Claim[], others: readonly Claim[]): boolean {
  const words = (claim: Claim): string => (claim.kind === 'run' ? 'run' : `${claim.kind} ${claim.path}`)
  return (
    some.length === others.length && some.every((claim, at) => words(claim) === words(others[at] ?? { kind: 'run' }))
  )
}
