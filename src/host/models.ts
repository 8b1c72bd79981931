import * as vscode from 'vscode'
import type { ModelLease, ModelSource } from '../core/models/source.ts'
import type { Log } from '../core/ports.ts'
import type { CancellationToken } from '../core/scheduling/cancellation.ts'
import type { Environment } from '../protocol/messages.ts'
import type { OfferedModels, ModelClients } from './modelClients.ts'
import type { ApiKeys } from './secrets.ts'
import { onSettingsChanged } from './settings.ts'

/** The window's way to a model. The clients and their libraries are loaded when the first one is asked for. */
export class WindowModels implements ModelSource {
  readonly #keys: ApiKeys
  readonly #log: Log
  readonly #changed = new vscode.EventEmitter<void>()
  readonly #listeners: vscode.Disposable[]
  #loading: Promise<ModelClients> | undefined

  /** Settings or keys changed: another model may be the one to use. */
  readonly onChanged = this.#changed.event

  constructor(keys: ApiKeys, log: Log) {
    this.#keys = keys
    this.#log = log
    const changed = (): void => {
      void this.#loading?.then((clients) => clients.forget())
      this.#changed.fire()
    }
    this.#listeners = [onSettingsChanged(changed), keys.onChanged(changed)]
  }

  async acquire(override: string | undefined, token: CancellationToken): Promise<ModelLease> {
    return (await this.#clients()).acquire(override, token)
  }

  /** The model that the next turn will use, and the ways to others. */
  async describe(): Promise<Pick<Environment, 'model' | 'ways'>> {
    return (await this.#clients()).describe()
  }

  /** What there is to choose from, by endpoint. */
  async offers(token: vscode.CancellationToken): Promise<OfferedModels[]> {
    return (await this.#clients()).offers(token)
  }

  /** A local server that has a model to talk to. */
  async local(): Promise<{ baseUrl: string; model: string } | undefined> {
    return (await this.#clients()).local()
  }

  /** Ends the waits for another attempt. */
  tryNow(): void {
    void this.#loading?.then((clients) => clients.tryNow())
  }

  async dispose(): Promise<void> {
    for (const listener of this.#listeners) listener.dispose()
    this.#changed.dispose()
    const clients = await this.#loading
    await clients?.dispose()
  }

  #clients(): Promise<ModelClients> {
    this.#loading ??= import('./modelClients.ts').then(
      ({ ModelClients: Clients }) => new Clients(this.#keys, this.#log),
    )
    return this.#loading
  }
}
