import type { Spending } from '../agent/budget.ts'
import type { ShellAnalysis } from '../approvals/shell.ts'
import type { Scripts } from '../code/scripts.ts'
import type { Diagnostics, Documents, Languages, Workspace } from '../ports.ts'
import type { BackgroundTable } from '../processes/background.ts'
import type { Processes } from '../processes/processes.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import type { Confinement } from '../sandbox/confinement.ts'
import type { ConfigPorts } from './config.ts'
import type { ProblemNews } from './problemNews.ts'
import type { ReadVersions } from './readVersions.ts'

/** What the tools of one session need. */
export interface ToolPorts {
  workspace: Workspace
  documents: Documents
  diagnostics: Diagnostics
  languages: Languages
  /** The session's own. */
  news: Pick<ProblemNews, 'watch'>
  processes: Pick<Processes, 'run' | 'open' | 'files'>
  /** Where commands and scripts run, when that is not this machine. */
  runtime: () => Runtime | undefined
  confinement: Pick<Confinement, 'enclose'>
  /** What is known of commands before they run; none: nothing. */
  shell?: ShellAnalysis
  scripts: Scripts
  /** What goes on in the background: the session's own. */
  background: BackgroundTable
  /** Where ripgrep is; looked for at the first search. */
  ripgrep: () => Promise<string>
  /** The session's own. */
  versions: ReadVersions
  /** For requests to models that a tool makes itself. */
  spending: Spending
  /** Stretto's own configuration; none: the model cannot reach it. */
  config?: ConfigPorts
  /** Read at each use. */
  settings: () => { commandSeconds: number; outputBytes: number }
}
