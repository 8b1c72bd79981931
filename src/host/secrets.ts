import type * as vscode from 'vscode'
import { normalise } from '../core/models/endpoint.ts'
import type { Failure } from '../core/ports.ts'
import { type CancellationToken, neverCancelled } from '../core/scheduling/cancellation.ts'
import type { Held } from '../core/scheduling/locks.ts'
import { failed } from '../core/tools/tool.ts'

/** The lock of the stored keys, between windows too. */
export type KeyLock = (token: CancellationToken) => Promise<Held | Failure>

/** API keys, each stored for one endpoint and given to no other. */
export class ApiKeys {
  readonly #storage: vscode.SecretStorage
  readonly #lock: KeyLock
  readonly #listeners = new Set<() => void>()

  constructor(storage: vscode.SecretStorage, lock: KeyLock) {
    this.#storage = storage
    this.#lock = lock
  }

  async get(endpoint: string): Promise<string | undefined> {
    const name = keyName(endpoint)
    return name === undefined ? undefined : this.#storage.get(name)
  }

  /**
   * An empty key removes the stored one. Writes never overlap, and one that is cancelled in the queue does not happen.
   * Codes: `bad_endpoint`, `locked`.
   *
   * @throws {CancelledError}
   */
  async set(endpoint: string, key: string, token: CancellationToken = neverCancelled): Promise<Failure | undefined> {
    const name = keyName(endpoint)
    if (name === undefined) return failed('bad_endpoint', 'A key belongs to an address like https://api.openai.com/v1.')
    const lock = await this.#lock(token)
    if ('kind' in lock) return lock
    using _held = lock
    const before = await this.#storage.get(name)
    token.throwIfCancelled()
    if (before === (key === '' ? undefined : key)) return undefined
    await (key === '' ? this.#storage.delete(name) : this.#storage.store(name, key))
    // The storage says so too, but later: nobody who asks from now on may get the old one.
    for (const listener of this.#listeners) listener()
    return undefined
  }

  /** Fires when a key was stored or removed, in any window. */
  onChanged(listener: () => void): vscode.Disposable {
    const elsewhere = this.#storage.onDidChange(({ key }) => {
      if (key.startsWith(PREFIX)) listener()
    })
    this.#listeners.add(listener)
    return {
      dispose: () => {
        this.#listeners.delete(listener)
        elsewhere.dispose()
      },
    }
  }
}

const PREFIX = 'apiKey:'

/** Undefined when the endpoint is no http or https address. */
function keyName(endpoint: string): string | undefined {
  const normal = normalise(endpoint)
  return normal === undefined ? undefined : `${PREFIX}${normal}`
}
