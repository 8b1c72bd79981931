import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { recheck } from '../approvals/paths.ts'
import type { Documents, Failure, FileTarget } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { Locks } from '../scheduling/locks.ts'
import { failed } from '../tools/tool.ts'
import { isMissing, writeWhole } from './packs.ts'

/** A file's bytes; undefined where there is no file. */
export type Bytes = Uint8Array | undefined

/** Files as bytes: what no editor shows as text, and what is to be there exactly, or not at all. */
export interface RawFiles {
  read(target: FileTarget): Promise<Bytes>
  /**
   * Puts the bytes in place of those that are there, or removes the file, under its lock.
   *
   * @param fits whether what is there may go; false: nothing happens
   */
  replace(
    target: FileTarget,
    bytes: Bytes,
    fits: (now: Bytes) => boolean,
    token: CancellationToken,
  ): Promise<true | Failure>
}

/** The files of this machine, under the locks of their documents. */
export function lockedFiles(documents: Pick<Documents, 'unsaved'>, locks: Locks): RawFiles {
  return {
    read: readBytes,
    replace: async (target, bytes, fits, token) => {
      using _held = await locks.hold([{ key: target.path, mode: 'write' }], token)
      token.throwIfCancelled()
      const { path, display } = target
      if (documents.unsaved().some((unsaved) => unsaved.path === path)) {
        return failed('unsaved', `${display} has unsaved changes in its editor`)
      }
      const moved = await recheck(target)
      if (moved !== undefined) return moved
      if (!fits(await readBytes(target))) return failed('conflict', 'it was changed since')
      if (bytes === undefined) await rm(path, { force: true })
      else {
        await mkdir(dirname(path), { recursive: true })
        await writeWhole(path, bytes)
      }
      return true
    },
  }
}

async function readBytes({ path }: FileTarget): Promise<Bytes> {
  try {
    return await readFile(path)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
