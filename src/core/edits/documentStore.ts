import type { Failure, FileTarget, ReadDocument, TextEdit } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'

/** What a buffer holds at this moment. */
export interface BufferText {
  /** With `\n` line endings. */
  text: string
  /** Whether it holds changes that are not on disk. */
  dirty: boolean
}

/** A file's buffer, found again at each use: the host may close it at any time. */
export interface OpenDocument {
  kind: 'open'
  /** Undefined when it was closed. */
  now(): BufferText | undefined
  /** Why it is never saved by us, in words; it stays in its buffer. */
  readonly neverSaved?: string
  /**
   * Applies ordered edits, in coordinates of the text that `now` gave in the same tick. False: refused, nothing
   * happened, and the newer text is there or will never come.
   */
  apply(edits: readonly TextEdit[]): Promise<boolean | Failure>
  /**
   * Writes the buffer, its encoding, BOM and line endings kept; `text` is what the buffer held in this tick. One that is
   * clean or closed is only compared with the disk.
   */
  save(text: string): Promise<SaveResult>
}

/** What became of a save. */
export type SaveResult =
  /** `text` is what the disk holds, where that is not what the buffer holds. */
  | { kind: 'saved'; text?: string }
  /** The buffer was closed or reverted, and the disk does not hold the text. */
  | { kind: 'closed' }
  /** Somebody else changed or removed the file: its text before and now, undefined where it is gone. */
  | { kind: 'changed'; before: string | undefined; now: string | undefined }
  /** The buffer held another text than was to be saved; nothing was done. */
  | { kind: 'typed' }
  /** The disk does not hold the text; `why` is a sentence. */
  | { kind: 'refused'; why: string }

/** A file that was deleted. */
export interface Removed {
  kind: 'removed'
  /** Brings it back, byte for byte. */
  restore(): Promise<Failure | undefined>
}

/** Which files are saved after an edit: those that were clean, all, none. */
export type SavePolicy = 'clean' | 'always' | 'never'

/** The thin part of the documents that differs between hosts: it knows buffers and files, no locks. */
export interface DocumentStore {
  read(target: FileTarget, token: CancellationToken): Promise<ReadDocument | Failure>
  /** Opens the file and waits, bounded, until its clean buffer is what the disk holds. */
  open(target: FileTarget): Promise<OpenDocument | { kind: 'missing' } | Failure>
  /** Makes the file, undoably; without `save` its text stays in the buffer. False: there is one already. */
  create(target: FileTarget, text: string, save: boolean): Promise<boolean | Failure>
  /** Deletes the file, undoably where the host can; a failure when its text is not `text`. */
  remove(target: FileTarget, text: string): Promise<Removed | Failure>
  /** Renames the file, and its buffer with it, undoably; a failure when there is a file at `to`. */
  move(from: FileTarget, to: FileTarget): Promise<Failure | undefined>
  unsaved(): readonly FileTarget[]
}
