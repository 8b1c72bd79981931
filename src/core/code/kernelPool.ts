import type { Clock, Failure, Log } from '../ports.ts'
import { CancellationSource, CancelledError, type CancellationToken } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { Kernel } from './kernel.ts'

/** What a kernel may take to answer before it is used again, in ms. */
const PROBE_MS = 2_000
/** How many scripts a kernel runs: what each leaves in the runtime's own memory, which nobody can clean, stays bounded. */
const MOST_SCRIPTS = 250

export interface PoolOptions {
  /** @throws {CancelledError} */
  start(token: CancellationToken): Promise<Kernel | Failure>
  /** Kernels that nobody has used for this long end, in ms. */
  idleMs: number
  clock: Clock
  log: Log
}

type Waiting = (kernel: Kernel | Failure) => void

/** The kernels of one language, reach and place: started on first use, and from then on one kept warm ahead. */
export class KernelPool implements AsyncDisposable {
  readonly #options: PoolOptions
  readonly #lifetime = new CancellationSource()
  readonly #all = new Set<Kernel>()
  readonly #idle: Kernel[] = []
  /** How often each was taken. */
  readonly #taken = new WeakMap<Kernel, number>()
  readonly #waiting: Waiting[] = []
  /** Those that start, and those that are looked at after a script: they will be idle, or not. */
  #coming = 0
  readonly #work = new Set<Promise<void>>()
  #timer: { dispose(): void } | undefined
  #disposal: Promise<void> | undefined

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** How many there are, those that end included. */
  get size(): number {
    return this.#all.size
  }

  /** One that answers, for the caller alone until `release`. @throws {CancelledError} */
  async acquire(token: CancellationToken): Promise<Kernel | Failure> {
    this.#timer?.dispose()
    const kernel = await this.#take(token)
    if (kernel instanceof Kernel) {
      this.#taken.set(kernel, this.#timesTaken(kernel) + 1)
      this.#startMissing(1)
    }
    this.#endIdleLater()
    if (kernel instanceof Kernel && token.isCancellationRequested) this.#rest(kernel)
    token.throwIfCancelled()
    return kernel
  }

  /** Takes it back: it serves again when it is as it was and not worn out, and else is ended. */
  release(kernel: Kernel): void {
    this.#coming++
    this.#do(this.#takeBack(kernel))
  }

  /** Ends all, within 2.5 s, whatever runs on them. Safe to call again. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose()
    return this.#disposal
  }

  async #dispose(): Promise<void> {
    this.#lifetime.cancel('dispose')
    this.#timer?.dispose()
    await Promise.all([...this.#all].map((kernel) => kernel.end()))
    await Promise.all(this.#work)
  }

  /** Some that began before may be no good any more; one that begins now is taken as it is. */
  async #take(token: CancellationToken): Promise<Kernel | Failure> {
    for (let tries = this.#idle.length + this.#coming; tries > 0; tries--) {
      const kernel = this.#idle.pop() ?? (await this.#next(token))
      if (!(kernel instanceof Kernel) || (await kernel.isReady(PROBE_MS))) return kernel
      this.#do(kernel.end())
    }
    return this.#next(token)
  }

  /** The next that comes. @throws {CancelledError} */
  #next(token: CancellationToken): Promise<Kernel | Failure> {
    token.throwIfCancelled()
    return new Promise((resolve, reject) => {
      const waiting: Waiting = (kernel) => {
        registration.dispose()
        resolve(kernel)
      }
      this.#waiting.push(waiting)
      const registration = token.onCancellationRequested(() => {
        const at = this.#waiting.indexOf(waiting)
        if (at === -1) return
        this.#waiting.splice(at, 1)
        reject(new CancelledError(token.reason ?? 'stop'))
      })
      this.#startMissing(0)
    })
  }

  /** @param ahead how many are kept warm for those that come later */
  #startMissing(ahead: number): void {
    if (this.#disposal !== undefined) return
    for (let have = this.#idle.length + this.#coming; have < this.#waiting.length + ahead; have++) {
      this.#coming++
      this.#do(this.#start())
    }
  }

  async #start(): Promise<void> {
    const kernel = await this.#options.start(this.#lifetime.token).catch(shuttingDown)
    this.#coming--
    if (kernel instanceof Kernel) {
      this.#all.add(kernel)
      void kernel.ended.then(async () => {
        await kernel.end()
        this.#all.delete(kernel)
      })
      return this.#rest(kernel)
    }
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#options.log.warn(kernel.message)
    else waiting(kernel)
  }

  async #takeBack(kernel: Kernel): Promise<void> {
    const serves = !kernel.isEnding && this.#timesTaken(kernel) < MOST_SCRIPTS && (await kernel.isClean())
    this.#coming--
    if (serves) return this.#rest(kernel)
    this.#startMissing(1)
    await kernel.end()
  }

  #rest(kernel: Kernel): void {
    if (this.#disposal !== undefined) return this.#do(kernel.end())
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#idle.push(kernel)
    else waiting(kernel)
    this.#endIdleLater()
  }

  #timesTaken(kernel: Kernel): number {
    return this.#taken.get(kernel) ?? 0
  }

  #endIdleLater(): void {
    this.#timer?.dispose()
    if (this.#disposal !== undefined) return
    this.#timer = this.#options.clock.after(this.#options.idleMs, () => {
      for (const kernel of this.#idle.splice(0)) this.#do(kernel.end())
    })
  }

  /** What goes on by itself, and is waited for at the end. */
  #do(work: Promise<void>): void {
    const tracked = work.finally(() => this.#work.delete(tracked))
    this.#work.add(tracked)
  }
}

function shuttingDown(error: unknown): Failure {
  if (error instanceof CancelledError) return failed('disposed', 'Stretto is shutting down: no script can begin.')
  throw error
}
