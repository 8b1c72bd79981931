import { join } from 'node:path'
import type { Config, ConfigChange, ConfigContent, ConfigFile, ConfigValue } from '../core/config/config.ts'
import type { ConfigStore } from '../core/config/configStore.ts'
import { FileLocks } from '../core/config/fileLocks.ts'
import type { Failure, Log } from '../core/ports.ts'
import type { CancellationToken } from '../core/scheduling/cancellation.ts'
import { systemClock } from './clock.ts'

export interface WindowConfigParts {
  /** The extension's own, shared by all windows. */
  folder: string
  locks: FileLocks
  log: Log
}

/** @param programs the folder of this extension's own programs */
export function windowConfig({ folder, programs, log }: { folder: string; programs: string; log: Log }): WindowConfig {
  const locks = new FileLocks({ program: join(programs, 'locker.cjs'), clock: systemClock })
  return new WindowConfig({ folder, locks, log })
}

/** The window's way to the configuration files. What that takes is loaded when the first one is read. */
export class WindowConfig implements Config {
  readonly #parts: WindowConfigParts
  readonly #listeners = new Set<(file: ConfigFile) => void>()
  #loading: Promise<ConfigStore> | undefined

  constructor(parts: WindowConfigParts) {
    this.#parts = parts
  }

  /** Of the stored keys. */
  readonly keyLock = (token: CancellationToken): ReturnType<FileLocks['hold']> =>
    this.#parts.locks.hold(join(this.#parts.folder, 'keys.lock'), token)

  async read<F extends ConfigFile>(file: F): Promise<ConfigContent[F] | Failure> {
    return (await this.#store()).read(file)
  }

  async readValue(file: ConfigFile): Promise<ConfigValue | Failure> {
    return (await this.#store()).readValue(file)
  }

  async locate(file: ConfigFile): Promise<string> {
    return (await this.#store()).locate(file)
  }

  async update(file: ConfigFile, change: ConfigChange, token: CancellationToken): Promise<Failure | undefined> {
    return (await this.#store()).update(file, change, token)
  }

  async updateAll(
    changes: Readonly<Partial<Record<ConfigFile, ConfigChange>>>,
    token: CancellationToken,
  ): Promise<Failure | undefined> {
    return (await this.#store()).updateAll(changes, token)
  }

  /** Of files that nobody has read yet, nobody needs to know. */
  onChanged(listener: (file: ConfigFile) => void): { dispose(): void } {
    this.#listeners.add(listener)
    return { dispose: () => this.#listeners.delete(listener) }
  }

  /** Lets what is being written be written. */
  async dispose(): Promise<void> {
    this.#listeners.clear()
    const store = await this.#loading?.catch(() => undefined)
    store?.dispose()
    await this.#parts.locks[Symbol.asyncDispose]()
  }

  #store(): Promise<ConfigStore> {
    this.#loading ??= this.#load()
    return this.#loading
  }

  async #load(): Promise<ConfigStore> {
    const { ConfigStore: Store } = await import('../core/config/configStore.ts')
    const store = new Store(this.#parts)
    store.onChanged((file) => {
      for (const listener of this.#listeners) listener(file)
    })
    return store
  }
}
