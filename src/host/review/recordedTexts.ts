import type { TurnTexts } from '../../core/sessions/turnTexts.ts'
import type { ChangeRecord } from '../recordingDocuments.ts'

/** What turns made of files, as far as this window remembers. */
export function recordedTexts(record: ChangeRecord): TurnTexts {
  return {
    of: async (sessionId, turnId, path) => {
      const { sidesOf } = await import('../../core/edits/carry.ts')
      return sidesOf(record.ofTurn({ sessionId, turnId }, path))
    },
  }
}
