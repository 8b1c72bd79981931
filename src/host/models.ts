import * as vscode from 'vscode'
import type { ServiceLease } from '../core/models/auxiliary.ts'
import type { Config } from '../core/config/config.ts'
import type { ModelFile } from '../core/config/schemas.ts'
import type { ModelLease, ModelSource, Override } from '../core/models/source.ts'
import type { Log } from '../core/ports.ts'
import { CancellationSource, type CancellationToken } from '../core/scheduling/cancellation.ts'
import type { Environment } from '../protocol/messages.ts'
import type { ModelClients } from './modelClients.ts'
import type { OfferedModels } from './modelOffers.ts'
import type { ApiKeys } from './secrets.ts'
import { onSettingsChanged } from './settings.ts'

export interface WindowModelsParts {
  keys: ApiKeys
  log: Log
  access: vscode.LanguageModelAccessInformation
  /** Where the user's own `models` file is. */
  config?: Pick<Config, 'read' | 'onChanged'>
}

/** The window's way to a model. The clients and their libraries are loaded when the first one is asked for. */
export class WindowModels implements ModelSource {
  readonly #parts: WindowModelsParts
  readonly #changed = new vscode.EventEmitter<void>()
  readonly #listeners: { dispose(): void }[]
  #loading: Promise<ModelClients> | undefined

  /** Settings, keys, files or VS Code's models changed: another model may be the one to use. */
  readonly onChanged = this.#changed.event

  constructor(parts: WindowModelsParts) {
    this.#parts = parts
    const changed = (): void => {
      void this.#loading?.then((clients) => clients.forget())
      this.#changed.fire()
    }
    this.#listeners = [
      onSettingsChanged(changed),
      parts.keys.onChanged(changed),
      vscode.lm.onDidChangeChatModels(changed),
      ...(parts.config === undefined ? [] : [parts.config.onChanged((file) => file === 'models' && changed())]),
    ]
  }

  async acquire(override: string | Override | undefined, token: CancellationToken): Promise<ModelLease> {
    return (await this.#clients()).acquire(override, token)
  }

  /** @throws {ModelError} `no_model` when no endpoint is used */
  async service(model: string, token: CancellationToken): Promise<ServiceLease> {
    return (await this.#clients()).service(model, token)
  }

  /** The model that the next turn will use, and the ways to others. */
  async describe(): Promise<Pick<Environment, 'model' | 'ways'>> {
    return (await this.#clients()).describe()
  }

  /**
   * What there is to choose from: calls back with each source as soon as it is known, and settles when all are.
   *
   * @param found is told the source's place among the others, too
   * @param token VS Code's own
   */
  async offers(
    found: (models: OfferedModels[], place: number) => void,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const source = new CancellationSource()
    const link = token.onCancellationRequested(() => source.cancel('stop'))
    try {
      const clients = await this.#clients()
      const sources = await clients.offers(source.token)
      await Promise.all(sources.map(async (offered, place) => found(await offered, place)))
    } finally {
      link.dispose()
      source.dispose()
    }
  }

  /** A local server that has a model to talk to. */
  async local(): Promise<{ baseUrl: string; model: string } | undefined> {
    return (await this.#clients()).local()
  }

  /** The user's `models` file; an empty one while it is broken, which the log says. */
  async file(): Promise<ModelFile> {
    const read = (await this.#parts.config?.read('models')) ?? { models: {} }
    if (!('kind' in read)) return read
    this.#parts.log.error(`models.jsonc cannot be used: ${read.message}`)
    return { models: {} }
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
      ({ ModelClients: Clients }) => new Clients({ ...this.#parts, known: () => this.file() }),
    )
    return this.#loading
  }
}
