import type { Reach } from '../approvals/policy.ts'
import type { Failure } from '../ports.ts'
import { CancellationSource, CancelledError, type CancellationToken, orCancelled } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { Kernel, type KernelParts, startKernel } from './kernel.ts'
import type { KernelProgram } from './kernelProgram.ts'

/** Kernels that nobody has used for this long end, in ms. */
const IDLE_MS = 5 * 60_000
/** Behind walls they hold empty folders in the workspace, in place of protected ones. */
const IDLE_CONFINED_MS = 30_000
/** What a kernel may take to answer before it is used again, in ms. */
const PROBE_MS = 2_000

/** The kernels of one language and reach: started on first use, and from then on one kept warm ahead. */
export class KernelPool implements AsyncDisposable {
  readonly #program: KernelProgram
  readonly #reach: Reach
  readonly #parts: KernelParts
  readonly #lifetime = new CancellationSource()
  readonly #all = new Set<Kernel>()
  readonly #idle: Kernel[] = []
  /** Starts that nobody waits for yet. */
  readonly #ahead: Promise<Kernel | Failure>[] = []
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
    this.#restAfter()
    if (kernel instanceof Kernel) this.#keepAhead()
    return kernel
  }

  /** Takes it back: it serves again when it is as it was, and else is ended. */
  release(kernel: Kernel): void {
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
    await Promise.all(this.#ahead.splice(0))
    await Promise.all(this.#work)
  }

  async #take(token: CancellationToken): Promise<Kernel | Failure> {
    for (let kernel = this.#idle.pop(); kernel !== undefined; kernel = this.#idle.pop()) {
      if (!kernel.isEnding && (await kernel.isReady(PROBE_MS))) {
        if (!token.isCancellationRequested) return kernel
        this.#rest(kernel)
        token.throwIfCancelled()
      }
      this.#do(kernel.end())
    }
    const ahead = this.#ahead.shift()
    if (ahead === undefined) return this.#await(this.#start(), token)
    const kernel = await this.#await(ahead, token)
    if (!(kernel instanceof Kernel) || (await kernel.isReady(PROBE_MS))) return kernel
    this.#do(kernel.end())
    return this.#await(this.#start(), token)
  }

  /** One that comes when its caller has gone is kept for the next. */
  #await(start: Promise<Kernel | Failure>, token: CancellationToken): Promise<Kernel | Failure> {
    return orCancelled(start, token, (late) => {
      if (late instanceof Kernel) this.#rest(late)
    })
  }

  #keepAhead(): void {
    if (this.#idle.length + this.#ahead.length > 0 || this.#disposal !== undefined) return
    const start = this.#start()
    this.#ahead.push(start)
    this.#do(
      start.then((kernel) => {
        const at = this.#ahead.indexOf(start)
        if (at === -1) return
        void this.#ahead.splice(at, 1)
        if (kernel instanceof Kernel) this.#rest(kernel)
        else this.#parts.log.warn(kernel.message)
      }),
    )
  }

  async #start(): Promise<Kernel | Failure> {
    const kernel = await startKernel(this.#program, this.#reach, this.#parts, this.#lifetime.token).catch(shuttingDown)
    if (!(kernel instanceof Kernel)) return kernel
    this.#all.add(kernel)
    void kernel.ended.then(async () => {
      await kernel.end()
      this.#all.delete(kernel)
    })
    return kernel
  }

  async #takeBack(kernel: Kernel): Promise<void> {
    if (!kernel.isEnding && (await kernel.isClean())) this.#rest(kernel)
    else await kernel.end()
  }

  #rest(kernel: Kernel): void {
    if (this.#disposal === undefined) this.#idle.push(kernel)
    else this.#do(kernel.end())
    this.#restAfter()
  }

  #restAfter(): void {
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
