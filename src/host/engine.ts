import { join } from 'node:path'
import { Sessions } from '../core/agent/sessions.ts'
import type { SessionParts } from '../core/agent/parts.ts'
import type { KernelFiles } from '../core/code/kernelProgram.ts'
import { Kernels } from '../core/code/kernels.ts'
import { Processes } from '../core/processes/processes.ts'
import { Confinement } from '../core/sandbox/confinement.ts'
import { Supervisor } from '../core/processes/supervisor.ts'
import { Journals } from '../core/sessions/journal.ts'
import { systemClock } from './clock.ts'
import { windowDiagnostics } from './diagnostics.ts'
import { windowDocuments } from './documents.ts'
import { type ChangeRecord, recordingDocuments } from './recordingDocuments.ts'
import { findRipgrep } from './ripgrep.ts'
import { WindowRuntimes } from './runtimes.ts'
import { limits, sandboxOn } from './settings.ts'

export interface EngineParts extends Pick<SessionParts, 'workspace' | 'models' | 'headless' | 'log'> {
  record: ChangeRecord
  /** The folder of this workspace's journals. */
  journals: string
  /** Where VS Code itself is installed. */
  appRoot: string
  /** The folder of this extension's own programs. */
  programs: string
}

export interface Engine {
  sessions: Sessions
  /** Ends turns, then what they started. */
  dispose(): Promise<void>
}

/** The agent on VS Code's ports. */
export function buildEngine(parts: EngineParts): Engine {
  const { workspace, models, headless, log, record, appRoot, programs } = parts
  const processes = new Processes(new Supervisor(join(programs, 'endAll.cjs'), log))
  const runtimes = new WindowRuntimes(processes, log)
  const confinement = new Confinement({ workspace, enabled: sandboxOn })
  const files = kernelFiles(join(programs, 'kernels'))
  const kernels = new Kernels({ processes, confinement, clock: systemClock, log, files })
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
      runtime: () => runtimes.current(),
      scripts: kernels,
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
      await kernels[Symbol.asyncDispose]()
      await runtimes[Symbol.asyncDispose]()
      await processes.dispose()
      await confinement[Symbol.asyncDispose]()
    },
  }
}

function kernelFiles(folder: string): KernelFiles {
  return {
    javascript: join(folder, 'kernel.cjs'),
    worker: join(folder, 'worker.cjs'),
    python: join(folder, 'kernel.py'),
  }
}
