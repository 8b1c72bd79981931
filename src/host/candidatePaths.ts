import { isAbsolute, join } from 'node:path'
import type { Folder } from '../core/ports.ts'

/** Where a path may lie, the likeliest first. Never on another machine: asking for such a path would sign in there. */
export function candidatePaths(path: string, folders: readonly Folder[]): string[] {
  if (/^[/\\]{2}/.test(path) || path.includes('\0')) return []
  if (isAbsolute(path)) return [path]
  const named = folders.filter(({ name }) => path.startsWith(`${name}/`))
  return [
    ...folders.map((folder) => join(folder.path, path)),
    ...named.map((folder) => join(folder.path, path.slice(folder.name.length + 1))),
  ]
}
