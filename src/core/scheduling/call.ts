import type { CallStatus, SessionEvent } from '../../protocol/events.ts'
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
  /** Settles when the claims are known, or never will be. */
  readonly planned = Promise.withResolvers<void>()
  /** Settles when the work has begun, its document tickets taken, or when the call has ended without. */
  readonly started = Promise.withResolvers<void>()
  readonly ended = Promise.withResolvers<Outcome>()
  claims: readonly Claim[] = []
  /** Whether its question to the user is open. */
  asking = false
  status: CallStatus = 'proposed'
  /** Whether the work has begun, its document tickets taken. */
  begun = false
  outcome: Outcome | undefined
  /** Live output so far, bounded: what an abandoned call is left with. */
  output = ''

  constructor(request: CallRequest, parent: CancellationSource) {
    this.request = request
    this.source = new CancellationSource(parent)
  }

  get id(): string {
    return this.request.id
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
