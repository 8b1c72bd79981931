import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CallOwner, Failure } from '../ports.ts'
import { CancelledError, type CancellationToken } from '../scheduling/cancellation.ts'
import { Child, type ChildOptions, type Ended } from './child.ts'
import { scrubbed } from './environment.ts'
import { killTree } from './killTree.ts'

const MARK = 'STRETTO_CALL'

/** In whose name what a turn's calls start runs. */
export function ownerOf({ sessionId, turnId }: Omit<CallOwner, 'callId'>): string {
  return `${sessionId}/${turnId}`
}

/** Owns every process that is started here, with all that it starts. */
export class Processes {
  readonly #id = randomUUID()
  readonly #running = new Set<Child>()
  /** Ended themselves, their pipes in the hands of what they left behind. */
  readonly #outlived = new Set<Child>()
  #count = 0
  /** Starting a process blocks this thread for milliseconds: one a turn of the event loop, so that it stays alive. */
  #starting: Promise<void> = Promise.resolve()
  #disposal: Promise<void> | undefined

  /**
   * Runs a process in its own group, without input and without this process's secrets, to its exit. When the token is
   * cancelled its whole tree is ended, within 2 s, before this settles. What it leaves behind at its exit goes on, and is
   * ended by `endOwned` or `dispose`.
   *
   * @param owner in whose name it runs: a turn
   * @throws {CancelledError} when cancelled before it began: nothing was started
   */
  async run(options: ChildOptions, token: CancellationToken, owner = ''): Promise<Ended | Failure> {
    token.throwIfCancelled()
    this.#starting = this.#starting.then(() => nextTurn())
    await this.#starting
    token.throwIfCancelled()
    if (this.#disposal !== undefined) throw new CancelledError('dispose')
    const mark = `${this.#id}:${owner}:${++this.#count};`
    const child = new Child(options, { ...scrubbed(process.env), [MARK]: mark }, `${MARK}=${mark}`)
    this.#running.add(child)
    const registration = token.onCancellationRequested(() => child.stop())
    options.onStart?.(() => registration.dispose())
    try {
      return await child.ended
    } finally {
      registration.dispose()
      this.#running.delete(child)
      this.#outlived.add(child)
      void child.closed.then(() => this.#outlived.delete(child))
    }
  }

  /** How many run now. */
  get size(): number {
    return this.#running.size
  }

  /** Ends what was started in this name and still runs, what its commands left behind included, within 2 s. */
  async endOwned(owner: string): Promise<void> {
    if (this.#count > 0) await killTree({ pid: undefined, mark: `${MARK}=${this.#id}:${owner}:` })
  }

  /** Ends all that was started here, what commands left behind included, within 2.5 s. Safe to call again. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#end()
    return this.#disposal
  }

  async #end(): Promise<void> {
    const running = [...this.#running]
    for (const child of running) child.stop()
    const leftBehind = this.#count === 0 ? undefined : killTree({ pid: undefined, mark: `${MARK}=${this.#id}:` })
    await Promise.all([leftBehind, ...running.map(({ ended }) => ended)])
    for (const child of this.#outlived) child.close()
  }
}
