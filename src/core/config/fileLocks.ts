import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Clock, Failure } from '../ports.ts'
import { type CancellationToken, orCancelled } from '../scheduling/cancellation.ts'
import { type Held, Locks } from '../scheduling/locks.ts'
import { failed } from '../tools/tool.ts'
import type { FromLocker, ToLocker } from './lockMessages.ts'
import { Patience } from './patience.ts'

/** How long a wait may stand still, in ms: whoever holds such a lock does so for some milliseconds. */
const PATIENCE_MS = 30_000

export interface FileLockParts {
  /** The program of the thread that holds the locks: `locker.ts`. */
  program: string
  clock: Clock
  /** For tests. */
  patienceMs?: number
}

/**
 * Locks that hold between processes, each on a file of its own that is there for nothing else and stays. In one process
 * first come, first served; between processes whoever comes. The system releases them when their process dies.
 */
export class FileLocks {
  readonly #parts: FileLockParts
  readonly #inside = new Locks()
  readonly #answers = new Map<number, PromiseWithResolvers<Failure | undefined>>()
  readonly #held = new Set<Promise<void>>()
  #locker: Worker | undefined
  #last = 0
  #disposed = false

  constructor(parts: FileLockParts) {
    this.#parts = parts
  }

  /**
   * Codes: `locked` when nothing has moved for half a minute, `io` when there can be no such file.
   *
   * @throws {CancelledError} nothing is held then
   */
  async hold(path: string, token: CancellationToken): Promise<Held | Failure> {
    if (this.#disposed) return ended()
    using patience = new Patience(this.#parts.patienceMs ?? PATIENCE_MS, this.#parts.clock, token)
    try {
      const ticket = await this.#inside.hold([{ key: path, mode: 'write' }], patience.token, () => patience.moved())
      patience.moved()
      return await this.#holdOutside(path, ticket, patience.token)
    } catch (error) {
      if (!patience.isOver(error)) throw error
      return failed('locked', `${path} is held by another window, and has been for long. Close that, then try again.`)
    }
  }

  /** Waits for what is held, then ends the thread. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    for (const { resolve } of this.#answers.values()) resolve(ended())
    while (this.#held.size > 0) await Promise.all(this.#held)
    await this.#locker?.terminate()
    this.#locker = undefined
  }

  async #holdOutside(path: string, ticket: Held, token: CancellationToken): Promise<Held | Failure> {
    using undo = new DisposableStack()
    undo.use(ticket)
    if (this.#disposed) return ended()
    try {
      await mkdir(dirname(path), { recursive: true })
    } catch (error) {
      return noLock(error instanceof Error ? error.message : String(error))
    }
    token.throwIfCancelled()
    const id = ++this.#last
    const answer = Promise.withResolvers<Failure | undefined>()
    this.#answers.set(id, answer)
    undo.defer(() => this.#answers.delete(id))
    this.#tell({ kind: 'take', id, path })
    undo.defer(() => this.#tell({ kind: 'give', id }))
    const failure = await orCancelled(answer.promise, token)
    if (failure !== undefined) return failure
    const { promise: over, resolve } = Promise.withResolvers<void>()
    this.#held.add(over)
    undo.defer(() => {
      this.#held.delete(over)
      resolve()
    })
    return undo.move()
  }

  #tell(message: ToLocker): void {
    if (message.kind === 'take') this.#locker ??= this.#start()
    this.#locker?.postMessage(message, [])
  }

  #start(): Worker {
    const locker = new Worker(this.#parts.program)
    locker.on('message', (message: FromLocker) => {
      const failure = message.kind === 'failed' ? noLock(message.message) : undefined
      this.#answers.get(message.id)?.resolve(failure)
    })
    const end = (): void => {
      if (this.#locker !== locker) return
      this.#locker = undefined
      for (const { resolve } of this.#answers.values()) resolve(ended())
    }
    locker.on('error', end)
    locker.on('exit', end)
    return locker
  }
}

function noLock(why: string): Failure {
  return failed('io', `There is no lock to be had: ${why}.`)
}

function ended(): Failure {
  return failed('io', 'The thread that holds the locks has ended. Try again; if that does not help, reload the window.')
}
