import type { SpoolEntry, SpoolFile, SpoolFolder } from '../../../src/core/rpc/spool.ts'
import { hops } from '../settled.ts'

/** What the folder does in places where a real one may do either. */
export interface Whims {
  /** How many promise reactions a step takes. */
  depth(): number
  /** Whether a listing shows a file that came while it was made. */
  shown(): boolean
  /** Whether what is removed or set aside is gone at once; else the next listing still shows it. */
  removed(): boolean
}

/** A folder in memory, as slow, torn and late as a real one may be. */
export class MemoryFolder implements SpoolFolder {
  /** A folder has no text. */
  readonly files = new Map<string, string | undefined>()
  readonly aside: string[] = []
  gone = false
  readonly #whims: Whims
  #late: (() => void)[] = []

  constructor(whims: Whims) {
    this.#whims = whims
  }

  async list(): Promise<SpoolEntry[]> {
    const late = this.#late.splice(0)
    const before = new Set(this.files.keys())
    for (let step = 0; step < 6; step++) await this.#step()
    const names = [...this.files.keys()].filter((name) => before.has(name) || this.#whims.shown())
    const entries = names.filter((name) => !name.startsWith('.')).map((name) => this.#entry(name))
    for (const gone of late) gone()
    return entries
  }

  async write(files: readonly SpoolFile[]): Promise<void> {
    for (const { name, text } of files) {
      await this.#step()
      this.files.set(`.${name}`, text.slice(0, text.length / 2))
      await this.#step()
      this.files.delete(`.${name}`)
      this.files.set(name, text)
    }
  }

  async remove(names: readonly string[]): Promise<void> {
    await this.#step()
    for (const name of names) this.#take(name)
  }

  async setAside(names: readonly string[]): Promise<void> {
    await this.#step()
    for (const name of names) {
      this.#take(name)
      this.aside.push(name)
    }
  }

  #entry(name: string): SpoolEntry {
    const text = this.files.get(name)
    return text === undefined ? { name, problem: 'it is no file' } : { name, text }
  }

  #take(name: string): void {
    if (this.#whims.removed()) this.files.delete(name)
    else this.#late.push(() => this.files.delete(name))
  }

  async #step(): Promise<void> {
    await hops(this.#whims.depth())
    if (this.gone) throw Object.assign(new Error('gone'), { code: 'ENOENT' })
  }
}
