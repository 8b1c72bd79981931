import type * as vscode from 'vscode'
import type { ServiceLease } from '../core/models/auxiliary.ts'
import { factsOf, firstChatModel, localServers } from '../core/models/catalog.ts'
import { modelClient, type ModelClient } from '../core/models/client.ts'
import { type ClientKey, type ClientLease, Clients } from '../core/models/clients.ts'
import { DEMO_LABEL, demoModel } from '../core/models/demo.ts'
import { type Endpoint, hostOf } from '../core/models/endpoint.ts'
import type { KnownModels, ModelFacts } from '../core/models/facts.ts'
import { ModelError } from '../core/models/model.ts'
import { type ClientOwner, Owner } from '../core/models/owner.ts'
import { modelsProbe, type Probe } from '../core/models/probe.ts'
import { DEMO, parseReference } from '../core/models/reference.ts'
import {
  findLocal,
  type Resolved,
  type ResolveParts,
  resolveModel,
  resolveReference,
  type VsCodeModel,
} from '../core/models/resolve.ts'
import { serverFacts } from '../core/models/serverFacts.ts'
import type { ModelLease, Override } from '../core/models/source.ts'
import type { Failure, Log } from '../core/ports.ts'
import { type CancellationToken, neverCancelled, orCancelled } from '../core/scheduling/cancellation.ts'
import type { Environment } from '../protocol/messages.ts'
import { systemClock } from './clock.ts'
import { LanguageModels } from './languageModels.ts'
import { type OfferedModels, offeredModels } from './modelOffers.ts'
import { windowNetwork } from './network.ts'
import type { ApiKeys } from './secrets.ts'
import { modelSettings, streamLimits } from './settings.ts'

export interface ModelClientsParts {
  keys: ApiKeys
  log: Pick<Log, 'error'>
  access: vscode.LanguageModelAccessInformation
  /** What the user's `models` file says of models. */
  known: () => Promise<KnownModels>
}

/** Clients, and which model is the one to ask. */
export class ModelClients {
  readonly #parts: ModelClientsParts
  readonly #probe: Probe = (endpoint, deadlineMs, token) =>
    modelsProbe(windowNetwork(endpoint.baseUrl, process.env))(endpoint, deadlineMs, token)
  readonly #clients: Clients<ModelClient>
  readonly #vscode: LanguageModels
  /** What may be waiting for another attempt. */
  readonly #leased = new Set<{ tryNow(): void }>()
  /** What most clients live in. */
  readonly #window = new Owner('window')
  /** Goes up when settings or keys change. */
  #generation = 0
  #resolving: Promise<Resolved | Failure> | undefined

  constructor(parts: ModelClientsParts) {
    this.#parts = parts
    this.#vscode = new LanguageModels({ access: parts.access, clock: systemClock, limits: streamLimits })
    const create = async ({ endpoint, network }: ClientKey): Promise<ModelClient> =>
      modelClient(endpoint, network, systemClock, { limits: streamLimits })
    this.#clients = new Clients({ create, clock: systemClock, log: parts.log })
  }

  /** @throws {ModelError} `no_model`, `bad_endpoint`, `unknown_model`, `unknown_endpoint` */
  async acquire(override: string | Override | undefined, token: CancellationToken): Promise<ModelLease> {
    const { model, owner } = typeof override === 'object' ? override : { model: override, owner: this.#window }
    const resolved = await this.#resolved(model, token)
    switch (resolved.provider) {
      case 'demo':
        return demo()
      case 'vscode':
        return this.#lendVsCode(resolved.model, token)
      case 'openai':
        return this.#lend(resolved, owner, token)
    }
  }

  /**
   * The endpoint that is used where nothing else is said, with another model of its; for what is no conversation.
   *
   * @throws {ModelError} also `no_model` when no endpoint is used
   */
  async service(model: string | undefined, token: CancellationToken): Promise<ServiceLease> {
    const resolved = await this.#resolved(model, token)
    if (resolved.provider !== 'openai')
      throw new ModelError('no_model', 'This needs an endpoint with an API key. Set one, or name one in models.jsonc.')
    const { endpoint } = resolved
    const { client, ...lease } = await this.#open(endpoint, this.#window, token)
    return { endpoint, fetch: client.fetch, [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose]() }
  }

  async describe(): Promise<Pick<Environment, 'model' | 'ways'>> {
    const resolved = await this.#resolve()
    if ('kind' in resolved) {
      const [[server], vscode] = await Promise.all([findLocal(this.#probe, neverCancelled), this.#vscode.list()])
      return { ways: { vscode: vscode.map(({ name }) => name), local: server?.name } }
    }
    const { provider } = resolved
    switch (provider) {
      case 'demo':
        return { model: { id: DEMO, provider }, ways: { vscode: [] } }
      case 'vscode':
        return { model: { id: resolved.model.name, provider, host: 'VS Code' }, ways: { vscode: [] } }
      case 'openai': {
        const { endpoint, label } = resolved
        const model = { id: endpoint.model, provider, host: hostOf(endpoint.baseUrl) }
        return { model, ways: { vscode: [], local: label } }
      }
    }
  }

  /** All models that can be asked from here, each source as soon as it is known. */
  async offers(token: CancellationToken): Promise<Promise<OfferedModels[]>[]> {
    const { keys, known } = this.#parts
    const vscodeModels = (): Promise<VsCodeModel[]> => this.#vscode.list()
    return offeredModels({ keys, known: await known(), probe: this.#probe, vscodeModels }, token)
  }

  async local(): Promise<{ baseUrl: string; model: string } | undefined> {
    const found = await findLocal(this.#probe, neverCancelled)
    for (const { baseUrl, models } of found) {
      const model = firstChatModel(models)
      if (model !== undefined) return { baseUrl, model }
    }
    return undefined
  }

  tryNow(): void {
    for (const each of this.#leased) each.tryNow()
  }

  /** Settings or keys have changed: the next turn looks again, and gets a client of its own. */
  forget(): void {
    this.#generation++
    this.#resolving = undefined
    this.#clients.retire()
  }

  async dispose(): Promise<void> {
    this.#window.end()
    await this.#clients[Symbol.asyncDispose]()
  }

  async #lend(
    { endpoint, label }: Extract<Resolved, { provider: 'openai' }>,
    owner: ClientOwner,
    token: CancellationToken,
  ): Promise<ModelLease> {
    const lease = await this.#open(endpoint, owner, token)
    try {
      return {
        model: lease.client.model,
        label: label === undefined ? endpoint.model : `${endpoint.model} (${label})`,
        facts: await this.#facts(endpoint, token),
        [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose](),
      }
    } catch (error) {
      await lease[Symbol.asyncDispose]()
      throw error
    }
  }

  async #open(endpoint: Endpoint, owner: ClientOwner, token: CancellationToken): Promise<ClientLease<ModelClient>> {
    const network = windowNetwork(endpoint.baseUrl, process.env)
    const { client, ...lease } = await this.#clients.acquire({ endpoint, network }, owner, token)
    const waiting = { tryNow: () => client.tryNow() }
    this.#leased.add(waiting)
    const giveBack = async (): Promise<void> => {
      this.#leased.delete(waiting)
      await lease[Symbol.asyncDispose]()
    }
    return { client, [Symbol.asyncDispose]: giveBack }
  }

  async #lendVsCode(offered: VsCodeModel, token: CancellationToken): Promise<ModelLease> {
    const [model, known] = await orCancelled(Promise.all([this.#vscode.open(offered), this.#parts.known()]), token)
    if (model === undefined)
      throw new ModelError('unknown_model', `VS Code no longer offers ${offered.name}. Choose another model.`)
    this.#leased.add(model)
    return {
      model,
      label: offered.name,
      facts: factsOf(offered.id, undefined, known, { contextTokens: offered.contextTokens }),
      [Symbol.asyncDispose]: async () => void this.#leased.delete(model),
    }
  }

  async #facts({ baseUrl, model }: Endpoint, token: CancellationToken): Promise<ModelFacts | undefined> {
    const local = localServers.find((server) => server.baseUrl === baseUrl)
    const told = local === undefined ? {} : await serverFacts(local.kind, baseUrl, model, token)
    return factsOf(model, hostOf(baseUrl), await this.#parts.known(), told)
  }

  /** What to ask by the settings and keys as they are when it is known. */
  async #resolved(override: string | undefined, token: CancellationToken): Promise<Resolved> {
    for (;;) {
      const generation = this.#generation
      const asked = override === undefined ? this.#resolve() : this.#byReference(override)
      const resolved = await orCancelled(asked, token)
      if (generation !== this.#generation) continue
      if ('kind' in resolved) throw new ModelError(resolved.code, resolved.message)
      return resolved
    }
  }

  #byReference(text: string): Promise<Resolved | Failure> {
    return resolveReference(this.#ways(), parseReference(text), () => this.#resolve())
  }

  /** A failure is not kept: a server may have been started meanwhile. */
  #resolve(): Promise<Resolved | Failure> {
    if (this.#resolving !== undefined) return this.#resolving
    const mine = resolveModel(this.#ways(), neverCancelled)
    this.#resolving = mine
    const forget = (): void => {
      if (this.#resolving === mine) this.#resolving = undefined
    }
    mine.then((resolved) => 'kind' in resolved && forget(), forget)
    return mine
  }

  #ways(): ResolveParts {
    return {
      settings: modelSettings(),
      environment: process.env,
      storedKey: (baseUrl) => this.#parts.keys.get(baseUrl),
      probe: this.#probe,
      vscodeModels: () => this.#vscode.list(),
    }
  }
}

function demo(): ModelLease {
  return {
    model: demoModel(systemClock),
    label: DEMO_LABEL,
    facts: undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }
}
