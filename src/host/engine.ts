import { Sessions } from '../core/agent/sessions.ts'
import type { SessionParts } from '../core/agent/parts.ts'
import { Processes } from '../core/processes/processes.ts'
import { Confinement } from '../core/sandbox/confinement.ts'
import { Journals } from '../core/sessions/journal.ts'
import { systemClock } from './clock.ts'
import { windowDiagnostics } from './diagnostics.ts'
import { windowDocuments } from './documents.ts'
import { type ChangeRecord, recordingDocuments } from './recordingDocuments.ts'
import { findRipgrep } from './ripgrep.ts'
import { limits, sandboxOn } from './settings.ts'

export interface EngineParts extends Pick<SessionParts, 'workspace' | 'models' | 'headless' | 'log'> {
  record: ChangeRecord
  /** The folder of this workspace's journals. */
  journals: string
  /** Where VS Code itself is installed. */
  appRoot: string
}

export interface Engine {
  sessions: Sessions
  /** Ends turns, then what they started. */
  dispose(): Promise<void>
}

/** The agent on VS Code's ports. */
export function buildEngine(parts: EngineParts): Engine {
  const { workspace, models, headless, log, record, appRoot } = parts
  const processes = new Processes()
  const confinement = new Confinement({ workspace, enabled: sandboxOn })
  const documents = windowDocuments(workspace)
  let ripgrep: Promise<string> | undefined
  const sessions = new Sessions(
    {
      workspace,
      models,
      headless,
      log,
      processes,
      confinement,
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
    dispose: async () => {
      await sessions.dispose()
      await processes.dispose()
      await confinement[Symbol.asyncDispose]()
    },
  }
}
