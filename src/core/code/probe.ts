import { readFile } from 'node:fs/promises'
import type { Clock } from '../ports.ts'
import type { Kernel } from './kernel.ts'

const EACH_MS = 10_000
const ANSWER_MS = 20_000

/**
 * Looks from time to time whether a kernel that runs a script is alive, and ends one that neither answers nor uses any
 * processor time. A script may be busy without a break for as long as its deadline lets it.
 */
export class Probe {
  readonly #kernel: Kernel
  readonly #clock: Clock
  #timer: { dispose(): void } | undefined
  #live = true
  #stuck = false

  constructor(kernel: Kernel, clock: Clock) {
    this.#kernel = kernel
    this.#clock = clock
    this.#wait()
  }

  /** Whether it has ended the kernel. */
  get isStuck(): boolean {
    return this.#stuck
  }

  dispose(): void {
    this.#live = false
    this.#timer?.dispose()
  }

  #wait(): void {
    if (this.#live) this.#timer = this.#clock.after(EACH_MS, () => void this.#look())
  }

  async #look(): Promise<void> {
    const { pid } = this.#kernel
    const before = await activity(pid)
    const isAlive = await this.#kernel.answers(ANSWER_MS)
    if (!this.#live) return
    const after = await activity(pid)
    this.#stuck = !isAlive && after !== undefined && after.state !== RUNNING && after.time === before?.time
    if (this.#stuck) await this.#kernel.end()
    else this.#wait()
  }
}

/** Running, or would if the processors were free. */
const RUNNING = 'R'

/** `time`: of the processors, in clock ticks. Undefined where the system does not tell: nobody is judged without it. */
async function activity(pid: number | undefined): Promise<{ state: string | undefined; time: number } | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0], time: Number(fields[11]) + Number(fields[12]) }
  } catch {
    return undefined
  }
}
