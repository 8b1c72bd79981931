import type { TurnParts } from '../../src/core/agent/turn.ts'

/** What a turn without a session has in place of its budget. */
export const noLimit: Pick<TurnParts, 'sessionId' | 'turnId' | 'budget' | 'spending' | 'takeSummaryWish'> = {
  sessionId: 'x',
  turnId: 't1',
  budget: { next: async () => free },
  spending: { reserve: () => free },
  takeSummaryWish: () => false,
}

const free = { charge: () => {}, [Symbol.dispose]: () => {} }
