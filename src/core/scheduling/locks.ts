import { Semaphore } from 'async-mutex'
import type { OnPlace } from '../ports.ts'
import { type CancellationToken, orCancelled } from './cancellation.ts'

export interface LockRequest {
  key: string
  mode: 'read' | 'write'
}

/** What is held until it is disposed of; disposing again does nothing. */
export interface Held {
  [Symbol.dispose](): void
}

/** A writer takes all places of a lock, a reader one: first come, first served among both. Few: a release counts them. */
const PLACES = 64

interface Lock {
  key: string
  semaphore: Semaphore
  /** Tickets that were taken and not given back. */
  users: number
  /** Those who wait, in order of arrival. */
  queue: Ticket[]
  /** How many in the queue want to hear their place. */
  listeners: number
}

interface Ticket {
  lock: Lock
  weight: number
  state: 'waiting' | 'granted' | 'givenUp'
  /** Settles when it is granted; none when it was at once. */
  ready: Promise<void> | undefined
  onPlace: OnPlace | undefined
}

/** One reader/writer lock a key. A key lives only while somebody holds it or waits for it. */
export class Locks {
  readonly #locks = new Map<string, Lock>()

  /** How many keys are held or waited for. */
  get size(): number {
    return this.#locks.size
  }

  /**
   * Holds all of the keys. Every ticket is taken in the very call, in the order of the keys, so that holders of several
   * never block each other. `onPlace` hears the place in the queue, from 1, whenever it changes; 0 when the wait ends.
   *
   * @throws {CancelledError} when the token is cancelled first; its tickets are given back
   */
  async hold(requests: readonly LockRequest[], token: CancellationToken, onPlace?: OnPlace): Promise<Held> {
    token.throwIfCancelled()
    const hear = onPlace && worstPlace(onPlace)
    const tickets = merge(requests).map(({ key, mode }) => this.#take(key, mode, hear?.(key)))
    const release = (): void => {
      for (const ticket of tickets) this.#release(ticket)
    }
    const waits = tickets.flatMap(({ ready }) => ready ?? [])
    if (waits.length === 0) return { [Symbol.dispose]: release }
    try {
      await orCancelled(Promise.all(waits), token)
      token.throwIfCancelled()
    } catch (error) {
      release()
      throw error
    }
    return { [Symbol.dispose]: release }
  }

  #take(key: string, mode: LockRequest['mode'], onPlace: OnPlace | undefined): Ticket {
    let lock = this.#locks.get(key)
    if (lock === undefined) {
      lock = { key, semaphore: new Semaphore(PLACES), users: 0, queue: [], listeners: 0 }
      this.#locks.set(key, lock)
    }
    lock.users++
    const { semaphore } = lock
    const weight = mode === 'write' ? PLACES : 1
    const ticket: Ticket = { lock, weight, state: 'granted', ready: undefined, onPlace }
    const free = semaphore.getValue()
    const acquired = semaphore.acquire(weight)
    if (semaphore.getValue() < free) return ticket
    ticket.state = 'waiting'
    ticket.ready = acquired.then(() => this.#grant(ticket))
    lock.queue.push(ticket)
    if (onPlace !== undefined) {
      lock.listeners++
      onPlace(lock.queue.length)
    }
    return ticket
  }

  /** The semaphore has come to it; what was given up meanwhile goes on to the next. */
  #grant(ticket: Ticket): void {
    if (ticket.state === 'givenUp') return this.#giveBack(ticket)
    ticket.state = 'granted'
    ticket.onPlace?.(0)
    leaveQueue(ticket)
  }

  #release(ticket: Ticket): void {
    const { state } = ticket
    if (state === 'givenUp') return
    ticket.state = 'givenUp'
    if (state === 'granted') return this.#giveBack(ticket)
    leaveQueue(ticket)
  }

  #giveBack({ lock, weight }: Ticket): void {
    lock.semaphore.release(weight)
    if (--lock.users === 0) this.#locks.delete(lock.key)
  }
}

/** A holder of several keys hears its worst place. */
function worstPlace(onPlace: OnPlace): (key: string) => OnPlace {
  const places = new Map<string, number>()
  return (key) => (place) => {
    places.set(key, place)
    onPlace(Math.max(...places.values()))
  }
}

/** Sorted, each key once; a key wanted both ways is wanted for writing. */
function merge(requests: readonly LockRequest[]): readonly LockRequest[] {
  if (requests.length < 2) return requests
  const modes = new Map<string, LockRequest['mode']>()
  for (const { key, mode } of requests) if (modes.get(key) !== 'write') modes.set(key, mode)
  return [...modes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, mode]) => ({ key, mode }))
}

/** Those behind it move up. */
function leaveQueue(ticket: Ticket): void {
  const { queue } = ticket.lock
  const at = queue.indexOf(ticket)
  queue.splice(at, 1)
  if (ticket.onPlace !== undefined) ticket.lock.listeners--
  if (ticket.lock.listeners === 0) return
  for (let place = at; place < queue.length; place++) queue[place]?.onPlace?.(place + 1)
}
