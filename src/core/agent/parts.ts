import type { ApprovalMode, ReviewMode } from '../../protocol/messages.ts'
import type { WorkspaceAnswers } from '../approvals/remembered.ts'
import type { Rules } from '../approvals/rules.ts'
import type { ShellAnalysis } from '../approvals/shell.ts'
import type { ModelSource } from '../models/source.ts'
import type { Scripts } from '../code/scripts.ts'
import type { Clock, Diagnostics, Documents, Languages, Log, Workspace } from '../ports.ts'
import type { Processes } from '../processes/processes.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import type { Confinement } from '../sandbox/confinement.ts'
import type { SchedulerParts } from '../scheduling/parts.ts'
import type { AuxiliaryParts } from '../tools/auxiliaryPorts.ts'
import type { ConfigPorts } from '../tools/config.ts'
import type { Slots } from '../scheduling/slots.ts'
import type { Budget, BudgetLimits } from './budget.ts'

export interface Limits {
  approvals: ApprovalMode
  review?: ReviewMode
  parallelCalls: number
  commandSeconds: number
  outputBytes: number
  /** The most that a session and its sub-agents may take together; none unless given. */
  budget?: BudgetLimits
}

/** What every session of a window shares. */
export interface SessionParts {
  workspace: Workspace
  documents: Documents
  diagnostics: Diagnostics
  languages: Languages
  processes: Processes
  /** Where commands and scripts run, when that is not this machine. Read at each use. */
  runtime: () => Runtime | undefined
  /** The walls around what runs without the user's word. */
  confinement: Confinement
  /** What is known of commands before they run; none: nothing. */
  shell?: ShellAnalysis
  scripts: Scripts
  /** Where ripgrep is; looked for at the first search. */
  ripgrep: () => Promise<string>
  models: ModelSource
  /** For the tools that reach beyond the window; none: they are not there. */
  auxiliary?: AuxiliaryParts
  /** Stretto's own configuration; none: the model cannot reach it. */
  config?: ConfigPorts
  /** Read at each use, so that a changed setting holds at once. */
  settings: () => Limits
  /** What the user and the workspace say beyond the mode; the workspace can only lower. */
  rules?: () => Promise<Rules>
  /** The answers that hold in all sessions of this workspace. */
  answers?: WorkspaceAnswers
  /** Nobody can answer a question. */
  headless: boolean
  slots: Slots
  clock: Clock
  log: Log
  /** The budget of the tree that the session is part of; its own unless given. */
  budget?: Budget
  beforeRun?: SchedulerParts['beforeRun']
  /** Hears of queued messages that a stop or a failure gave back. */
  onReturned(event: { sessionId: string; texts: string[] }): void
}
