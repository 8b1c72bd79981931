import { Semaphore, type SemaphoreInterface } from 'async-mutex'
import type { OnPlace } from '../ports.ts'
import { type CancellationToken, CancelledError, orCancelled } from './cancellation.ts'

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
  semaphore: Semaphore
  /** Tickets taken and not yet given back, in order of arrival. */
  tickets: Ticket[]
}

interface Ticket {
  state: 'waiting' | 'granted' | 'givenUp'
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
    const places = new Map<string, number>()
    const tell =
      onPlace &&
      ((key: string) => (place: number) => {
        places.set(key, place)
        onPlace(Math.max(...places.values()))
      })
    const taken = merge(requests).map(({ key, mode }) => this.#take(key, mode, tell?.(key)))
    const releaseAll = (): void => {
      for (const { release } of taken) release()
    }
    try {
      await orCancelled(Promise.all(taken.map(({ ready }) => ready)), token)
      if (token.isCancellationRequested) throw new CancelledError(token.reason ?? 'stop')
    } catch (error) {
      releaseAll()
      throw error
    }
    return { [Symbol.dispose]: releaseAll }
  }

  #take(
    key: string,
    mode: LockRequest['mode'],
    onPlace: OnPlace | undefined,
  ): { ready: Promise<void>; release: () => void } {
    const lock = this.#locks.get(key) ?? { semaphore: new Semaphore(PLACES), tickets: [] }
    this.#locks.set(key, lock)
    const free = lock.semaphore.getValue()
    const acquired = lock.semaphore.acquire(mode === 'write' ? PLACES : 1)
    const ticket: Ticket = { state: lock.semaphore.getValue() < free ? 'granted' : 'waiting', onPlace }
    lock.tickets.push(ticket)
    let giveBack: SemaphoreInterface.Releaser | undefined
    const finish = (): void => {
      giveBack?.()
      lock.tickets.splice(lock.tickets.indexOf(ticket), 1)
      if (lock.tickets.length === 0) this.#locks.delete(key)
      else queueMicrotask(() => tellPlaces(lock))
    }
    const ready = acquired.then(([, releaser]) => {
      giveBack = releaser
      if (ticket.state === 'givenUp') return finish()
      if (ticket.state === 'waiting') onPlace?.(0)
      ticket.state = 'granted'
    })
    if (ticket.state === 'waiting') tellPlaces(lock)
    const release = (): void => {
      if (ticket.state === 'givenUp') return
      ticket.state = 'givenUp'
      if (giveBack !== undefined) finish()
    }
    return { ready, release }
  }
}

/** Sorted, each key once; a key wanted both ways is wanted for writing. */
function merge(requests: readonly LockRequest[]): LockRequest[] {
  const modes = new Map<string, LockRequest['mode']>()
  for (const { key, mode } of requests) if (modes.get(key) !== 'write') modes.set(key, mode)
  return [...modes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, mode]) => ({ key, mode }))
}

function tellPlaces(lock: Lock): void {
  let place = 0
  for (const ticket of lock.tickets) if (ticket.state === 'waiting') ticket.onPlace?.(++place)
}
