import type { BudgetAnswer, BudgetQuestion, Usage } from '../../protocol/events.ts'
import { ModelError } from '../models/model.ts'
import { type CancellationToken, orCancelled } from '../scheduling/cancellation.ts'
import { Budget, type Reservation, type Spending } from './budget.ts'
import type { EventLog } from './eventLog.ts'
import type { SessionParts } from './parts.ts'

/** What the next request of a turn would take. */
export interface Wanted {
  turnId: string
  /** The model's id. */
  model: string
  /** Without a cost where the price is not known. */
  estimate: Usage
}

/** One session's way to the budget of its tree: asks the user at a limit, and says what else than its steps was paid for. */
export class SessionBudget implements Spending {
  readonly #budget: Budget
  readonly #events: EventLog
  readonly #headless: boolean
  /** Models whose unknown price the user has put up with. */
  readonly #unpriced = new Set<string>()
  #answer: ((answer: BudgetAnswer) => void) | undefined

  constructor(parts: Pick<SessionParts, 'settings' | 'headless' | 'budget'>, events: EventLog) {
    const { usage, raised } = events.state
    const limits = (): { usd: number; tokens: number } => parts.settings().budget ?? { usd: 0, tokens: 0 }
    this.#budget = parts.budget ?? new Budget(limits, usage, raised)
    this.#events = events
    this.#headless = parts.headless
  }

  /** For a request beside the conversation's own. */
  reserve(estimate: Usage, turnId: string): Reservation | undefined {
    const held = this.#budget.reserve(estimate)
    if (held === undefined) return undefined
    return {
      charge: (usage) => {
        held.charge(usage)
        this.#events.add(turnId, { type: 'charged', usage })
      },
      [Symbol.dispose]: () => held[Symbol.dispose](),
    }
  }

  /**
   * Sets aside what a step's request may take; at a limit the user decides, and `stop` ends the turn.
   *
   * @throws {CancelledError}
   * @throws {ModelError} `budget` where nobody can answer
   */
  async next({ turnId, model, estimate }: Wanted, token: CancellationToken): Promise<Reservation | 'stop'> {
    for (;;) {
      token.throwIfCancelled()
      const question = this.#question(model, estimate)
      const held = question === undefined ? this.#budget.reserve(estimate) : undefined
      if (held !== undefined) return held
      if (question !== undefined && (await this.#ask(question, turnId, token)) === 'stop') return 'stop'
    }
  }

  /** The user's word. False when there is no question. */
  answer(answer: BudgetAnswer): boolean {
    const resolve = this.#answer
    this.#answer = undefined
    resolve?.(answer)
    return resolve !== undefined
  }

  #question(model: string, estimate: Usage): BudgetQuestion | undefined {
    const limit = this.#budget.usdLimit
    if (limit > 0 && estimate.costUsd === undefined && !this.#unpriced.has(model))
      return { kind: 'price', limit, model }
    return this.#budget.over(estimate)
  }

  async #ask(question: BudgetQuestion, turnId: string, token: CancellationToken): Promise<BudgetAnswer> {
    if (this.#headless) throw new ModelError('budget', nobodyToAsk(question))
    const { promise, resolve } = Promise.withResolvers<BudgetAnswer>()
    this.#answer = resolve
    this.#events.add(turnId, { type: 'budgetReached', question })
    const answer = await orCancelled(promise, token)
    const raised = answer === 'raise' ? this.#goOn(question) : undefined
    this.#events.add(turnId, { type: 'budgetAnswered', answer, ...(raised !== undefined && { raised }) })
    return answer
  }

  #goOn(question: BudgetQuestion): { usd: number; tokens: number } | undefined {
    if (question.kind !== 'price') return this.#budget.raise(question)
    this.#unpriced.add(question.model)
    return undefined
  }
}

function nobodyToAsk(question: BudgetQuestion): string {
  switch (question.kind) {
    case 'usd':
      return `The limit of $${question.limit.toFixed(2)} is reached: $${question.spent.toFixed(2)} is spent, and the next request would take about $${question.estimate.toFixed(2)}. Raise stretto.limits.budgetUsd to go on.`
    case 'tokens':
      return `The limit of ${question.limit} tokens is reached: ${question.spent} are spent, and the next request would take about ${question.estimate}. Raise stretto.limits.budgetTokens to go on.`
    case 'price':
      return `The price of ${question.model} is not known, so that the limit of $${question.limit.toFixed(2)} cannot be kept. Give its price in the models file, or set stretto.limits.budgetTokens instead.`
  }
}
