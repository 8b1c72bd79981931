import type { CallOwner, Failure, FileTarget } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import type { Checkpoints } from './checkpoints.ts'
import { contentHash } from './packs.ts'
import type { RawFiles } from './rawFiles.ts'

/** Files that are no text, made by calls. */
export interface NewFiles {
  /**
   * Writes a file where there is none, under its lock; it belongs to the turn's checkpoint. Cancelled in the queue:
   * throws, and nothing happened.
   *
   * @throws {CancelledError}
   */
  create(target: FileTarget, bytes: Uint8Array, owner: CallOwner, token: CancellationToken): Promise<true | Failure>
}

export function recordedFiles(raw: RawFiles, checkpoints: Pick<Checkpoints, 'edited'>): NewFiles {
  return {
    create: async (target, bytes, owner, token) => {
      const written = await raw.replace(target, bytes, (now) => now === undefined, token)
      if (written !== true) return written.code === 'conflict' ? exists(target) : written
      const before = { version: 'missing', content: { kind: 'missing' as const } }
      const after = { version: contentHash(bytes), content: { kind: 'bytes' as const, bytes } }
      checkpoints.edited(owner, target, { state: 'applied', before, after, saved: true, dirty: false })
      return true
    },
  }
}

export function exists({ display }: FileTarget): Failure {
  return failed('exists', `${display} exists, and is not replaced. Give another path.`)
}
