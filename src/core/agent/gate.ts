import type { ApprovalAnswer, RememberedAnswer, UserQuestion } from '../../protocol/events.ts'
import type { ApprovalMode } from '../../protocol/messages.ts'
import { Approvals, atMost, type CheckedCall } from '../approvals/approvals.ts'
import { environmentPrint } from '../approvals/environment.ts'
import { noRules, type Rules } from '../approvals/rules.ts'
import type { Failure } from '../ports.ts'
import { type CancellationToken, orCancelled } from '../scheduling/cancellation.ts'
import type { Gate } from '../scheduling/parts.ts'
import { type Action, failed, type Proposal } from '../tools/tool.ts'
import type { SessionParts } from './parts.ts'

/** One session's questions to the user: may this call do this, and what the model itself asks. */
export class SessionGate {
  readonly #parts: SessionParts
  readonly #approvals: Approvals
  readonly #questions = new Map<string, (answer: string) => void>()

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.#approvals = new Approvals({ headless: parts.headless, workspace: parts.answers })
  }

  /** @param wanted what the turn asked for: it lowers the user's setting, never raises it */
  forTurn(wanted: ApprovalMode | undefined): Gate {
    const circumstances = async (token: CancellationToken) => {
      const rules = await this.#rules(token)
      const { approvals, review } = this.#parts.settings()
      const mode = wanted === undefined ? approvals : atMost(approvals, wanted)
      const trusted = this.#parts.workspace.trusted()
      return { mode, review, trusted, rules }
    }
    return {
      check: async ({ id: callId, tool, input, action }, hooks, token) => {
        const [walls, now] = await Promise.all([this.#walls(action, token), circumstances(token)])
        return await this.#approvals.check({ callId, tool, input, action, ...now, ...walls }, hooks, token)
      },
      permits: async (url, token) => this.#approvals.permits(url, await circumstances(token)),
      ask: (callId, question, token) => this.#ask(callId, question, token),
    }
  }

  /** Looked for only when something is to run. */
  async #walls(
    { kind }: Action,
    token: CancellationToken,
  ): Promise<Pick<CheckedCall, 'sandbox' | 'hint' | 'environment'>> {
    if (kind !== 'command' && kind !== 'script') return {}
    const { confinement, runtime } = this.#parts
    if (runtime() !== undefined) return {}
    const state = await orCancelled(confinement.state(), token)
    const environment = environmentPrint(process.env)
    return { sandbox: state === 'on', hint: () => confinement.takeHint(), environment }
  }

  /** Read anew for each call: what the user has just forbidden holds at once. */
  async #rules(token: CancellationToken): Promise<Rules> {
    return orCancelled(this.#parts.rules?.() ?? Promise.resolve(noRules), token)
  }

  /** The answers that hold until the user takes them back. */
  remembered(): RememberedAnswer[] {
    return this.#approvals.remembered()
  }

  revoke(fingerprint: string): void {
    this.#approvals.revoke(fingerprint)
  }

  async #ask(callId: string, _question: UserQuestion, token: CancellationToken): Promise<string | Failure> {
    if (this.#parts.headless)
      return failed('denied', 'Nobody can answer here. Decide yourself, and say what you assumed.')
    const { promise, resolve } = Promise.withResolvers<string>()
    this.#questions.set(callId, resolve)
    try {
      return await orCancelled(promise, token)
    } finally {
      this.#questions.delete(callId)
    }
  }

  /** False when that is not the question any more. */
  answer(callId: string, fingerprint: string, answer: ApprovalAnswer): boolean {
    return this.#approvals.answer(callId, fingerprint, answer)
  }

  /** The edit that a question shows, where the user may change it before allowing it. */
  proposal(callId: string): Proposal | undefined {
    return this.#approvals.proposal(callId)
  }

  /** The user's own text of the file that an edit is about. False when that is not the question any more. */
  amend(callId: string, text: string): boolean {
    return this.#approvals.amend(callId, text)
  }

  reply(callId: string, text: string): boolean {
    const resolve = this.#questions.get(callId)
    this.#questions.delete(callId)
    resolve?.(text)
    return resolve !== undefined
  }
}
