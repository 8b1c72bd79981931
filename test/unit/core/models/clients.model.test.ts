import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ClientLease, Clients } from '../../../../src/core/models/clients.ts'
import { ModelError } from '../../../../src/core/models/model.ts'
import { Owner } from '../../../../src/core/models/owner.ts'
import { CancellationSource, CancelledError } from '../../../../src/core/scheduling/cancellation.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { hops, propertyMs, runs, settled } from '../../../support/settled.ts'

const LIMIT = 2
const OWNERS = 2

type Move = { depth: number | undefined } & (
  | { kind: 'acquire'; key: number; owner: number }
  | { kind: 'made' | 'notMade' | 'cancel' | 'release' | 'end'; pick: number }
  | { kind: 'change' | 'tooLate' | 'dispose' }
)

const pick = fc.nat({ max: 10 })
const depth = fc.oneof(fc.constant(undefined), fc.nat({ max: 6 }))
const some = <K extends string>(kind: K) => fc.record({ kind: fc.constant(kind), pick, depth })
const bare = <K extends string>(kind: K) => fc.record({ kind: fc.constant(kind), depth })
const key = fc.nat({ max: 2 })
const owner = fc.nat({ max: OWNERS - 1 })
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('acquire' as const), key, owner, depth }) },
  { weight: 10, arbitrary: some('made') },
  { weight: 10, arbitrary: some('release') },
  { weight: 4, arbitrary: fc.oneof(some('notMade'), some('cancel')) },
  { weight: 2, arbitrary: bare('change') },
  { weight: 2, arbitrary: fc.oneof(some('end'), bare('tooLate')) },
  { weight: 1, arbitrary: bare('dispose') },
)
const moves = fc.array(move, { maxLength: 40, size: 'max' })

/** A client as it really is. */
interface Real {
  id: number
  held: number
  closed: number
  making: PromiseWithResolvers<void> | undefined
  /** What had happened when it was begun: see `World.changes`. */
  changes: number
  owner: number
}

/** One who asked. */
interface Asker {
  source: CancellationSource
  outcome: number | string | undefined
  lease: ClientLease<Real & AsyncDisposable> | undefined
  givenBack: boolean
}

/** The cache with all that a test does to it. */
class World {
  readonly #exact: boolean
  readonly clock = new ManualClock()
  readonly real: Real[] = []
  readonly askers: Asker[] = []
  readonly owners = Array.from({ length: OWNERS }, (_, at) => new Owner(`o${at}`))
  readonly ended = new Set<number>()
  readonly faults: unknown[] = []
  disposed = false
  /** Changes of settings so far. */
  changes = 0
  readonly clients = new Clients<Real & AsyncDisposable>({
    create: ({ endpoint }) => this.#make(Number(endpoint.headers?.['owner'])),
    clock: this.clock,
    // Where moves run into each other, time may pass while one closes.
    log: { error: (message) => this.#exact && this.faults.push(message) },
    limit: LIMIT,
  })

  constructor(exact: boolean) {
    this.#exact = exact
  }

  acquire(which: number, ownerAt: number): void {
    const asker: Asker = { source: new CancellationSource(), outcome: undefined, lease: undefined, givenBack: false }
    this.askers.push(asker)
    const { changes } = this
    const headers = { owner: String(ownerAt) }
    const endpoint = { baseUrl: 'http://x', model: `m${which}`, api: 'chat' as const, headers }
    const from = this.owners[ownerAt] ?? new Owner('none')
    this.clients.acquire({ endpoint, network: {} }, from, asker.source.token).then(
      (lease) => {
        const { client } = lease
        asker.lease = lease
        asker.outcome = client.id
        client.held++
        this.#claim(() => {
          expect([client.closed, client.owner]).toEqual([0, ownerAt])
          // Else it may have been given before the end, and be heard of after it.
          if (this.#exact) expect([this.disposed, this.ended.has(ownerAt)]).toEqual([false, false])
          // No client of before a change goes to who asked after it.
          expect(client.changes).toBeGreaterThanOrEqual(changes)
        })
      },
      (error: unknown) => {
        asker.outcome = error instanceof CancelledError ? error.reason : (error as ModelError).message.slice(0, 2)
      },
    )
  }

  release(asker: Asker): void {
    const { lease } = asker
    if (lease === undefined) return
    asker.givenBack = true
    lease.client.held--
    void lease[Symbol.asyncDispose]()
    void lease[Symbol.asyncDispose]()
  }

  #claim(claim: () => void): void {
    try {
      claim()
    } catch (error) {
      this.faults.push(error)
    }
  }

  async #make(ownerAt: number): Promise<Real & AsyncDisposable> {
    const making = Promise.withResolvers<void>()
    const { changes } = this
    const real: Real = { id: this.real.length, held: 0, closed: 0, making, changes, owner: ownerAt }
    this.real.push(real)
    const client = Object.assign(real, {
      [Symbol.asyncDispose]: async () => {
        real.closed++
        this.#claim(() => expect([real.held, real.closed]).toEqual([0, 1]))
      },
    })
    await making.promise
    return client
  }
}

/** A client as a list of steps, one after another, would have it. */
interface Expected {
  id: number
  name: string
  owner: number
  making: boolean
  /** Who waits for it or has it. */
  users: Set<number>
  retired: boolean
  /** Nobody waits for it any more: it closes when it is made. */
  abandoned: boolean
}

class Sequential {
  readonly all: Expected[] = []
  /** Those that can be given, the least recently used first. */
  order: Expected[] = []
  readonly outcomes: (number | string | undefined)[] = []
  readonly open = new Set<number>()
  readonly ended = new Set<number>()
  disposed = false

  acquire(which: number, ownerAt: number): void {
    const asker = this.outcomes.length
    this.outcomes.push(undefined)
    if (this.disposed) return this.#tell(asker, 'dispose')
    const name = `${which} ${ownerAt}`
    let entry = this.order.find((one) => one.name === name)
    if (entry === undefined) {
      if (this.ended.has(ownerAt)) return this.#tell(asker, 'dispose')
      const fresh = { name, owner: ownerAt, making: true, users: new Set<number>(), retired: false, abandoned: false }
      entry = { id: this.all.length, ...fresh }
      this.all.push(entry)
    }
    entry.users.add(asker)
    if (!entry.making) this.#tell(asker, entry.id)
    this.#touch(entry)
    this.#evict()
  }

  made(entry: Expected): void {
    entry.making = false
    this.open.add(entry.id)
    if (!entry.abandoned) for (const user of entry.users) this.#tell(user, entry.id)
    if (entry.retired && (entry.abandoned || entry.users.size === 0)) this.open.delete(entry.id)
  }

  /** Those who wait for it hear this. */
  fail(entry: Expected, why: string): void {
    for (const user of entry.users) this.#tell(user, why)
    entry.users.clear()
    entry.abandoned = true
    this.retire(entry)
  }

  leave(asker: number): void {
    const entry = this.all.find(({ users }) => users.has(asker))
    if (entry === undefined) return
    entry.users.delete(asker)
    if (this.outcomes[asker] === undefined) this.#tell(asker, 'stop')
    this.#touch(entry)
    if (entry.users.size > 0) return
    if (entry.retired) this.open.delete(entry.id)
    else this.#evict()
  }

  end(entry: Expected): void {
    if (entry.abandoned) return
    if (entry.making) this.fail(entry, 'dispose')
    else this.retire(entry)
  }

  retire(entry: Expected): void {
    entry.retired = true
    this.order = this.order.filter((one) => one !== entry)
    if (entry.users.size === 0) this.open.delete(entry.id)
  }

  #tell(asker: number, outcome: number | string): void {
    this.outcomes[asker] = outcome
  }

  #touch(entry: Expected): void {
    if (entry.retired) return
    this.order = [...this.order.filter((one) => one !== entry), entry]
  }

  #evict(): void {
    for (const entry of this.order) if (this.order.length > LIMIT && entry.users.size === 0) this.retire(entry)
  }
}

test(
  'clients are given, kept and closed as by one hand after another',
  async () => {
    const property = fc.asyncProperty(moves, (list) => play(list, true))
    await fc.assert(property, { seed: 61, numRuns: runs(600) })
  },
  propertyMs,
)

test(
  'in any interleaving a client is closed once, after its last use, and nothing is left',
  async () => {
    const property = fc.asyncProperty(moves, (list) => play(list, false))
    await fc.assert(property, { seed: 62, numRuns: runs(3_000) })
  },
  propertyMs,
)

/** @param exact lets each move come to rest and compares; else the moves run into each other */
async function play(list: Move[], exact: boolean): Promise<void> {
  const world = new World(exact)
  const expected = new Sequential()
  for (const one of list) {
    make(one, world, expected)
    await (exact ? settled(2) : hops(one.depth))
    if (exact) compare(world, expected)
  }
  await finish(world)
  expect(world.faults).toEqual([])
}

function compare(world: World, expected: Sequential): void {
  expect(world.askers.map(({ outcome }) => outcome)).toEqual(expected.outcomes)
  const open = world.real.filter(({ making, closed }) => making === undefined && closed === 0)
  expect(new Set(open.map(({ id }) => id))).toEqual(expected.open)
  expect(world.clients.size).toBe(expected.order.length)
}

function make(one: Move, world: World, expected: Sequential): void {
  switch (one.kind) {
    case 'acquire':
      world.acquire(one.key, one.owner)
      return expected.acquire(one.key, one.owner)
    case 'made':
    case 'notMade':
      return settle(one, world, expected)
    case 'cancel':
      return leave(one.pick, world, expected, ({ outcome }) => outcome === undefined)
    case 'release':
      return leave(one.pick, world, expected, ({ lease, givenBack }) => lease !== undefined && !givenBack)
    case 'change':
      world.changes++
      world.clients.retire()
      return expected.order.forEach((entry) => expected.retire(entry))
    case 'tooLate':
      world.clock.advance(10_000)
      return expected.all
        .filter(({ making, abandoned }) => making && !abandoned)
        .forEach((entry) => expected.fail(entry, 'A '))
    case 'end':
      return endOwner(one.pick % OWNERS, world, expected)
    case 'dispose':
      world.disposed = expected.disposed = true
      void world.clients[Symbol.asyncDispose]()
      return expected.all.forEach((entry) => expected.end(entry))
  }
}

function settle(one: Move & { pick: number }, world: World, expected: Sequential): void {
  const waiting = world.real.filter(({ making }) => making !== undefined)
  const real = waiting[one.pick % Math.max(1, waiting.length)]
  if (real === undefined) return
  const { making } = real
  real.making = undefined
  const entry = expected.all[real.id]
  if (one.kind === 'made') making?.resolve()
  else {
    // Never to be open.
    real.closed = 1
    making?.reject(new Error('no'))
  }
  if (entry === undefined) return
  if (one.kind === 'made') return expected.made(entry)
  entry.making = false
  if (!entry.abandoned) expected.fail(entry, 'no')
}

function leave(at: number, world: World, expected: Sequential, can: (asker: Asker) => boolean): void {
  const able = world.askers.filter(can)
  const asker = able[at % Math.max(1, able.length)]
  if (asker === undefined) return
  if (asker.lease === undefined) asker.source.cancel('stop')
  else world.release(asker)
  expected.leave(world.askers.indexOf(asker))
}

function endOwner(at: number, world: World, expected: Sequential): void {
  world.ended.add(at)
  expected.ended.add(at)
  world.owners[at]?.end()
  for (const entry of expected.all) if (entry.owner === at) expected.end(entry)
}

/** Everything is made, given back and disposed of: then nothing is open, and no timer runs. */
async function finish(world: World): Promise<void> {
  for (const { making } of world.real) making?.resolve()
  await settled(2)
  for (const asker of world.askers) if (!asker.givenBack) world.release(asker)
  await world.clients[Symbol.asyncDispose]()
  await settled(2)
  expect(world.askers.filter(({ outcome }) => outcome === undefined)).toEqual([])
  expect(world.real.filter(({ closed }) => closed !== 1)).toEqual([])
  expect([world.clients.size, world.clock.pending]).toEqual([0, 0])
}
