import type { Reach } from '../approvals/policy.ts'
import type { Failure } from '../ports.ts'
import { CancellationSource, CancelledError, type CancellationToken } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { Kernel, type KernelParts, startKernel } from './kernel.ts'
import type { KernelProgram } from './kernelProgram.ts'

/** Kernels that nobody has used for this long end, in ms. */
const IDLE_MS = 5 * 60_000
/** Behind walls they hold empty folders in the workspace, in place of protected ones. */
const IDLE_CONFINED_MS = 30_000
/** What a kernel may take to answer before it is used again, in ms. */
const PROBE_MS = 2_000

type Waiting = (kernel: Kernel | Failure) => void

/** The kernels of one language and reach: started on first use, and from then on one kept warm ahead. */
export class KernelPool implements AsyncDisposable {
  readonly #program: KernelProgram
  readonly #reach: Reach
  readonly #parts: KernelParts
  readonly #lifetime = new CancellationSource()
  readonly #all = new Set<Kernel>()
  readonly #idle: Kernel[] = []
  readonly #waiting: Waiting[] = []
  /** Those that start, and those that are looked at after a script: they will be idle, or not. */
  #coming = 0
  readonly #work = new Set<Promise<void>>()
  #timer: { dispose(): void } | undefined
  #disposal: Promise<void> | undefined

  constructor(program: KernelProgram, reach: Reach, parts: KernelParts) {
    this.#program = program
    this.#reach = reach
    this.#parts = parts
  }

  /** How many there are, those that end included. */
  get size(): number {
    return this.#all.size
  }

  /** One that answers, for the caller alone until `release`. @throws {CancelledError} */
  async acquire(token: CancellationToken): Promise<Kernel | Failure> {
    this.#timer?.dispose()
    const kernel = await this.#take(token)
    if (kernel instanceof Kernel) this.#startMissing(1)
    this.#endIdleLater()
    if (kernel instanceof Kernel && token.isCancellationRequested) this.#rest(kernel)
    token.throwIfCancelled()
    return kernel
  }

  /** Takes it back: it serves again when it is as it was, and else is ended. */
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
    const kernel = await startKernel(this.#program, this.#reach, this.#parts, this.#lifetime.token).catch(shuttingDown)
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
    if (waiting === undefined) this.#parts.log.warn(kernel.message)
    else waiting(kernel)
  }

  async #takeBack(kernel: Kernel): Promise<void> {
    const isClean = !kernel.isEnding && (await kernel.isClean())
    this.#coming--
    if (isClean) return this.#rest(kernel)
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

  #endIdleLater(): void {
    this.#timer?.dispose()
    if (this.#disposal !== undefined) return
    this.#timer = this.#parts.clock.after(this.#reach === 'user' ? IDLE_MS : IDLE_CONFINED_MS, () => {
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
