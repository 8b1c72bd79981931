import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CancellationSource, CancelledError } from '../../../../src/core/scheduling/cancellation.ts'
import { type Held, Locks, type LockRequest } from '../../../../src/core/scheduling/locks.ts'
import { hops, propertyMs, runs } from '../../../support/settled.ts'

/** A holder as the model sees it: in order of arrival, among those who have neither left nor given up. */
interface Ticket {
  name: number
  requests: LockRequest[]
  source: CancellationSource
  held: Held | undefined
  /** The places it was told. */
  places: number[]
}

type Move = { depth: number | undefined } & (
  | { kind: 'hold'; requests: LockRequest[]; cancelled: boolean }
  | { kind: 'leave' | 'cancel'; pick: number }
)

const depth = fc.oneof(fc.constant(undefined), fc.nat({ max: 6 }))
const pick = fc.nat({ max: 10 })
const request: fc.Arbitrary<LockRequest> = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  mode: fc.constantFrom('read', 'write'),
})
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('hold' as const),
      requests: fc.array(request, { minLength: 1, maxLength: 3 }),
      cancelled: fc.nat({ max: 9 }).map((one) => one === 0),
      depth,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('leave' as const), pick, depth }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick, depth }) },
)

test(
  'locks hold to a queue of readers and writers under any schedule, and leave nothing behind',
  async () => {
    await fc.assert(fc.asyncProperty(fc.array(move, { maxLength: 30, size: 'max' }), play), {
      seed: 20,
      numRuns: runs(3_000),
    })
  },
  propertyMs,
)

async function play(moves: Move[]): Promise<void> {
  const locks = new Locks()
  const queue: Ticket[] = []
  const faults: unknown[] = []
  for (const [name, one] of moves.entries()) {
    make(one, name, locks, queue, faults)
    noTwoInside(queue)
    await hops(one.depth)
    if (one.depth === undefined) atRest(queue, locks)
  }
  while (queue.length > 0) {
    await hops(undefined)
    atRest(queue, locks)
    leave(
      queue,
      queue.find(({ held }) => held !== undefined),
    )
  }
  await hops(undefined)
  expect(locks.size).toBe(0)
  expect(faults).toEqual([])
}

/** What fails in a reaction is told at the end. */
function check(faults: unknown[], claim: () => void): void {
  try {
    claim()
  } catch (error) {
    faults.push(error)
  }
}

function make(one: Move, name: number, locks: Locks, queue: Ticket[], faults: unknown[]): void {
  const [holders, waiting] = [queue.filter(({ held }) => held), queue.filter(({ held }) => !held)]
  switch (one.kind) {
    case 'hold':
      return arrive(one, name, locks, queue, faults)
    case 'leave':
      return leave(queue, holders[one.pick % Math.max(1, holders.length)])
    case 'cancel':
      return giveUp(queue, waiting[one.pick % Math.max(1, waiting.length)])
  }
}

function arrive(one: Move & { kind: 'hold' }, name: number, locks: Locks, queue: Ticket[], faults: unknown[]): void {
  const source = new CancellationSource()
  if (one.cancelled) source.cancel('stop')
  const ticket: Ticket = { name, requests: one.requests, source, held: undefined, places: [] }
  if (!one.cancelled) queue.push(ticket)
  void locks
    .hold(one.requests, source.token, (place) => ticket.places.push(place))
    .then(
      (held) => {
        // Cancelled after it was granted and before it heard of that: whoever it is gives it back.
        if (source.token.isCancellationRequested) return held[Symbol.dispose]()
        ticket.held = held
        check(faults, () => {
          noTwoInside(queue)
          expect([undefined, 0]).toContain(ticket.places.at(-1))
          expect(source.attached.listeners).toBe(0)
        })
      },
      (error: unknown) => {
        check(faults, () => {
          expect(error).toBeInstanceOf(CancelledError)
          expect(source.token.isCancellationRequested).toBe(true)
        })
      },
    )
}

function leave(queue: Ticket[], ticket: Ticket | undefined): void {
  if (ticket === undefined) return
  queue.splice(queue.indexOf(ticket), 1)
  ticket.held?.[Symbol.dispose]()
  ticket.held?.[Symbol.dispose]()
}

/** Cancelled before it was told that it holds: it never will. */
function giveUp(queue: Ticket[], ticket: Ticket | undefined): void {
  if (ticket === undefined) return
  queue.splice(queue.indexOf(ticket), 1)
  ticket.source.cancel('stop')
}

/** At rest exactly those hold who have nobody before them that they exclude. */
function atRest(queue: Ticket[], locks: Locks): void {
  for (const [at, ticket] of queue.entries()) {
    const free = !queue.slice(0, at).some((before) => excludes(before, ticket))
    expect([ticket.name, ticket.held !== undefined]).toEqual([ticket.name, free])
    if (!free) expect(ticket.places.at(-1)).toBe(placeOf(ticket, queue))
  }
  expect(locks.size).toBe(new Set(queue.flatMap(({ requests }) => requests.map(({ key }) => key))).size)
}

/** The worst of its places: how many wait for a key up to itself; 0 where it holds it already. */
function placeOf(ticket: Ticket, queue: Ticket[]): number {
  const places = ticket.requests.map(({ key }) => {
    const line = queue.slice(0, queue.indexOf(ticket) + 1).filter((one) => wants(one, key))
    const firstToWait = line.findIndex((one, at) => line.slice(0, at).some((before) => !shares(before, one, key)))
    return firstToWait === -1 ? 0 : line.length - firstToWait
  })
  return Math.max(...places)
}

const wants = ({ requests }: Ticket, wanted: string): boolean => requests.some(({ key }) => key === wanted)
const writes = ({ requests }: Ticket, wanted: string): boolean =>
  requests.some(({ key, mode }) => key === wanted && mode === 'write')
const shares = (one: Ticket, other: Ticket, key: string): boolean => !writes(one, key) && !writes(other, key)

function excludes(before: Ticket, ticket: Ticket): boolean {
  return ticket.requests.some(({ key }) => wants(before, key) && !shares(before, ticket, key))
}

function noTwoInside(queue: Ticket[]): void {
  const inside = queue.filter(({ held }) => held !== undefined)
  for (const [at, ticket] of inside.entries())
    for (const other of inside.slice(0, at)) expect(excludes(other, ticket)).toBe(false)
}
