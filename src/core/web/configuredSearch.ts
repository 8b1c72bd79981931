import type { Config } from '../config/config.ts'
import { type ClientKey, type ClientLease, Clients } from '../models/clients.ts'
import { Connection, type Network } from '../models/connection.ts'
import { hostOf, normalise } from '../models/endpoint.ts'
import { Owner } from '../models/owner.ts'
import type { Clock, Failure, Log } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { type SearchEngine, searchEngine, searchNames, type SearchProvider, searchUrls } from './search.ts'

interface Parts {
  config: Pick<Config, 'read'>
  /** The key that is stored for this address, and no other. */
  key: (baseUrl: string) => Promise<string | undefined>
  network: (baseUrl: string) => Network
  clock: Clock
  log: Pick<Log, 'error'>
}

interface SearchClient extends AsyncDisposable {
  fetch: typeof globalThis.fetch
}

/** The search engine of `models.jsonc`, its connections in a cache of clients. */
export class ConfiguredSearch implements AsyncDisposable {
  readonly #parts: Parts
  readonly #owner = new Owner('search')
  readonly #clients: Clients<SearchClient>

  constructor(parts: Parts) {
    this.#parts = parts
    this.#clients = new Clients({ create: async (key) => connect(key), clock: parts.clock, log: parts.log, limit: 1 })
  }

  /** As it is configured now, or what to do where none is. */
  async engine(): Promise<SearchEngine | Failure> {
    const file = await this.#parts.config.read('models')
    if ('kind' in file) return file
    if (file.search === undefined) {
      const how =
        'No search engine is configured. Ask the user to set "search" in models.jsonc, as in { "search": { "provider": "searxng", "url": "https://…" } }, or "tavily" or "brave" and an API key for it with "Stretto: Set API Key". A page whose URL you know can be read with web_extract.'
      return failed('not_configured', how)
    }
    const { provider, url } = file.search
    const baseUrl = normalise(url ?? searchUrls[provider] ?? '')
    if (baseUrl === undefined) return failed('not_configured', `${searchNames[provider]} needs "url" in models.jsonc.`)
    const apiKey = await this.#parts.key(baseUrl)
    if (apiKey === undefined && provider !== 'searxng') {
      return failed('no_key', `${hostOf(baseUrl)} needs an API key. Ask the user to run "Stretto: Set API Key".`)
    }
    return this.#over(provider, baseUrl, apiKey)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#owner.end()
    await this.#clients[Symbol.asyncDispose]()
  }

  #over(provider: SearchProvider, baseUrl: string, apiKey: string | undefined): SearchEngine {
    return {
      kind: 'engine',
      name: searchNames[provider],
      search: async (query, token) => {
        await using lease = await this.#lease(baseUrl, apiKey, token)
        return await searchEngine({ provider, baseUrl, apiKey, fetch: lease.client.fetch }).search(query, token)
      },
    }
  }

  #lease(baseUrl: string, apiKey: string | undefined, token: CancellationToken): Promise<ClientLease<SearchClient>> {
    const endpoint = { baseUrl, model: '', api: 'chat', ...(apiKey !== undefined && { apiKey }) } as const
    return this.#clients.acquire({ endpoint, network: this.#parts.network(baseUrl) }, this.#owner, token)
  }
}

function connect({ endpoint, network }: ClientKey): SearchClient {
  const connection = new Connection(endpoint.baseUrl, network)
  return { fetch: connection.fetch, [Symbol.asyncDispose]: () => connection.close() }
}
