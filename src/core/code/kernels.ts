import type { Reach } from '../approvals/policy.ts'
import type { Failure } from '../ports.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import { CancelledError, type CancellationToken } from '../scheduling/cancellation.ts'
import { Place, Slots } from '../scheduling/slots.ts'
import { Kernel } from './kernel.ts'
import { type KernelFiles, kernelPrograms } from './kernelProgram.ts'
import { KernelPool } from './kernelPool.ts'
import { type LocalParts, startKernel } from './localKernel.ts'
import { RemoteKernels } from './remoteKernels.ts'
import { ScriptRun } from './scriptRun.ts'
import type { ScriptEnd, ScriptOptions, Scripts } from './scripts.ts'

/** So many scripts of one language run at once; one that waits for its own calls does not count. */
export const MOST_RUNNING = 8

/** Kernels that nobody has used for this long end, in ms. */
const IDLE_MS = 5 * 60_000
/** Behind walls they hold empty folders in the workspace, in place of protected ones. */
const IDLE_CONFINED_MS = 30_000
/** Over files each of them costs a command every few seconds. */
const IDLE_ELSEWHERE_MS = 60_000

interface KernelsParts extends LocalParts {
  files: KernelFiles
}

interface Pool {
  kernels: KernelPool
  slots: Slots
}

/** Where scripts run, with the pools of each language and reach. */
interface Site {
  pools: Map<string, Pool>
  remote: RemoteKernels | undefined
  /** How many scripts run there, or are about to. */
  scripts: number
}

/** Runs scripts on persistent kernels, of this machine or another one. */
export class Kernels implements Scripts, AsyncDisposable {
  readonly #parts: KernelsParts
  readonly #sites = new Map<Runtime | undefined, Site>()
  readonly #leaving = new Set<Promise<void>>()
  readonly #runs = new Set<ScriptRun>()
  #disposal: Promise<void> | undefined

  constructor(parts: KernelsParts) {
    this.#parts = parts
  }

  async run(options: ScriptOptions, token: CancellationToken): Promise<ScriptEnd | Failure> {
    const site = this.#site(options.runtime)
    site.scripts++
    try {
      return await this.#run(options, this.#pool(site, options), token)
    } finally {
      site.scripts--
    }
  }

  async #run(options: ScriptOptions, { kernels, slots }: Pool, token: CancellationToken): Promise<ScriptEnd | Failure> {
    using place = new Place(slots)
    await place.take(token)
    if (this.#disposal !== undefined) throw new CancelledError('dispose')
    const kernel = await acquire(kernels, token)
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
    const pools = [...this.#sites.values()].flatMap((site) => [...site.pools.values()])
    return pools.reduce((sum, { kernels }) => sum + kernels.size, 0)
  }

  /** Ends all scripts and all kernels, within 3 s. Safe to call again. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose()
    return this.#disposal
  }

  async #dispose(): Promise<void> {
    await Promise.all([...this.#runs].map((run) => run.stop()))
    await Promise.all([...[...this.#sites.values()].map(leave), ...this.#leaving])
  }

  /** Other machines that no script runs on any more are left when scripts run elsewhere. */
  #site(runtime: Runtime | undefined): Site {
    for (const [other, site] of this.#sites) {
      if (other === undefined || other === runtime || site.scripts > 0) continue
      this.#sites.delete(other)
      const leaving = leave(site).finally(() => this.#leaving.delete(leaving))
      this.#leaving.add(leaving)
    }
    const known = this.#sites.get(runtime)
    if (known !== undefined) return known
    const remote = runtime && new RemoteKernels({ ...this.#parts, runtime })
    const site: Site = { pools: new Map(), remote, scripts: 0 }
    this.#sites.set(runtime, site)
    return site
  }

  /** What runs behind walls never meets what does not. */
  #pool({ pools, remote }: Site, { language, reach }: ScriptOptions): Pool {
    const key = `${language} ${reach}`
    const there = pools.get(key)
    if (there !== undefined) return there
    const { clock, log, files } = this.#parts
    const start = (token: CancellationToken): Promise<Kernel | Failure> =>
      remote?.start(language, token) ?? startKernel(kernelPrograms(files)[language], reach, this.#parts, token)
    const idleMs = remote !== undefined ? IDLE_ELSEWHERE_MS : idleHere(reach)
    const pool = { kernels: new KernelPool({ start, idleMs, clock, log }), slots: new Slots(() => MOST_RUNNING) }
    pools.set(key, pool)
    return pool
  }
}

/** What began to start before its connection was lost is no news of the next one; nothing of the script has run. */
async function acquire(kernels: KernelPool, token: CancellationToken): Promise<Kernel | Failure> {
  const first = await kernels.acquire(token)
  return first instanceof Kernel || first.code !== 'connection_lost' ? first : kernels.acquire(token)
}

function idleHere(reach: Reach): number {
  return reach === 'user' ? IDLE_MS : IDLE_CONFINED_MS
}

async function leave({ pools, remote }: Site): Promise<void> {
  await Promise.all([...pools.values()].map(({ kernels }) => kernels[Symbol.asyncDispose]()))
  await remote?.[Symbol.asyncDispose]()
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
