import picomatch from 'picomatch'
import type { Failure, FileTarget, Workspace } from '../ports.ts'
import { folderTargets } from './folders.ts'
import { failed } from './tool.ts'

/** Where a search looks: a workspace folder, and which of its files. */
export interface SearchFolder {
  target: FileTarget
  /** What is put before a path inside the folder to show it. */
  prefix: string
  /** Whether a path inside the folder, with `/`, is looked for. */
  matches: (path: string) => boolean
  /** Arguments that let ripgrep skip most of the rest. Its own globs would bring ignored files back. */
  narrow: string[]
}

/** The folders that a glob can match in, all of them when there is no glob. */
export async function searchFolders(
  glob: string | undefined,
  workspace: Workspace,
): Promise<{ all: FileTarget[]; searched: SearchFolder[] } | Failure> {
  const targets = await folderTargets(workspace)
  if ('kind' in targets) return targets
  const several = targets.length > 1
  const searched = targets.flatMap((target, index): SearchFolder[] => {
    const name = several ? workspace.folders()[index]?.name : undefined
    const own = glob === undefined ? '' : within(plain(glob), target, name)
    if (own === undefined) return []
    return [{ target, prefix: target.display === '.' ? '' : `${target.display}/`, ...matcher(own) }]
  })
  if (searched.length > 0) return { all: targets, searched }
  return failed('outside', `${glob} is outside of the workspace folders. Searches look only in them; use terminal.`)
}

/** A path as ripgrep prints it, with `/` and relative to the folder it ran in. */
export function relativePath(printed: string): string {
  return plain(printed)
}

function plain(glob: string): string {
  const slashed = process.platform === 'win32' ? glob.replaceAll('\\', '/') : glob
  return slashed.replace(/^(?:\.\/)+/, '')
}

/** The glob as seen from the folder; undefined if it names another place. */
function within(glob: string, { path, asked }: FileTarget, name: string | undefined): string | undefined {
  if (/^(?:\/|[a-z]:\/)/i.test(glob)) {
    const base = [path, asked].map((folder) => plain(folder)).find((folder) => `${glob}/`.startsWith(`${folder}/`))
    return base === undefined ? undefined : glob.slice(base.length + 1)
  }
  if (glob === '..' || glob.startsWith('../')) return undefined
  if (name === undefined) return glob
  return glob === name || glob.startsWith(`${name}/`) ? glob.slice(name.length + 1) : glob
}

function matcher(glob: string): Pick<SearchFolder, 'matches' | 'narrow'> {
  const isNegated = glob.startsWith('!')
  const bare = (isNegated ? glob.slice(1) : glob).replace(/\/$/, '')
  if (bare === '') return { matches: () => true, narrow: [] }
  const anchored = bare.includes('/') ? bare : `**/${bare}`
  const isMatch = picomatch([anchored, `${anchored}/**`], { dot: true })
  return isNegated ? { matches: (path) => !isMatch(path), narrow: [] } : { matches: isMatch, narrow: narrow(bare) }
}

/** Only for a last part that says what a file is called, and that both read alike. */
function narrow(glob: string): string[] {
  const last = glob.slice(glob.lastIndexOf('/') + 1)
  const isFileName = /^\*\.(?:[\w-]+|\{[\w,-]+\})$/.test(last)
  return isFileName ? [`--type-add=wanted:${last}`, '--type=wanted'] : []
}
