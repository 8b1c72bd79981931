import { Mutex } from 'async-mutex'
import type * as vscode from 'vscode'
import { normalise } from '../core/models/endpoint.ts'

/** API keys, each stored for one endpoint and given to no other. */
export class ApiKeys {
  readonly #storage: vscode.SecretStorage
  readonly #writing = new Mutex()

  constructor(storage: vscode.SecretStorage) {
    this.#storage = storage
  }

  async get(endpoint: string): Promise<string | undefined> {
    const name = keyName(endpoint)
    return name === undefined ? undefined : this.#storage.get(name)
  }

  /** An empty key removes the stored one. False when the endpoint is no URL. Writes never overlap. */
  async set(endpoint: string, key: string): Promise<boolean> {
    const name = keyName(endpoint)
    if (name === undefined) return false
    await this.#writing.runExclusive(async () => {
      await (key === '' ? this.#storage.delete(name) : this.#storage.store(name, key))
    })
    return true
  }

  /** Fires when a key was stored or removed, in any window. */
  onChanged(listener: () => void): vscode.Disposable {
    return this.#storage.onDidChange(({ key }) => {
      if (key.startsWith(PREFIX)) listener()
    })
  }
}

const PREFIX = 'apiKey:'

/** Undefined when the endpoint is no http or https address. */
function keyName(endpoint: string): string | undefined {
  const normal = normalise(endpoint)
  return normal === undefined ? undefined : `${PREFIX}${normal}`
}
