import { mkdirSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** The most that one output's file holds, in bytes: its beginning. */
const LARGEST_FILE = 32 * 1024 * 1024
/** The most that all of them hold. */
const LARGEST_FOLDER = 512 * 1024 * 1024
/** From here on, what waits to be written holds its writer back. */
const MOST_PENDING = 1024 * 1024

/** Outputs that are too long for memory, in a folder of this window's own. It is made for the first and goes with `dispose`. */
export class OutputFiles {
  readonly #open = new Set<OutputFile>()
  readonly folder: string
  #count = 0
  #room = LARGEST_FOLDER

  /** @param folder absolute, not there yet */
  constructor(folder: string) {
    this.folder = folder
  }

  create(): OutputFile {
    const file = new OutputFile(() => this.#path(), Math.min(LARGEST_FILE, this.#room))
    this.#room = Math.max(0, this.#room - LARGEST_FILE)
    this.#open.add(file)
    return file
  }

  /** Removes them all. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#open].map((file) => file.close()))
    if (this.#count > 0) await rm(this.folder, { recursive: true, force: true })
  }

  #path(): string {
    if (this.#count++ === 0) mkdirSync(this.folder, { mode: 0o700 })
    return join(this.folder, `${this.#count}.txt`)
  }
}

/** One output, from its beginning until there is no room for more. */
export class OutputFile {
  readonly #limit: number
  readonly #newPath: () => string
  #path = ''
  #pending: Buffer[] = []
  #pendingSize = 0
  #taken = 0
  #isCut = false
  #fault: string | undefined
  #writing: Promise<void> | undefined
  #closed = false

  constructor(newPath: () => string, limit: number) {
    this.#newPath = newPath
    this.#limit = limit
  }

  add(bytes: Buffer): void {
    const kept = bytes.subarray(0, this.#limit - this.#taken)
    if (kept.length < bytes.length) this.#isCut = true
    if (kept.length === 0 || this.#fault !== undefined || this.#closed) return
    this.#taken += kept.length
    this.#pendingSize += kept.length
    this.#pending.push(kept)
    this.#writing ??= this.#write()
  }

  /** Settles when what waits to be written is on disk; undefined while that is little. */
  get full(): Promise<void> | undefined {
    return this.#pendingSize > MOST_PENDING ? this.#writing : undefined
  }

  /** Where it is, for the model. */
  note(): string {
    if (this.#fault !== undefined) return `it could not be kept: ${this.#fault}`
    if (this.#taken === 0) return 'there was no room to keep it'
    return this.#isCut
      ? `the first ${Math.round(this.#taken / 1024 / 1024)} MB are in ${this.#path}`
      : `all of it is in ${this.#path}`
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#pending = []
    await this.#writing
  }

  async #write(): Promise<void> {
    try {
      this.#path ||= this.#newPath()
      await using handle = await open(this.#path, 'a', 0o600)
      while (this.#pending.length > 0) {
        const bytes = Buffer.concat(this.#pending)
        this.#pending = []
        await handle.writeFile(bytes)
        this.#pendingSize -= bytes.length
      }
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error)
      this.#pendingSize = 0
    } finally {
      this.#writing = undefined
    }
  }
}
