import type { SessionState } from '../../protocol/state.ts'

/** How many ids of each kind a session has given. */
export type Counts = Record<'turn' | 'step' | 'call' | 'message', number>

/** As a session read back from its journal goes on counting: no id is given twice, also of what was taken away. */
export function countsOf({ turns, messages, calls, forgotten }: SessionState): Counts {
  const message = messages.length + (forgotten?.messages ?? 0)
  return {
    turn: turns.length + (forgotten?.turns ?? 0),
    step: message,
    call: calls.length + (forgotten?.calls ?? 0),
    message,
  }
}
