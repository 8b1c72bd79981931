import type { ApprovalAnswer, ApprovalRequest, RememberedAnswer } from '../../protocol/events.ts'
import type { ApprovalMode, ReviewMode } from '../../protocol/messages.ts'
import type { FileTarget } from '../ports.ts'
import { CancelledError, type CancellationToken, orCancelled } from '../scheduling/cancellation.ts'
import type { Action, Proposal } from '../tools/tool.ts'
import { describe } from './describe.ts'
import { fingerprint } from './fingerprint.ts'
import { decide, type Reach } from './policy.ts'
import { proposalOf, proposalPrint, proposalRequest, withText } from './proposal.ts'
import { repositoryOf } from './protected.ts'
import type { WorkspaceAnswers } from './remembered.ts'
import type { Rules } from './rules.ts'
import { visibleName } from './visible.ts'

export interface CheckedCall {
  callId: string
  tool: string
  /** Exactly as the tool will get it. */
  input: unknown
  action: Action
  mode: ApprovalMode
  /** `before`: every edit is shown before it is made. */
  review?: ReviewMode
  trusted: boolean
  /** Whether there is one, and it is on. */
  sandbox?: boolean
  rules?: Rules
  /** What of the environment decides what a command runs: an answer holds for no other. */
  environment?: string
  /** Called when it comes to a question: a sentence on what would make for fewer of them. */
  hint?: () => string | undefined
}

export interface QuestionHooks {
  ask(request: ApprovalRequest): void
  answered(answer: ApprovalAnswer): void
}

export type Verdict =
  | { kind: 'allowed'; fingerprint: string; reach: Reach }
  | { kind: 'denied'; message: string; by: 'user' | 'policy' | 'headless' }

interface Pending {
  request: ApprovalRequest
  /** What the diff shows, where the user may change it. */
  proposal: Proposal | undefined
  /** Puts the question again, with other words in the file. */
  amend(proposal: Proposal): void
  answer(answer: ApprovalAnswer): void
  /** Whose pages may be read from now on, where the answer is remembered. */
  host: string | undefined
  tool: string
}

/** One session's approvals. They live as long as the session does and are never read back from anywhere. */
export class Approvals {
  readonly #headless: boolean
  readonly #pending = new Map<string, Pending>()
  /** Of this session, by fingerprint. */
  readonly #remembered = new Map<string, RememberedAnswer>()
  readonly #workspace: WorkspaceAnswers | undefined
  /** What a call was last allowed to do: asked about again only when that has changed. */
  readonly #allowed = new Map<string, string>()
  /** What the user made of a call's edit. */
  readonly #amended = new Map<string, Proposal>()

  /** @param workspace the answers that hold in all sessions of the workspace; none: no answer does */
  constructor({ headless, workspace }: { headless: boolean; workspace?: WorkspaceAnswers | undefined }) {
    this.#headless = headless
    this.#workspace = workspace
  }

  /**
   * May the call do this? Asks the user where the rules say so; other calls go on meanwhile.
   *
   * @throws {CancelledError} when cancelled while the question is open: it is withdrawn, and nothing was allowed
   */
  async check(call: CheckedCall, hooks: QuestionHooks, token: CancellationToken): Promise<Verdict> {
    token.throwIfCancelled()
    const repositories = await repositoriesOf(call)
    token.throwIfCancelled()
    const inRepository = (target: FileTarget): boolean => repositories.has(target)
    const decision = decide(call.action, { ...call, inRepository, hosts: this.#hosts() })
    if (decision.kind === 'deny') return { kind: 'denied', message: decision.reason, by: 'policy' }
    const proposal = await this.#proposal(call, token)
    const { tool, input, action, environment } = call
    const conditions = { reach: decision.reach ?? ('user' as const), environment }
    const print = proposal ? proposalPrint(tool, proposal) : fingerprint(tool, input, action, conditions)
    const allowed: Verdict = { kind: 'allowed', fingerprint: print, reach: conditions.reach }
    if (decision.kind === 'allow') return allowed
    if (this.#allowed.get(call.callId) === print) {
      if (proposal !== undefined && call.action.kind === 'edit') call.action.bind?.(proposal)
      return allowed
    }
    if (decision.canRemember && this.#holds(print)) return allowed
    if (this.#headless)
      return { kind: 'denied', message: `${decision.reason} Nobody can answer here, so it was denied.`, by: 'headless' }
    const request =
      proposal === undefined
        ? await requestFor(call, print, decision, token)
        : proposalRequest(call.tool, call.input, proposal, decision.reason)
    const { answer, pending } = await this.#ask(call, { request, proposal, reason: decision.reason }, hooks, token)
    if (answer === 'deny')
      return {
        kind: 'denied',
        message: 'The user denied this. Do not try it another way; go on without it or ask what they want.',
        by: 'user',
      }
    this.#allow(call, pending)
    return { ...allowed, fingerprint: pending.request.fingerprint }
  }

  /** Whether a page may be read without a question: where a redirect leads. */
  permits(url: string, circumstances: Pick<CheckedCall, 'mode' | 'trusted' | 'rules'>): boolean {
    return decide({ kind: 'web', url }, { ...circumstances, hosts: this.#hosts() }).kind === 'allow'
  }

  /** The edit that the question about a call shows, where the user may change it. */
  proposal(callId: string): Proposal | undefined {
    return this.#pending.get(callId)?.proposal
  }

  /** Puts the question again with the user's own text of the file. False when it is not open any more. */
  amend(callId: string, text: string): boolean {
    const pending = this.#pending.get(callId)
    if (pending?.proposal === undefined) return false
    if (pending.proposal.after !== text) pending.amend(withText(pending.proposal, text))
    return true
  }

  /** The user's answer. False when this is not, or no longer, the question. */
  answer(callId: string, print: string, answer: ApprovalAnswer): boolean {
    const pending = this.#pending.get(callId)
    if (pending === undefined || pending.request.fingerprint !== print) return false
    if (answer === 'session' || answer === 'workspace') {
      if (!pending.request.canRemember) return false
      this.#remember(pending, answer)
    }
    pending.answer(answer)
    return true
  }

  /** The answers that hold until they are taken back, those of the session first. */
  remembered(): RememberedAnswer[] {
    return [...this.#remembered.values(), ...(this.#workspace?.list() ?? [])]
  }

  /** Takes an answer back: the same is asked about again. */
  revoke(print: string): void {
    this.#remembered.delete(print)
    this.#workspace?.revoke(print)
  }

  pending(): { callId: string; request: ApprovalRequest }[] {
    return [...this.#pending].map(([callId, { request }]) => ({ callId, request }))
  }

  #remember({ request, tool, host }: Pending, scope: RememberedAnswer['scope']): void {
    const { fingerprint: print, action, where } = request
    const answer: RememberedAnswer = { fingerprint: print, tool, action, where, host, scope }
    if (scope === 'workspace' && this.#workspace !== undefined) this.#workspace.add(answer)
    else this.#remembered.set(print, { ...answer, scope: 'session' })
  }

  #holds(print: string): boolean {
    return this.#remembered.has(print) || this.#workspace?.has(print) === true
  }

  /** Whose pages may be read. */
  #hosts(): ReadonlySet<string> {
    return new Set(this.remembered().flatMap(({ host }) => host ?? []))
  }

  async #proposal({ callId, action, review }: CheckedCall, token: CancellationToken): Promise<Proposal | undefined> {
    if (review !== 'before') return undefined
    return orCancelled(proposalOf(action, this.#amended.get(callId), token), token)
  }

  #allow({ callId, action }: CheckedCall, { request, proposal }: Pending): void {
    this.#allowed.set(callId, request.fingerprint)
    if (proposal === undefined || action.kind !== 'edit') return
    if (proposal.amended === true) this.#amended.set(callId, proposal)
    action.bind?.(proposal)
  }

  async #ask(
    { callId, tool, input, action }: CheckedCall,
    { reason, ...shown }: Pick<Pending, 'request' | 'proposal'> & { reason: string },
    hooks: QuestionHooks,
    token: CancellationToken,
  ): Promise<{ answer: ApprovalAnswer; pending: Pending }> {
    token.throwIfCancelled()
    if (this.#pending.has(callId)) throw new Error(`call ${callId} asks twice at once`)
    const { promise, resolve, reject } = Promise.withResolvers<ApprovalAnswer>()
    // The first of answer and cancellation wins, in its own tick: an answer that was taken is never withdrawn.
    const withdrawal = token.onCancellationRequested(() => {
      this.#pending.delete(callId)
      reject(new CancelledError(token.reason ?? 'stop'))
    })
    const pending: Pending = {
      ...shown,
      tool,
      host: action.kind === 'web' ? URL.parse(action.url ?? '')?.host : undefined,
      amend: (proposal) => {
        pending.proposal = proposal
        pending.request = proposalRequest(tool, input, proposal, reason)
        hooks.ask(pending.request)
      },
      answer: (answer) => {
        withdrawal.dispose()
        this.#pending.delete(callId)
        hooks.answered(answer)
        resolve(answer)
      },
    }
    this.#pending.set(callId, pending)
    hooks.ask(pending.request)
    return { answer: await promise, pending }
  }
}

/** The stricter of two modes. */
export function atMost(ceiling: ApprovalMode, asked: ApprovalMode): ApprovalMode {
  const order: ApprovalMode[] = ['ask', 'edits', 'all']
  return order[Math.min(order.indexOf(ceiling), order.indexOf(asked))] ?? 'ask'
}

async function requestFor(
  { tool, input, action, hint }: CheckedCall,
  print: string,
  { reason, canRemember }: { reason: string; canRemember: boolean },
  token: CancellationToken,
): Promise<ApprovalRequest> {
  const previews = action.preview === undefined ? undefined : await orCancelled(action.preview(token), token)
  return {
    fingerprint: print,
    action: describe(tool, input, action, previews),
    ...('cwd' in action && { where: visibleName(action.cwd) }),
    reason: [reason, hint?.()].filter((sentence) => sentence !== undefined).join(' '),
    ...(previews !== undefined && { previews }),
    canRemember,
  }
}

async function repositoriesOf({ action, trusted }: CheckedCall): Promise<ReadonlySet<FileTarget>> {
  if (!trusted || !('targets' in action)) return new Set()
  const found = await Promise.all(action.targets.map(repositoryOf))
  return new Set(action.targets.filter((_target, at) => found[at] !== undefined))
}
