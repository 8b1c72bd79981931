import { join, relative, sep } from 'node:path'
import { isWithin } from '../../core/approvals/paths.ts'
import type { Workspace } from '../../core/ports.ts'

/** A path as tools name it: relative to its workspace folder, below the folder's name where there are several. */
export function displayOf(path: string, workspace: Workspace): { display: string; inside: boolean } {
  const folders = workspace.folders()
  const holder = folders
    .filter((folder) => isWithin(folder.path, path))
    .toSorted((a, b) => b.path.length - a.path.length)[0]
  if (holder === undefined) return { display: path, inside: false }
  const inFolder = relative(holder.path, path)
  const shown = folders.length === 1 ? inFolder : join(holder.name, inFolder)
  return { display: shown.split(sep).join('/'), inside: true }
}
