import { modelClient, type ModelClient } from '../core/models/client.ts'
import { factsOf, firstChatModel, localServers, OPENAI } from '../core/models/catalog.ts'
import { type ClientKey, Clients } from '../core/models/clients.ts'
import { DEMO_LABEL, demoModel } from '../core/models/demo.ts'
import { hostOf, normalise } from '../core/models/endpoint.ts'
import { ModelError } from '../core/models/model.ts'
import { modelsProbe, type Probe } from '../core/models/probe.ts'
import { findLocal, type Resolved, resolveModel } from '../core/models/resolve.ts'
import type { ModelLease } from '../core/models/source.ts'
import { Owner } from '../core/models/owner.ts'
import type { Failure, Log } from '../core/ports.ts'
import {
  CancellationSource,
  type CancellationToken,
  neverCancelled,
  orCancelled,
} from '../core/scheduling/cancellation.ts'
import type { Environment } from '../protocol/messages.ts'
import { systemClock } from './clock.ts'
import { windowNetwork } from './network.ts'
import type { ApiKeys } from './secrets.ts'
import { modelSettings } from './settings.ts'

const LIST_DEADLINE_MS = 5000

/** Models of one endpoint, to choose from. */
export interface OfferedModels {
  /** `Ollama`, `api.openai.com`. */
  name: string
  baseUrl: string
  models: string[]
}

interface ForeignToken {
  readonly isCancellationRequested: boolean
  readonly onCancellationRequested: (listener: () => unknown) => { dispose(): void }
}

/** Clients, and which endpoint is the one to ask. */
export class ModelClients {
  readonly #keys: ApiKeys
  readonly #probe: Probe = (endpoint, deadlineMs, token) =>
    modelsProbe(windowNetwork(endpoint.baseUrl, process.env))(endpoint, deadlineMs, token)
  readonly #clients: Clients<ModelClient>
  readonly #leased = new Set<{ client: ModelClient }>()
  /** What most clients live in. */
  readonly #window = new Owner('window')
  /** Goes up when settings or keys change. */
  #generation = 0
  #resolving: Promise<Resolved | Failure> | undefined

  constructor(keys: ApiKeys, log: Pick<Log, 'error'>) {
    this.#keys = keys
    const create = async ({ endpoint, network }: ClientKey): Promise<ModelClient> =>
      modelClient(endpoint, network, systemClock)
    this.#clients = new Clients({ create, clock: systemClock, log })
  }

  /** @throws {ModelError} `no_model`, `bad_endpoint` */
  async acquire(override: string | undefined, token: CancellationToken): Promise<ModelLease> {
    if (override === 'demo') return demo()
    const resolved = await this.#current(token)
    if ('kind' in resolved) throw new ModelError(resolved.code, resolved.message)
    if (resolved.provider === 'demo') return demo()
    const endpoint = override === undefined ? resolved.endpoint : { ...resolved.endpoint, model: override }
    const network = windowNetwork(endpoint.baseUrl, process.env)
    const lease = await this.#clients.acquire({ endpoint, network }, this.#window, token)
    this.#leased.add(lease)
    return {
      model: lease.client.model,
      label: resolved.label === undefined ? endpoint.model : `${endpoint.model} (${resolved.label})`,
      facts: factsOf(endpoint.model, hostOf(endpoint.baseUrl), {}),
      [Symbol.asyncDispose]: async () => {
        this.#leased.delete(lease)
        await lease[Symbol.asyncDispose]()
      },
    }
  }

  async describe(): Promise<Pick<Environment, 'model' | 'ways'>> {
    const resolved = await this.#resolve()
    if ('kind' in resolved) {
      const [server] = await findLocal(this.#probe, neverCancelled)
      return { ways: { vscode: [], local: server?.name } }
    }
    if (resolved.provider === 'demo') return { model: { id: 'demo', provider: 'demo' }, ways: { vscode: [] } }
    const { endpoint, label } = resolved
    const model = { id: endpoint.model, provider: 'openai' as const, host: hostOf(endpoint.baseUrl) }
    return { model, ways: { vscode: [], local: label } }
  }

  /** All endpoints that are known here and list models, asked at once. */
  async offers(foreign: ForeignToken): Promise<OfferedModels[]> {
    const source = new CancellationSource()
    const link = foreign.onCancellationRequested(() => source.cancel('stop'))
    try {
      const remote = await this.#remoteEndpoint()
      const [local, own] = await Promise.all([
        findLocal(this.#probe, source.token),
        remote === undefined ? [] : this.#list(remote, source.token),
      ])
      return [...own, ...local]
    } finally {
      link.dispose()
    }
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
    for (const { client } of this.#leased) client.tryNow()
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

  /** What to ask by the settings and keys as they are when it is known. */
  async #current(token: CancellationToken): Promise<Resolved | Failure> {
    for (;;) {
      const generation = this.#generation
      const resolved = await orCancelled(this.#resolve(), token)
      if (generation === this.#generation) return resolved
    }
  }

  /** A failure is not kept: a server may have been started meanwhile. */
  #resolve(): Promise<Resolved | Failure> {
    if (this.#resolving !== undefined) return this.#resolving
    const storedKey = (baseUrl: string): Promise<string | undefined> => this.#keys.get(baseUrl)
    const parts = { settings: modelSettings(), environment: process.env, storedKey, probe: this.#probe }
    const mine = resolveModel(parts, neverCancelled)
    this.#resolving = mine
    const forget = (): void => {
      if (this.#resolving === mine) this.#resolving = undefined
    }
    mine.then((resolved) => 'kind' in resolved && forget(), forget)
    return mine
  }

  /** The endpoint of the settings or the environment, or OpenAI where a key is stored for it; not a local server. */
  async #remoteEndpoint(): Promise<{ baseUrl: string; apiKey?: string } | undefined> {
    const { baseUrl: set } = modelSettings()
    const { OPENAI_BASE_URL: fromEnvironment, OPENAI_API_KEY: environmentKey } = process.env
    const baseUrl = normalise(set || fromEnvironment || OPENAI)
    if (baseUrl === undefined || localServers.some((server) => server.baseUrl === baseUrl)) return undefined
    const usable = baseUrl === normalise(fromEnvironment || OPENAI) ? environmentKey : undefined
    const apiKey = (await this.#keys.get(baseUrl)) ?? usable
    return set === '' && !fromEnvironment && apiKey === undefined ? undefined : { baseUrl, apiKey }
  }

  async #list(endpoint: { baseUrl: string; apiKey?: string }, token: CancellationToken): Promise<OfferedModels[]> {
    const models = await this.#probe(endpoint, LIST_DEADLINE_MS, token)
    return models === undefined ? [] : [{ name: hostOf(endpoint.baseUrl), baseUrl: endpoint.baseUrl, models }]
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
