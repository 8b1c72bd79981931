import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Failure, FileTarget } from '../../core/ports.ts'
import { failed } from '../../core/tools/tool.ts'

/** What a file system may need beside the bytes themselves. */
const SPARE_BYTES = 8 * 1024

/**
 * A failure where the file system has no place for so many bytes more. VS Code empties a file before it writes it: on a
 * full disk both texts would be gone.
 */
export function noSpaceFor(target: FileTarget, bytes: number): Failure | undefined {
  const free = freeBytes(target)
  if (free === undefined || free >= Math.max(0, bytes) + SPARE_BYTES) return undefined
  const message = `The disk that holds ${target.display} is full. Nothing was changed. Ask the user to free some space, then try again.`
  return failed('disk_full', message)
}

/** Undefined where that cannot be known. */
function freeBytes({ path, uri }: FileTarget): number | undefined {
  if (uri !== undefined) return undefined
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      const { bavail, bsize } = statfsSync(folder)
      return bavail * bsize
    } catch {
      // The folder is yet to be made: its parent's file system will hold it.
      if (dirname(folder) === folder) return undefined
    }
  }
}
