import type { AuxiliaryModels } from '../models/auxiliary.ts'
import type { ModelLease } from '../models/source.ts'
import type { Clock, Failure, Workspace } from '../ports.ts'
import type { NewFiles } from '../sessions/newFiles.ts'
import type { SessionSearch } from '../sessions/sessionSearch.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { SearchEngine } from '../web/search.ts'
import type { Web } from '../web/web.ts'
import type { Spending } from '../agent/budget.ts'

/** What a window has for the tools that reach beyond it. */
export interface AuxiliaryParts {
  models: AuxiliaryModels
  web: Web
  /** The search engine that is configured now. */
  search: (token: CancellationToken) => Promise<SearchEngine | Failure>
  /** Pictures and sounds are written as bytes. */
  files: NewFiles
  /** Earlier sessions of this workspace. */
  sessions: SessionSearch
}

/** The same, and what is the session's own. */
export interface AuxiliaryPorts extends AuxiliaryParts {
  workspace: Workspace
  spending: Spending
  clock: Clock
  settings: () => { outputBytes: number }
  session: {
    id: string
    /** The model that the session asks. @throws {ModelError} */
    model(token: CancellationToken): Promise<ModelLease>
    /** Its own choice of one, if it has made any. */
    chosen(): string | undefined
    acquire: (model: string | undefined, token: CancellationToken) => Promise<ModelLease>
  }
}
