import type { Receipt } from '../ports.ts'

interface Known {
  /** The version that the model has seen, as it wrote this step. */
  seen?: string | undefined
  /** The same, if the session has not written the file since. */
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
    if (known?.written !== version)
      this.#files.set(path, { seen: known?.seen ?? version, version, written: known?.written })
  }

  /** A write counts as read from the next step on, if what it was made from had been read. */
  wrote(path: string, receipt: Receipt): void {
    const known = this.#files.get(path)
    const isSeen = known?.version === receipt.before || known?.written === receipt.before
    if (!isSeen && receipt.change.kind !== 'added') return
    const isShown = receipt.reformatted === undefined || receipt.reformatted.diff.omitted === 0
    const written = isShown ? (receipt.reformatted?.version ?? receipt.after) : undefined
    this.#files.set(path, { seen: known?.seen, version: undefined, written })
  }

  /** What the model knew of the file when it wrote this step's calls. */
  seen(path: string): string | undefined {
    return this.#files.get(path)?.seen
  }

  has(path: string, version: string): boolean {
    return this.#files.get(path)?.version === version
  }

  stepEnded(): void {
    for (const [path, known] of this.#files) {
      const version = known.written ?? known.version
      this.#files.set(path, { seen: version ?? known.seen, version, written: undefined })
    }
  }
}
