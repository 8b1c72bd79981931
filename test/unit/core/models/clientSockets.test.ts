import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ModelClient, modelClient } from '../../../../src/core/models/client.ts'
import { type ClientKey, Clients } from '../../../../src/core/models/clients.ts'
import type { ModelPart } from '../../../../src/core/models/model.ts'
import { Owner, workerOwner } from '../../../../src/core/models/owner.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../../../src/host/clock.ts'
import { delta, events, type FaultyServer, faultyServer } from '../../../support/faultyServer.ts'
import type { FromWorker, ToWorker } from '../../../support/model/clientWorker.ts'
import { silentLog } from '../../../support/openGate.ts'
import { propertyMs } from '../../../support/settled.ts'

const CHANGES = process.env['STRETTO_LONG'] === undefined ? 1_000 : 10_000
const request = { messages: [{ role: 'user' as const, text: 'Hello' }], tools: [] }
const owner = new Owner('window')
const create = async ({ endpoint, network }: ClientKey): Promise<ModelClient> =>
  modelClient(endpoint, network, systemClock)
const keyed = (baseUrl: string, apiKey: string): ClientKey => ({
  endpoint: { baseUrl, model: 'm', api: 'chat', apiKey },
  network: {},
})

async function ask({ model }: ModelClient, seen?: (part: ModelPart) => Promise<void>): Promise<string> {
  let said = ''
  for await (const part of model.stream(request, neverCancelled)) {
    if (part.type === 'text') said += part.text
    await seen?.(part)
  }
  return said
}

const ok = (): Promise<FaultyServer> =>
  faultyServer((response) => (events(response, delta({ content: 'ok' }, 'stop'), '[DONE]'), response.end()))

describe('the sockets of clients', () => {
  test(
    'are gone after thousands of changes of the key, each with a request of its own',
    async () => {
      await using server = await ok()
      const clients = new Clients({ create, clock: systemClock, log: silentLog })
      let most = 0
      for (let change = 0; change < CHANGES; change++) {
        await using lease = await clients.acquire(keyed(server.baseUrl, `key ${change}`), owner, neverCancelled)
        expect(await ask(lease.client)).toBe('ok')
        most = Math.max(most, server.sockets.size)
        clients.retire()
      }
      await clients[Symbol.asyncDispose]()
      await server.quiet()
      expect([server.headers.at(-1)?.authorization, server.sockets.size]).toEqual([`Bearer key ${CHANGES - 1}`, 0])
      expect(most).toBeLessThan(20)
    },
    propertyMs,
  )

  test('a change of the key in mid-request breaks nothing, and the next request has the new one', async () => {
    const half = Promise.withResolvers<void>()
    await using server = await faultyServer((response, count) => {
      events(response, delta({ content: 'half' }))
      const rest = (): void => (events(response, delta({ content: ' whole' }, 'stop'), '[DONE]'), void response.end())
      if (count === 1) void half.promise.then(rest)
      else rest()
    })
    await using clients = new Clients({ create, clock: systemClock, log: silentLog })
    const before = await clients.acquire(keyed(server.baseUrl, 'old'), owner, neverCancelled)
    const asked = ask(before.client, async (part) => {
      if (part.type !== 'text' || part.text !== 'half') return
      clients.retire()
      await using after = await clients.acquire(keyed(server.baseUrl, 'new'), owner, neverCancelled)
      expect(await ask(after.client)).toBe('half whole')
      half.resolve()
    })
    expect(await asked).toBe('half whole')
    expect(server.headers.map(({ authorization }) => authorization)).toEqual(['Bearer old', 'Bearer new'])
    await before[Symbol.asyncDispose]()
    await clients[Symbol.asyncDispose]()
    await server.quiet()
  })
})

/** A client that lives in a thread. */
interface FarClient extends AsyncDisposable {
  ask(): Promise<string>
}

/** Makes clients in threads, by their owners' ids. */
class Threads {
  readonly #workers = new Map<string, Worker>()
  #count = 0

  start(): { worker: Worker; owner: ReturnType<typeof workerOwner> } {
    const worker = new Worker(new URL('../../../support/model/clientWorker.ts', import.meta.url))
    const thread = workerOwner(worker)
    this.#workers.set(thread.id, worker)
    return { worker, owner: thread }
  }

  async open({ endpoint }: ClientKey, ownerId: string): Promise<FarClient> {
    const worker = this.#workers.get(ownerId)
    const client = ++this.#count
    await this.#tell(worker, { id: ++this.#count, do: 'open', client, endpoint })
    return {
      ask: () => this.#tell(worker, { id: ++this.#count, do: 'ask', client }),
      [Symbol.asyncDispose]: async () => void (await this.#tell(worker, { id: ++this.#count, do: 'close', client })),
    }
  }

  async end(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.terminate()))
  }

  /** Settles also when the thread ends. */
  #tell(worker: Worker | undefined, message: ToWorker): Promise<string> {
    return new Promise((resolve) => {
      worker?.on('message', ({ id, said }: FromWorker) => id === message.id && resolve(said))
      worker?.once('exit', () => resolve('the thread has ended'))
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a window's
      worker?.postMessage(message)
    })
  }
}

describe('clients that live in worker threads', () => {
  let threads: Threads
  beforeEach(() => {
    threads = new Threads()
  })
  afterEach(() => threads.end())

  test('are reused by their thread, are another’s in another, and are never used after it', async () => {
    const reached = Promise.withResolvers<void>()
    await using server = await faultyServer((response, count) => {
      if (count === 4) return reached.resolve()
      events(response, delta({ content: 'ok' }, 'stop'), '[DONE]')
      response.end()
    })
    const make = (key: ClientKey, { id }: { id: string }) => threads.open(key, id)
    const clients = new Clients<FarClient>({ create: make, clock: systemClock, log: silentLog })
    const [one, two] = [threads.start(), threads.start()]
    const key = keyed(server.baseUrl, 'k')
    for (const { owner: thread } of [one, one, two]) {
      await using lease = await clients.acquire(key, thread, neverCancelled)
      expect(await lease.client.ask()).toBe('ok')
    }
    expect(clients.size).toBe(2)
    const lease = await clients.acquire(key, one.owner, neverCancelled)
    const asked = lease.client.ask()
    await reached.promise
    await one.worker.terminate()
    expect(await asked).toBe('the thread has ended')
    expect(clients.size).toBe(1)
    await expect(clients.acquire(key, one.owner, neverCancelled)).rejects.toMatchObject({ reason: 'dispose' })
    await lease[Symbol.asyncDispose]()
    const three = threads.start()
    await using other = await clients.acquire(key, three.owner, neverCancelled)
    expect(await other.client.ask()).toBe('ok')
    await other[Symbol.asyncDispose]()
    await clients[Symbol.asyncDispose]()
    await server.quiet()
    expect([server.bodies.length, server.sockets.size]).toEqual([5, 0])
  })

  test('of a thread that has ended before it was asked, there are none', async () => {
    const { worker } = threads.start()
    await worker.terminate()
    const clients = new Clients<FarClient>({
      create: (key, { id }) => threads.open(key, id),
      clock: systemClock,
      log: silentLog,
    })
    const late = workerOwner(worker)
    await expect(clients.acquire(keyed('http://x', ''), late, neverCancelled)).rejects.toMatchObject({
      reason: 'dispose',
    })
  })

  test('end with a thread that ends by itself', async () => {
    const worker = new Worker('', { eval: true })
    const ended: string[] = []
    workerOwner(worker).onEnded(() => ended.push('ended'))
    await once(worker, 'exit')
    expect(ended).toEqual(['ended'])
  })
})
