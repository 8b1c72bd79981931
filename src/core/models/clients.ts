import type { Endpoint } from './endpoint.ts'

/** A client for the time of one use; it is not closed before the lease is given back. */
export interface ClientLease<C> {
  client: C
  [Symbol.asyncDispose](): Promise<void>
}

interface Entry<C> {
  creation: Promise<C>
  leases: number
}

/**
 * One client an endpoint, key and model. The one that was asked for last stays open while nobody uses it; another closes
 * with its last lease. Concurrent first users share one creation.
 */
export class Clients<C extends AsyncDisposable> {
  readonly #create: (endpoint: Endpoint) => Promise<C>
  readonly #entries = new Map<string, Entry<C>>()
  #current: string | undefined
  #disposed = false

  constructor(create: (endpoint: Endpoint) => Promise<C>) {
    this.#create = create
  }

  /** @throws what creating the client throws; the next one to ask tries again */
  async acquire(endpoint: Endpoint): Promise<ClientLease<C>> {
    const key = JSON.stringify([endpoint.baseUrl, endpoint.apiKey, endpoint.model])
    const closing = this.#makeCurrent(key)
    const entry = this.#entries.get(key) ?? { creation: this.#create(endpoint), leases: 0 }
    this.#entries.set(key, entry)
    entry.leases++
    try {
      await closing
      return this.#lease(key, entry, await entry.creation)
    } catch (error) {
      entry.leases--
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
      throw error
    }
  }

  /** Clients that are open. */
  get size(): number {
    return this.#entries.size
  }

  /** Closes what nobody uses, now, and the rest with its last lease. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    await this.#makeCurrent(undefined)
  }

  #lease(key: string, entry: Entry<C>, client: C): ClientLease<C> {
    let held = true
    return {
      client,
      [Symbol.asyncDispose]: async () => {
        if (!held) return
        held = false
        entry.leases--
        await this.#closeUnused(key, entry)
      },
    }
  }

  async #makeCurrent(key: string | undefined): Promise<void> {
    this.#current = this.#disposed ? undefined : key
    await Promise.all([...this.#entries].map(([other, entry]) => this.#closeUnused(other, entry)))
  }

  async #closeUnused(key: string, entry: Entry<C>): Promise<void> {
    if (entry.leases > 0 || key === this.#current || this.#entries.get(key) !== entry) return
    this.#entries.delete(key)
    const client = await entry.creation
    await client[Symbol.asyncDispose]()
  }
}
