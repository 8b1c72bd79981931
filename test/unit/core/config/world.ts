import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConfigFile } from '../../../../src/core/config/config.ts'
import { ConfigStore } from '../../../../src/core/config/configStore.ts'
import type { FileLocks } from '../../../../src/core/config/fileLocks.ts'
import type { CancellationToken } from '../../../../src/core/scheduling/cancellation.ts'
import { Locks } from '../../../../src/core/scheduling/locks.ts'

/** The locks of one process alone. */
export function insideLocks(): Pick<FileLocks, 'hold'> {
  const locks = new Locks()
  return { hold: (key, token) => locks.hold([{ key, mode: 'write' }], token) }
}

export interface ConfigWorld extends AsyncDisposable {
  folder: string
  store: ConfigStore
  warnings: string[]
  path(file: ConfigFile): string
  text(file: ConfigFile): Promise<string>
  /** Another window's way to the same files. */
  another(locks: Pick<FileLocks, 'hold'>): ConfigStore
}

/** A folder of configuration files, and a window's way to them. */
export async function configWorld(locks: Pick<FileLocks, 'hold'> = insideLocks()): Promise<ConfigWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'stretto-config-'))
  const warnings: string[] = []
  const warn = (message: string): void => void warnings.push(message)
  const log = { info: () => undefined, warn, error: warn }
  const store = new ConfigStore({ folder, locks, log })
  return {
    folder,
    store,
    warnings,
    path: (file) => store.path(file),
    text: (file) => readFile(store.path(file), 'utf8'),
    another: (its) => new ConfigStore({ folder, locks: its, log }),
    [Symbol.asyncDispose]: async () => {
      store.dispose()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Puts a model's context size into the file. */
export function size(
  store: ConfigStore,
  id: string,
  contextTokens: number,
  token: CancellationToken,
): ReturnType<ConfigStore['update']> {
  return store.update('models', (value) => ({ ...value, [id]: { contextTokens } }), token)
}
