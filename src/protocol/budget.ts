import type { SessionEvent, Usage } from './events.ts'
import type { SessionState, TurnState } from './state.ts'

type Of<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>

/** What the user has added to the limits, for this session. */
export interface Raised {
  usd: number
  tokens: number
}

/** The state after something that is about what the session may take. */
export function reduceBudget(
  state: SessionState,
  event: Of<'charged' | 'budgetReached' | 'budgetAnswered'>,
): SessionState {
  switch (event.type) {
    case 'charged':
      return withUsage(state, event.turnId, event.usage)
    case 'budgetReached':
      return withTurn(state, event.turnId, (turn) => ({ ...turn, budget: event.question }))
    case 'budgetAnswered': {
      const answered = withTurn(state, event.turnId, (turn) => {
        const { budget: _, ...rest } = turn
        return rest
      })
      return event.raised === undefined ? answered : { ...answered, raised: event.raised }
    }
  }
}

/** What a request took counts for its turn and for the session. */
export function withUsage(state: SessionState, turnId: string, usage: Usage): SessionState {
  const counted = withTurn(state, turnId, (turn) => ({ ...turn, usage: sum(turn.usage, usage) }))
  return { ...counted, usage: sum(state.usage, usage) }
}

function sum(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cachedInputTokens: sumOfKnown(a.cachedInputTokens, b.cachedInputTokens),
    costUsd: sumOfKnown(a.costUsd, b.costUsd),
  }
}

function sumOfKnown(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0)
}

function withTurn(state: SessionState, id: string, change: (turn: TurnState) => TurnState): SessionState {
  const at = state.turns.findLastIndex((turn) => turn.id === id)
  const found = state.turns[at]
  return found === undefined ? state : { ...state, turns: state.turns.with(at, change(found)) }
}
