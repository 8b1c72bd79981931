import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ResultFiles } from './callHandler.ts'

/** Large results of one kernel of this machine, in a folder that is made with the first and removed with the rest. */
export class LocalResults implements ResultFiles, AsyncDisposable {
  readonly #parent: string
  #folder: Promise<string> | undefined
  #count = 0
  #open = true

  constructor(parent: string = tmpdir()) {
    this.#parent = parent
  }

  /** @throws when it was disposed: its kernel is gone */
  async put(text: string): Promise<string> {
    if (!this.#open) throw new Error('the kernel that asked is gone')
    this.#folder ??= mkdtemp(join(this.#parent, 'stretto-'))
    const path = join(await this.#folder, `${++this.#count}.txt`)
    await writeFile(path, text, { flag: 'wx', mode: 0o600 })
    return path
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open = false
    if (this.#folder === undefined) return
    await rm(await this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
  }
}
