import type { TurnTexts } from '../../core/sessions/turnTexts.ts'
import type { Agent } from '../agent.ts'

/** What turns made of files, as far as their checkpoints are kept. */
export function checkpointTexts(agent: Agent): TurnTexts {
  return {
    of: async (sessionId, turnId, path) => (await agent.checkpoints()).of(sessionId, turnId, path),
  }
}
