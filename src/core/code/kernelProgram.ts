import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import type { ScriptLanguage } from './scripts.ts'

/** How a kernel can be started. */
export interface Launch {
  file: string
  args: readonly string[]
  environment: Readonly<Record<string, string>>
  /** An existing folder. */
  cwd: string
}

/** Where the kernels' programs are. */
export interface KernelFiles {
  javascript: string
  /** Of each JavaScript script. */
  worker: string
  python: string
}

/** A kernel of one language. */
export interface KernelProgram {
  language: string
  /** Folders that it reads its program from. */
  folders: readonly string[]
  /** Tried in turn, until one is installed. */
  launches: readonly Launch[]
  /** What to do when none can be started. */
  remedy: string
}

/** @param node runs JavaScript; VS Code's own program does, too */
export function kernelPrograms(files: KernelFiles, node = process.execPath): Record<ScriptLanguage, KernelProgram> {
  const cwd = tmpdir()
  const python = (file: string, ...args: string[]): Launch => ({
    file,
    args: [...args, files.python],
    environment: {},
    cwd,
  })
  return {
    javascript: {
      language: 'JavaScript',
      folders: [dirname(files.javascript), dirname(files.worker)],
      launches: [
        { file: node, args: [files.javascript, files.worker], environment: { ELECTRON_RUN_AS_NODE: '1' }, cwd },
      ],
      remedy: 'Write the script in Python, or use other tools.',
    },
    python: {
      language: 'Python',
      folders: [dirname(files.python)],
      launches: [python('python3'), python('python'), ...(process.platform === 'win32' ? [python('py', '-3')] : [])],
      remedy:
        'Python 3.8 or newer must be installed, as python3 on the PATH of VS Code. Until then write the script in JavaScript.',
    },
  }
}
