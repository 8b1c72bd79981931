import { Sessions } from '../core/agent/sessions.ts'
import type { SessionParts } from '../core/agent/parts.ts'
import type { Documents } from '../core/ports.ts'
import { Processes } from '../core/processes/processes.ts'
import { Journals } from '../core/sessions/journal.ts'
import { systemClock } from './clock.ts'
import { windowDiagnostics } from './diagnostics.ts'
import { windowDocuments } from './documents.ts'
import { type ChangeRecord, recordingDocuments } from './recordingDocuments.ts'
import { findRipgrep } from './ripgrep.ts'
import { limits } from './settings.ts'

export interface EngineParts extends Pick<SessionParts, 'workspace' | 'models' | 'headless' | 'log'> {
  record: ChangeRecord
  /** The folder of this workspace's journals. */
  journals: string
  /** Where VS Code itself is installed. */
  appRoot: string
}

export interface Engine {
  sessions: Sessions
  /** For what is done in the user's name. */
  documents: Documents
  /** Ends turns, then what they started. */
  dispose(): Promise<void>
}

/** The agent on VS Code's ports. */
export function buildEngine(parts: EngineParts): Engine {
  const { workspace, models, headless, log, record, appRoot } = parts
  const processes = new Processes()
  const documents = windowDocuments(workspace)
  let ripgrep: Promise<string> | undefined
  const sessions = new Sessions(
    {
      workspace,
      models,
      headless,
      log,
      processes,
      documents: recordingDocuments(documents, record),
      diagnostics: windowDiagnostics(workspace),
      ripgrep: () => (ripgrep ??= findRipgrep(appRoot)),
      settings: limits,
      clock: systemClock,
    },
    new Journals(parts.journals, log),
  )
  return {
    sessions,
    documents,
    dispose: async () => {
      await sessions.dispose()
      await processes.dispose()
    },
  }
}
