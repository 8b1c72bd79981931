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

/** Readers together or one writer: first come, first served among both. */
interface Lock {
  key: string
  readers: number
  writing: boolean
  /** Those who wait, in order of arrival. */
  queue: Ticket[]
}

interface Ticket {
  lock: Lock
  mode: LockRequest['mode']
  state: 'waiting' | 'granted' | 'givenUp'
  /** Settles when it is granted; none when it was at once. */
  granted: PromiseWithResolvers<void> | undefined
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
    const [wait, ...others] = tickets.flatMap(({ granted }) => granted?.promise ?? [])
    if (wait === undefined) return { [Symbol.dispose]: release }
    try {
      await orCancelled<unknown>(others.length === 0 ? wait : Promise.all([wait, ...others]), token)
      token.throwIfCancelled()
    } catch (error) {
      release()
      throw error
    }
    return { [Symbol.dispose]: release }
  }

  #take(key: string, mode: LockRequest['mode'], onPlace: OnPlace | undefined): Ticket {
    const lock = this.#locks.get(key) ?? { key, readers: 0, writing: false, queue: [] }
    const ticket: Ticket = { lock, mode, state: 'waiting', granted: undefined, onPlace }
    if (lock.queue.length === 0 && isFree(lock, mode)) {
      grant(ticket)
      this.#locks.set(key, lock)
      return ticket
    }
    ticket.granted = Promise.withResolvers()
    lock.queue.push(ticket)
    tellPlaces(lock)
    return ticket
  }

  #release(ticket: Ticket): void {
    const { lock, mode, state } = ticket
    if (state === 'givenUp') return
    ticket.state = 'givenUp'
    if (state === 'waiting') lock.queue.splice(lock.queue.indexOf(ticket), 1)
    else if (mode === 'write') lock.writing = false
    else lock.readers--
    grantNext(lock)
    if (lock.queue.length > 0) queueMicrotask(() => tellPlaces(lock))
    else if (!lock.writing && lock.readers === 0) this.#locks.delete(lock.key)
  }
}

function isFree({ readers, writing }: Lock, mode: LockRequest['mode']): boolean {
  return !writing && (mode === 'read' || readers === 0)
}

function grant(ticket: Ticket): void {
  ticket.state = 'granted'
  if (ticket.mode === 'write') ticket.lock.writing = true
  else ticket.lock.readers++
}

function grantNext(lock: Lock): void {
  for (let next = lock.queue[0]; next !== undefined && isFree(lock, next.mode); next = lock.queue[0]) {
    lock.queue.shift()
    grant(next)
    next.granted?.resolve()
    queueMicrotask(() => next.state === 'granted' && next.onPlace?.(0))
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

function tellPlaces(lock: Lock): void {
  let place = 0
  for (const { onPlace } of lock.queue) onPlace?.(++place)
}
