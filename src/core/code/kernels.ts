import type { Reach } from '../approvals/policy.ts'
import type { Failure } from '../ports.ts'
import { CancelledError, type CancellationToken } from '../scheduling/cancellation.ts'
import { Place, Slots } from '../scheduling/slots.ts'
import { Kernel, type KernelParts } from './kernel.ts'
import { type KernelFiles, kernelPrograms } from './kernelProgram.ts'
import { KernelPool } from './kernelPool.ts'
import { ScriptRun } from './scriptRun.ts'
import type { ScriptEnd, ScriptLanguage, ScriptOptions, Scripts } from './scripts.ts'

/** So many scripts of one language run at once; one that waits for its own calls does not count. */
export const MOST_RUNNING = 8

interface KernelsParts extends KernelParts {
  files: KernelFiles
}

/** Runs scripts on persistent kernels of this machine. */
export class Kernels implements Scripts, AsyncDisposable {
  readonly #parts: KernelsParts
  readonly #pools = new Map<string, { kernels: KernelPool; slots: Slots }>()
  readonly #runs = new Set<ScriptRun>()
  #disposal: Promise<void> | undefined

  constructor(parts: KernelsParts) {
    this.#parts = parts
  }

  async run(options: ScriptOptions, token: CancellationToken): Promise<ScriptEnd | Failure> {
    const { kernels, slots } = this.#pool(options.language, options.reach)
    using place = new Place(slots)
    await place.take(token)
    if (this.#disposal !== undefined) throw new CancelledError('dispose')
    const kernel = await kernels.acquire(token)
    if (!(kernel instanceof Kernel)) return kernel
    const run = new ScriptRun(kernel, givingWayTo(place, options), this.#parts.clock)
    this.#runs.add(run)
    try {
      return await run.run(token)
    } finally {
      this.#runs.delete(run)
      kernels.release(kernel)
    }
  }

  /** How many kernels there are. */
  get size(): number {
    return [...this.#pools.values()].reduce((sum, { kernels }) => sum + kernels.size, 0)
  }

  /** Ends all scripts and all kernels, within 3 s. Safe to call again. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose()
    return this.#disposal
  }

  async #dispose(): Promise<void> {
    await Promise.all([...this.#runs].map((run) => run.stop()))
    await Promise.all([...this.#pools.values()].map(({ kernels }) => kernels[Symbol.asyncDispose]()))
  }

  /** What runs behind walls never meets what does not. */
  #pool(language: ScriptLanguage, reach: Reach): { kernels: KernelPool; slots: Slots } {
    const key = `${language} ${reach}`
    const there = this.#pools.get(key)
    if (there !== undefined) return there
    const program = kernelPrograms(this.#parts.files)[language]
    const pool = { kernels: new KernelPool(program, reach, this.#parts), slots: new Slots(() => MOST_RUNNING) }
    this.#pools.set(key, pool)
    return pool
  }
}

/** A script that waits for its calls holds no place: they may be scripts, too. */
function givingWayTo(place: Place, options: ScriptOptions): ScriptOptions {
  let open = 0
  return {
    ...options,
    onCall: async (call, token) => {
      if (open++ === 0) place.give()
      try {
        return await options.onCall(call, token)
      } finally {
        if (--open === 0) place.retake()
      }
    },
  }
}
