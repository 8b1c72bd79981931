import type { ApprovalMode, ReviewMode } from '../../protocol/messages.ts'
import type { ModelSource } from '../models/source.ts'
import type { Clock, Diagnostics, Documents, Languages, Log, Workspace } from '../ports.ts'
import type { Processes } from '../processes/processes.ts'
import type { SchedulerParts } from '../scheduling/parts.ts'
import type { Slots } from '../scheduling/slots.ts'

export interface Limits {
  approvals: ApprovalMode
  review?: ReviewMode
  parallelCalls: number
  commandSeconds: number
  outputBytes: number
}

/** What every session of a window shares. */
export interface SessionParts {
  workspace: Workspace
  documents: Documents
  diagnostics: Diagnostics
  languages: Languages
  processes: Processes
  /** Where ripgrep is; looked for at the first search. */
  ripgrep: () => Promise<string>
  models: ModelSource
  /** Read at each use, so that a changed setting holds at once. */
  settings: () => Limits
  /** Nobody can answer a question. */
  headless: boolean
  slots: Slots
  clock: Clock
  log: Log
  beforeRun?: SchedulerParts['beforeRun']
  /** Hears of queued messages that a stop or a failure gave back. */
  onReturned(event: { sessionId: string; texts: string[] }): void
}
