import { type FSWatcher, mkdirSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { physicalPath } from '../approvals/physical.ts'
import type { Log } from '../ports.ts'
import { type ConfigFile, configFiles } from './config.ts'
import { readStamped } from './replaceFile.ts'

/** Tells of files that somebody has changed: this window, another one, or the user in an editor. */
export class ConfigWatch {
  readonly #pathOf: (file: ConfigFile) => string
  readonly #log: Log
  readonly #listeners = new Set<(file: ConfigFile) => void>()
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #texts = new Map<ConfigFile, string>()
  readonly #looking = new Map<ConfigFile, 'looking' | 'again'>()
  #begun: Promise<void> | undefined
  #disposed = false

  constructor(pathOf: (file: ConfigFile) => string, log: Log) {
    this.#pathOf = pathOf
    this.#log = log
  }

  onChanged(listener: (file: ConfigFile) => void): { dispose(): void } {
    this.#listeners.add(listener)
    this.#begun ??= this.#begin()
    return { dispose: () => this.#listeners.delete(listener) }
  }

  /** This window wrote it: no need to wait for the system's word. */
  wrote(file: ConfigFile): void {
    if (this.#begun !== undefined) void this.#look(file)
  }

  dispose(): void {
    this.#disposed = true
    this.#listeners.clear()
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  async #begin(): Promise<void> {
    await Promise.all(configFiles.map((file) => this.#look(file)))
  }

  /** Compares what is there with what was there; a change while it looks makes it look again. */
  async #look(file: ConfigFile): Promise<void> {
    if (this.#looking.has(file)) {
      this.#looking.set(file, 'again')
      return
    }
    do {
      this.#looking.set(file, 'looking')
      await this.#compare(file)
    } while (this.#looking.get(file) === 'again')
    this.#looking.delete(file)
  }

  async #compare(file: ConfigFile): Promise<void> {
    try {
      const asked = this.#pathOf(file)
      // Before the reading, so that no change falls between the two.
      for (const path of new Set([asked, await physicalPath(asked)])) this.#watchFolder(dirname(path))
      const { text } = await readStamped(asked)
      const before = this.#texts.get(file)
      this.#texts.set(file, text)
      if (before === undefined || before === text || this.#disposed) return
      for (const listener of this.#listeners) listener(file)
    } catch (error) {
      this.#log.warn(
        `Changes of ${file}.jsonc may not be seen: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }

  #watchFolder(folder: string): void {
    if (this.#disposed || this.#watchers.has(folder)) return
    mkdirSync(folder, { recursive: true })
    const watcher = watch(folder, { persistent: false }, (_event, name) => {
      for (const file of configFiles) if (name === null || this.#mayBe(file, name)) void this.#look(file)
    })
    watcher.on('error', (error) => {
      watcher.close()
      this.#watchers.delete(folder)
      this.#log.warn(`Changes in ${folder} may not be seen: ${error.message}`)
    })
    this.#watchers.set(folder, watcher)
  }

  /** A link's target may have any name; the lock and the unfinished file are none of them. */
  #mayBe(file: ConfigFile, name: string): boolean {
    if (/\.(?:lock|new)$/.test(name)) return false
    return name === basename(this.#pathOf(file)) || !configFiles.some((other) => name === basename(this.#pathOf(other)))
  }
}
