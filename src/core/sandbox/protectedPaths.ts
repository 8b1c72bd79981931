import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { protectedName } from '../approvals/protected.ts'

/** Folders that are looked through; deeper down in a larger tree nothing is found. */
const MOST_FOLDERS = 20_000
/** Full of other people's files, none of which anything reads as rules of this workspace. */
const SKIPPED: ReadonlySet<string> = new Set(['node_modules'])

/** The outermost protected files and folders below a folder, which are read-only behind walls. */
export async function protectedPaths(root: string): Promise<string[]> {
  const found: string[] = []
  let level = [root]
  for (let left = MOST_FOLDERS; level.length > 0 && left > 0; left -= level.length) {
    const entries = await Promise.all(level.slice(0, left).map(entriesOf))
    const all = entries.flat().map((entry) => ({ path: join(entry.parentPath, entry.name), entry }))
    const guarded = all.filter(({ entry }) => isProtected(entry.name))
    found.push(...guarded.filter(({ entry }) => !entry.isSymbolicLink()).map(({ path }) => path))
    level = all
      .filter(({ entry }) => entry.isDirectory() && !SKIPPED.has(entry.name) && !isProtected(entry.name))
      .map(({ path }) => path)
  }
  return found
}

/** By its own name alone: what lies above is not asked about again. */
function isProtected(name: string): boolean {
  const path = `/${name}`
  return protectedName({ path, asked: path, display: name, inside: true }) !== undefined
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch {
    // Gone meanwhile, or not ours to read: then a process of ours cannot write there either.
    return []
  }
}
