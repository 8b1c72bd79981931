import type { Diagnostics, Documents, Languages, Workspace } from '../ports.ts'
import type { Names } from '../processes/names.ts'
import type { Processes } from '../processes/processes.ts'
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
  processes: Pick<Processes, 'run'>
  /** Ids of what goes on in the background: the session's own. */
  names: Names
  /** Where ripgrep is; looked for at the first search. */
  ripgrep: () => Promise<string>
  /** The session's own. */
  versions: ReadVersions
  /** Read at each use. */
  settings: () => { commandSeconds: number; outputBytes: number }
}
