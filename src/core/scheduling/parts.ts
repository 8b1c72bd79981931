import type { ApprovalAnswer, ApprovalRequest, UserQuestion } from '../../protocol/events.ts'
import type { Reach } from '../approvals/policy.ts'
import type { CallOwner, Clock, Failure, Log } from '../ports.ts'
import type { Action, Tool } from '../tools/tool.ts'
import type { Call, CallEvent } from './call.ts'
import type { CancellationToken } from './cancellation.ts'
import type { Slots } from './slots.ts'

/** May this call do this? Asks the user where the policy says so. */
export interface Gate {
  /** @throws {CancelledError} when cancelled while the question is open */
  check(
    call: { id: string; tool: string; input: unknown; action: Action },
    hooks: { ask(request: ApprovalRequest): void; answered(answer: ApprovalAnswer): void },
    token: CancellationToken,
  ): Promise<{ kind: 'allowed'; fingerprint: string; reach?: Reach } | { kind: 'denied'; message: string }>
  /** Whether a page may be read without a question: where a redirect leads. @throws {CancelledError} */
  permits(url: string, token: CancellationToken): Promise<boolean>
  /** The model's question to the user. @throws {CancelledError} */
  ask(callId: string, question: UserQuestion, token: CancellationToken): Promise<string | Failure>
}

export interface SchedulerParts {
  /** Whose calls these are. */
  turn: Omit<CallOwner, 'callId'>
  stepId: string
  /** What calls can be made of, by name. */
  tools: ReadonlyMap<string, Tool>
  newCallId(): string
  /** Every call of the session that has no result yet, by id. */
  open: Map<string, Call>
  slots: Slots
  gate: Gate
  clock: Clock
  log: Log
  emit(event: CallEvent): void
  /**
   * Keeps the workspace as it is before a turn's command; undefined when that is done already.
   *
   * @throws {CancelledError}
   */
  beforeRun?: (turn: Omit<CallOwner, 'callId'>, token: CancellationToken) => Promise<void> | undefined
}
