import type { BufferText } from './documentStore.ts'
import { versionOf } from './version.ts'

/** Files whose last change hangs in the host. Nothing more is done to them until that settles. */
export class StuckFiles {
  readonly #files = new Map<string, string>()

  /** What hangs, in words; undefined for a file that is free. */
  reason(path: string): string | undefined {
    return this.#files.get(path)
  }

  add(path: string, reason: string, work: Promise<unknown>): void {
    this.#files.set(path, reason)
    const free = (): void => {
      this.#files.delete(path)
    }
    work.then(free, free)
  }
}

/** Buffers that hold nothing unsaved but our own edits, so that those are not taken for the user's. */
export class LeftUnsaved {
  readonly #versions = new Map<string, string>()

  set(path: string, text: string): void {
    this.#versions.set(path, versionOf(text))
  }

  delete(path: string): void {
    this.#versions.delete(path)
  }

  /** Whether the buffer holds unsaved changes of somebody else's. */
  holdsOthers(path: string, { text, dirty }: BufferText): boolean {
    return dirty && this.#versions.get(path) !== versionOf(text)
  }
}
