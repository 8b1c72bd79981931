import { join } from 'node:path'
import { Sessions } from '../core/agent/sessions.ts'
import type { SessionParts } from '../core/agent/parts.ts'
import { type AnswerStore, WorkspaceAnswers } from '../core/approvals/remembered.ts'
import { joined, noRules, type Rules, rulesOf } from '../core/approvals/rules.ts'
import { workspaceRules } from '../core/approvals/workspaceRules.ts'
import { loadAnalysis, shellAnalysis } from '../core/approvals/shell/analysis.ts'
import type { Config } from '../core/config/config.ts'
import type { KernelFiles } from '../core/code/kernelProgram.ts'
import { Kernels } from '../core/code/kernels.ts'
import { Processes } from '../core/processes/processes.ts'
import { Confinement } from '../core/sandbox/confinement.ts'
import { Supervisor } from '../core/processes/supervisor.ts'
import type { Documents } from '../core/ports.ts'
import { Locks } from '../core/scheduling/locks.ts'
import { Checkpoints } from '../core/sessions/checkpoints.ts'
import { Journals } from '../core/sessions/journal.ts'
import { recordedFiles } from '../core/sessions/newFiles.ts'
import { lockedFiles } from '../core/sessions/rawFiles.ts'
import { recordedDocuments } from '../core/sessions/recordedDocuments.ts'
import { Restorer } from '../core/sessions/restorer.ts'
import { fileListing } from '../core/tools/fileListing.ts'
import { type AuxiliaryOptions, windowAuxiliary } from './auxiliary.ts'
import { systemClock } from './clock.ts'
import { windowDiagnostics } from './diagnostics.ts'
import { windowDocuments } from './documents.ts'
import { windowLanguages } from './languages.ts'
import { followDisk } from './restore/followDisk.ts'
import { type ChangeRecord, recordingDocuments } from './recordingDocuments.ts'
import { ownSettings } from './ownSettings.ts'
import { findRipgrep } from './ripgrep.ts'
import { WindowRuntimes } from './runtimes.ts'
import type { ApiKeys } from './secrets.ts'
import { limits, sandboxOn } from './settings.ts'

export interface EngineParts extends Pick<SessionParts, 'workspace' | 'headless' | 'log'> {
  models: AuxiliaryOptions['models']
  record: ChangeRecord
  /** The folder of what is kept for this workspace: journals and checkpoints. */
  storage: string
  /** Where VS Code itself is installed. */
  appRoot: string
  /** The folder of this extension's own programs. */
  programs: string
  /** Where the answers are kept that hold in all sessions of the workspace. */
  answers: AnswerStore
  /** The user's own files, and the keys that go with what they name. */
  config: Config
  keys: Pick<ApiKeys, 'get'>
  /** The extension's `package.json`. */
  manifest: unknown
}

export interface Engine {
  sessions: Sessions
  /** For what is done in the user's name. */
  documents: Documents
  checkpoints: Checkpoints
  restorer: Restorer
  /** Ends turns, then what they started. */
  dispose(): Promise<void>
}

/** The agent on VS Code's ports. */
export function buildEngine(parts: EngineParts): Engine {
  const { workspace, models, headless, log, record, appRoot, programs, config } = parts
  const processes = new Processes(new Supervisor(join(programs, 'endAll.cjs'), log))
  const runtimes = new WindowRuntimes(processes, log)
  const confinement = new Confinement({ workspace, enabled: sandboxOn })
  const files = kernelFiles(join(programs, 'kernels'))
  const kernels = new Kernels({ processes, confinement, clock: systemClock, log, files })
  const diagnostics = windowDiagnostics(workspace)
  const locks = new Locks()
  const documents = windowDocuments(workspace, { locks })
  let found: Promise<string> | undefined
  const ripgrep = (): Promise<string> => (found ??= findRipgrep(appRoot))
  const checkpoints = new Checkpoints({ workspace, processes, ripgrep, folder: parts.storage, clock: systemClock, log })
  const recorded = recordedDocuments(documents, checkpoints)
  const raw = lockedFiles(documents, locks)
  const journals = join(parts.storage, 'sessions')
  const outside = windowAuxiliary({ ...parts, files: recordedFiles(raw, checkpoints), journals })
  const sessions = new Sessions(
    {
      workspace,
      models,
      auxiliary: outside.parts,
      config: { config, ownSettings: ownSettings(parts.manifest) },
      headless,
      rules: async () => joined(await Promise.all([userRules(config), workspaceRules(workspace.folders())])),
      answers: new WorkspaceAnswers(parts.answers),
      log,
      processes,
      confinement,
      shell: shellAnalysis({
        workspace,
        listing: fileListing({ processes, ripgrep }),
        load: () => loadAnalysis(join(programs, 'shell')),
      }),
      runtime: () => runtimes.current(),
      scripts: kernels,
      documents: recordingDocuments(recorded, record),
      diagnostics,
      languages: windowLanguages(workspace),
      ripgrep,
      settings: limits,
      clock: systemClock,
      beforeRun: (turn, token) => checkpoints.beforeRun(turn, token),
    },
    new Journals(journals, log),
  )
  sessions.onEvent(({ sessionId, event }) => checkpoints.hear(sessionId, event))
  const disk = followDisk(checkpoints, workspace)
  return {
    sessions,
    documents,
    checkpoints,
    restorer: new Restorer({ checkpoints, documents: recorded, raw, workspace }),
    dispose: async () => {
      await sessions.dispose()
      await kernels[Symbol.asyncDispose]()
      await outside.dispose()
      await runtimes[Symbol.asyncDispose]()
      await checkpoints.dispose()
      disk.dispose()
      diagnostics.dispose()
      await processes.dispose()
      await confinement[Symbol.asyncDispose]()
    },
  }
}

/** Broken rules forbid nobody knows what: everything asks. */
async function userRules(config: Config): Promise<Rules> {
  const read = await config.read('permissions')
  return 'kind' in read ? { ...noRules, broken: read.message } : rulesOf(read, 'user', 'permissions.jsonc')
}

function kernelFiles(folder: string): KernelFiles {
  return {
    javascript: join(folder, 'kernel.cjs'),
    worker: join(folder, 'worker.cjs'),
    python: join(folder, 'kernel.py'),
  }
}
