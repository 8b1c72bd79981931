import { createHmac, randomBytes } from 'node:crypto'
import type { Clock, Log } from '../ports.ts'
import { type CancellationToken, CancelledError, orCancelled } from '../scheduling/cancellation.ts'
import type { Network } from './connection.ts'
import { type Endpoint, hostOf } from './endpoint.ts'
import { ModelError } from './model.ts'
import type { ClientOwner } from './owner.ts'

/** All that makes two clients different, but for their owner. */
export interface ClientKey {
  endpoint: Endpoint
  network: Network
}

/** A client for the time of one use; it is not closed before the lease is given back. */
export interface ClientLease<C> {
  client: C
  /** Settles when the client is closed, if it was the last lease of one that is not to be used again. */
  [Symbol.asyncDispose](): Promise<void>
}

export interface ClientsOptions<C> {
  create: (key: ClientKey, owner: ClientOwner) => Promise<C>
  clock: Clock
  log: Pick<Log, 'error'>
  /** How many clients stay for later uses; those in use are not counted out. */
  limit?: number
}

interface Entry<C> {
  readonly name: string
  readonly made: PromiseWithResolvers<C>
  /** While it is open. */
  client: C | undefined
  leases: number
  /** Given to nobody any more: closed with its last lease, or when it is made at last. */
  retired: boolean
  /** Its owner or the cache has ended: not given to those who wait for it either. */
  ended: boolean
  registration: { dispose(): void } | undefined
  /** Of its making. */
  deadline: { dispose(): void } | undefined
}

const LIMIT = 8
/** How long making a client may take, and closing one, in ms. */
const CREATE_MS = 10_000
const CLOSE_MS = 2000

/**
 * One client a key and owner, shared by all who ask for it; concurrent first users share its creation. It is closed once,
 * with its last lease, after it was retired: the least recently used go when there are too many, all when settings
 * change, an owner's when that ends. A creation that fails or hangs is tried again by the next.
 */
export class Clients<C extends AsyncDisposable> {
  readonly #options: ClientsOptions<C>
  /** Those that can be given, the least recently used first. */
  readonly #entries = new Map<string, Entry<C>>()
  /** Besides those, what is still in use or being made. */
  readonly #live = new Set<Entry<C>>()
  readonly #closing = new Set<Promise<void>>()
  /** Names hold keys: only what is mixed with this stands in memory. */
  readonly #salt = randomBytes(32)
  #disposed = false

  constructor(options: ClientsOptions<C>) {
    this.#options = options
  }

  /** Clients that the next use may get. */
  get size(): number {
    return this.#entries.size
  }

  /**
   * @throws what creating the client throws
   * @throws {ModelError} `timeout` when it is not made in time
   * @throws {CancelledError} also when the owner or the cache has ended
   */
  async acquire(key: ClientKey, owner: ClientOwner, token: CancellationToken): Promise<ClientLease<C>> {
    token.throwIfCancelled()
    if (this.#disposed) throw new CancelledError('dispose')
    const name = this.#name(key, owner)
    const entry = this.#entries.get(name) ?? this.#open(name, key, owner)
    this.#touch(entry)
    entry.leases++
    this.#evict()
    try {
      const client = await orCancelled(entry.made.promise, token)
      if (entry.ended) throw new CancelledError('dispose')
      return this.#lease(entry, client)
    } catch (error) {
      void this.#release(entry)
      throw error
    }
  }

  /** Settings or keys have changed: no client of before is given again. Those in use go on to the end of it. */
  retire(): void {
    for (const entry of this.#entries.values()) void this.#retire(entry)
  }

  /** Closes what nobody uses, now, and the rest with its last lease. Bounded, however long a client takes. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    for (const entry of this.#live) this.#end(entry)
    await Promise.all(this.#closing)
  }

  #open(name: string, key: ClientKey, owner: ClientOwner): Entry<C> {
    const made = Promise.withResolvers<C>()
    const fresh = {
      client: undefined,
      leases: 0,
      retired: false,
      ended: false,
      registration: undefined,
      deadline: undefined,
    }
    const entry: Entry<C> = { name, made, ...fresh }
    this.#live.add(entry)
    // Each who waits hears of a failure; maybe nobody does any more.
    made.promise.catch(() => undefined)
    entry.registration = owner.onEnded(() => this.#end(entry))
    if (!entry.ended) void this.#make(entry, key, owner)
    return entry
  }

  async #make(entry: Entry<C>, key: ClientKey, owner: ClientOwner): Promise<void> {
    const { create, clock } = this.#options
    entry.deadline = clock.after(CREATE_MS, () => this.#fail(entry, tooSlow(key)))
    try {
      entry.client = await create(key, owner)
      entry.made.resolve(entry.client)
      // Too late: nobody waits for it any more.
      if (entry.retired && entry.leases === 0) void this.#close(entry)
    } catch (error) {
      this.#fail(entry, error)
    } finally {
      entry.deadline.dispose()
    }
  }

  #lease(entry: Entry<C>, client: C): ClientLease<C> {
    let given: Promise<void> | undefined
    return { client, [Symbol.asyncDispose]: () => (given ??= this.#release(entry)) }
  }

  async #release(entry: Entry<C>): Promise<void> {
    entry.leases--
    this.#touch(entry)
    if (entry.leases > 0) return
    if (entry.retired) await this.#close(entry)
    else this.#evict()
  }

  #touch(entry: Entry<C>): void {
    if (entry.retired) return
    this.#entries.delete(entry.name)
    this.#entries.set(entry.name, entry)
  }

  #evict(): void {
    const { limit = LIMIT } = this.#options
    for (const entry of this.#entries.values()) {
      if (this.#entries.size <= limit) return
      if (entry.leases === 0) void this.#retire(entry)
    }
  }

  async #retire(entry: Entry<C>): Promise<void> {
    entry.retired = true
    if (this.#entries.get(entry.name) === entry) this.#entries.delete(entry.name)
    if (entry.leases === 0) await this.#close(entry)
  }

  /** Retires it; who still waits for it waits no more. */
  #end(entry: Entry<C>): void {
    entry.ended = true
    if (entry.client === undefined) this.#fail(entry, new CancelledError('dispose'))
    else void this.#retire(entry)
  }

  #fail(entry: Entry<C>, error: unknown): void {
    entry.deadline?.dispose()
    this.#leave(entry)
    entry.made.reject(error)
    void this.#retire(entry)
  }

  #leave(entry: Entry<C>): void {
    this.#live.delete(entry)
    entry.registration?.dispose()
  }

  async #close(entry: Entry<C>): Promise<void> {
    const { client } = entry
    if (client === undefined) return
    entry.client = undefined
    this.#leave(entry)
    const closing = this.#within(client)
    this.#closing.add(closing)
    await closing
    this.#closing.delete(closing)
  }

  /** Settles when the client has closed, or has had the time for it. */
  #within(client: C): Promise<void> {
    const { clock, log } = this.#options
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = clock.after(CLOSE_MS, () => {
      log.error(`A client has not closed in ${CLOSE_MS / 1000} s`)
      resolve()
    })
    const end = (): void => {
      timer.dispose()
      resolve()
    }
    Promise.resolve(client[Symbol.asyncDispose]()).then(end, (error: unknown) => {
      log.error('A client did not close', error)
      end()
    })
    return promise
  }

  #name({ endpoint, network }: ClientKey, owner: ClientOwner): string {
    const { baseUrl, model, apiKey, api, headers = {} } = endpoint
    const { httpProxy, httpsProxy, noProxy, ca, strictTls } = network
    const sorted = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1))
    const way = [httpProxy, httpsProxy, noProxy, ca, strictTls]
    const all = JSON.stringify([owner.id, baseUrl, model, apiKey, api, sorted, way])
    return createHmac('sha256', this.#salt).update(all).digest('base64')
  }
}

function tooSlow({ endpoint }: ClientKey): ModelError {
  const text = `A client for ${hostOf(endpoint.baseUrl)} was not ready in ${CREATE_MS / 1000} s. Try again, or choose another model.`
  return new ModelError('timeout', text)
}
