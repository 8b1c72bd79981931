import type { BudgetQuestion, Usage } from '../../protocol/events.ts'

/** The most that a session and its sub-agents may take together; 0 is no limit. */
export interface BudgetLimits {
  usd: number
  tokens: number
}

/** Why a request does not fit any more: the limit with what was added to it, what is spent and set aside so far. */
export type OverBudget = Extract<BudgetQuestion, { spent: number }>

/** What is set aside for one request. Disposed of when the request has ended, whatever became of it. */
export interface Reservation extends Disposable {
  /** What it took, as the endpoint says. A cost that is not known is left out. */
  charge(usage: Usage): void
}

/** The budget as a tool sees it that makes requests of its own. */
export interface Spending {
  /**
   * Sets about so much aside for a request in a turn's name. Undefined when it does not fit any more: the request must
   * not be made, and the call fails with `budget`.
   */
  reserve(estimate: Usage, turnId: string): Reservation | undefined
}

/** What a session and its sub-agents take together: one for the whole tree. */
export class Budget {
  readonly #limits: () => BudgetLimits
  #spent: BudgetLimits
  #reserved: BudgetLimits = { usd: 0, tokens: 0 }
  #raised: BudgetLimits

  /**
   * @param limits read at each use
   * @param spent by the session so far
   * @param raised what the user has added to the limits since
   */
  constructor(limits: () => BudgetLimits, spent: Usage, raised: BudgetLimits = { usd: 0, tokens: 0 }) {
    this.#limits = limits
    this.#spent = amountOf(spent)
    this.#raised = raised
  }

  /** As it is set; 0 is none. */
  get usdLimit(): number {
    return this.#limits().usd
  }

  /** Which limit a request of about so much would go over. */
  over(estimate: Usage): OverBudget | undefined {
    const wanted = amountOf(estimate)
    const set = this.#limits()
    for (const kind of ['usd', 'tokens'] as const) {
      const limit = set[kind] + this.#raised[kind]
      const spent = this.#spent[kind] + this.#reserved[kind]
      const missing = spent + wanted[kind] - limit
      if (set[kind] > 0 && missing > 0) {
        const more = Math.ceil(missing / set[kind]) * set[kind]
        return { kind, limit, spent, estimate: wanted[kind], more }
      }
    }
    return undefined
  }

  /** Sets about so much aside; undefined when it does not fit any more. */
  reserve(estimate: Usage): Reservation | undefined {
    if (this.over(estimate) !== undefined) return undefined
    let held = amountOf(estimate)
    this.#reserved = plus(this.#reserved, held)
    const giveBack = (): void => {
      this.#reserved = plus(this.#reserved, { usd: -held.usd, tokens: -held.tokens })
      held = { usd: 0, tokens: 0 }
    }
    return {
      charge: (usage) => {
        giveBack()
        this.#spent = plus(this.#spent, amountOf(usage))
      },
      [Symbol.dispose]: giveBack,
    }
  }

  /** Raises the limit that was reached, as it was asked. Gives what has been added so far. */
  raise({ kind, more }: OverBudget): BudgetLimits {
    this.#raised = { ...this.#raised, [kind]: this.#raised[kind] + more }
    return this.#raised
  }
}

function amountOf({ inputTokens, outputTokens, costUsd = 0 }: Usage): BudgetLimits {
  return { usd: costUsd, tokens: inputTokens + outputTokens }
}

function plus(a: BudgetLimits, b: BudgetLimits): BudgetLimits {
  return { usd: a.usd + b.usd, tokens: a.tokens + b.tokens }
}
