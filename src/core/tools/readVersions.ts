import type { Receipt } from '../ports.ts'

interface Known {
  /** The version that the model has seen. */
  version: string | undefined
  /** What the session wrote in this step: its siblings were written before it was there. */
  written: string | undefined
}

/** Which version of each file a session has seen, so that a whole-file write replaces nothing unseen. */
export class ReadVersions {
  readonly #files = new Map<string, Known>()

  /** @param path the physical file */
  read(path: string, version: string): void {
    const known = this.#files.get(path)
    if (known?.written !== version) this.#files.set(path, { version, written: known?.written })
  }

  /** A write counts as read from the next step on, if what it was made from had been read. */
  wrote(path: string, receipt: Receipt): void {
    const known = this.#files.get(path)
    const seen = known?.version === receipt.before || known?.written === receipt.before
    if (seen || receipt.change.kind === 'added') this.#files.set(path, { version: undefined, written: receipt.after })
  }

  has(path: string, version: string): boolean {
    return this.#files.get(path)?.version === version
  }

  stepEnded(): void {
    for (const [path, { version, written }] of this.#files) {
      this.#files.set(path, { version: written ?? version, written: undefined })
    }
  }
}
