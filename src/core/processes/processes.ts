import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CallOwner, Failure } from '../ports.ts'
import { CancelledError, type CancellationToken } from '../scheduling/cancellation.ts'
import { Child, type ChildOptions, type Ended } from './child.ts'
import { MARK, markOf, scrubbed } from './environment.ts'
import { killTree } from './killTree.ts'
import { OutputFiles } from './outputFiles.ts'
import type { Supervisor } from './supervisor.ts'

/** In whose name what a turn's calls start runs. */
export function ownerOf({ sessionId, turnId }: Omit<CallOwner, 'callId'>): string {
  return `${sessionId}/${turnId}`
}

interface RunOptions extends ChildOptions {
  /** Called when it runs. After `detach` the token ends it no more: it belongs to its owner alone. */
  onStart?: (detach: () => void) => void
}

/** Owns every process that is started here, with all that it starts. */
export class Processes {
  readonly #id = randomUUID()
  /** Where output goes that is too long for memory. */
  readonly files = new OutputFiles(join(tmpdir(), `stretto-${this.#id}`))
  readonly #supervisor: Supervisor | undefined
  #supervised: Promise<void> | undefined
  readonly #running = new Set<Child>()
  /** Ended themselves, their pipes in the hands of what they left behind. */
  readonly #outlived = new Set<Child>()
  #count = 0
  /** Starting a process blocks this thread for milliseconds: one a turn of the event loop, so that it stays alive. */
  #starting: Promise<void> = Promise.resolve()
  #disposal: Promise<void> | undefined

  /** @param supervisor ends what is left when this process dies; none: nothing does */
  constructor(supervisor?: Supervisor) {
    this.#supervisor = supervisor
  }

  /**
   * Starts a process in its own group, without this process's secrets. It belongs to its owner: it is ended by `stop`,
   * `endOwned` or `dispose`, with all that it started. One that cannot be started says so in `ended`.
   *
   * @param owner in whose name it runs: a turn, or whatever ends it
   * @throws {CancelledError} when cancelled before it began: nothing was started
   */
  async open(options: ChildOptions, owner: string, token: CancellationToken): Promise<Child> {
    token.throwIfCancelled()
    this.#supervised ??= this.#supervisor?.start(this.#id, this.files.folder)
    this.#starting = this.#starting.then(() => this.#supervised).then(() => nextTurn())
    await this.#starting
    token.throwIfCancelled()
    if (this.#disposal !== undefined) throw new CancelledError('dispose')
    const mark = `${this.#id}:${owner}:${++this.#count};`
    const environment = { ...scrubbed(process.env), ...options.environment, [MARK]: mark }
    const child = new Child(options, environment, `${MARK}=${mark}`)
    this.#running.add(child)
    if (child.pid !== undefined) this.#supervisor?.watch(child.pid, child.ended)
    void child.ended.then(() => {
      this.#running.delete(child)
      this.#outlived.add(child)
      void child.closed.then(() => this.#outlived.delete(child))
    })
    return child
  }

  /**
   * Runs a process to its exit. When the token is cancelled its whole tree is ended, within 2 s, before this settles.
   * What it leaves behind at its exit goes on, and is ended by `endOwned` or `dispose`.
   *
   * @throws {CancelledError} when cancelled before it began: nothing was started
   */
  async run(options: RunOptions, token: CancellationToken, owner = ''): Promise<Ended | Failure> {
    const child = await this.open(options, owner, token)
    const registration = token.onCancellationRequested(() => void child.stop())
    options.onStart?.(() => registration.dispose())
    try {
      return await child.ended
    } finally {
      registration.dispose()
    }
  }

  /** How many run now. */
  get size(): number {
    return this.#running.size
  }

  /** Ends what was started in this name and still runs, what its commands left behind included, within 2 s. */
  async endOwned(owner: string): Promise<void> {
    if (this.#count > 0) await killTree({ pid: undefined, mark: `${markOf(this.#id)}${owner}:` })
  }

  /** Ends all that was started here, what commands left behind included, within 2.5 s. Safe to call again. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#end()
    return this.#disposal
  }

  async #end(): Promise<void> {
    const running = [...this.#running]
    for (const child of running) void child.stop()
    const leftBehind = this.#count === 0 ? undefined : killTree({ pid: undefined, mark: markOf(this.#id) })
    await Promise.all([leftBehind, ...running.map(({ ended }) => ended)])
    for (const child of this.#outlived) child.close()
    await this.files.dispose()
    this.#supervisor?.dispose()
  }
}
