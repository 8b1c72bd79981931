import { fstatSync, readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'

/** A kernel that has taken more memory than this is replaced, in bytes. */
const MOST_MEMORY = 512 * 1024 * 1024

/** What scripts can change in a kernel's process, and threads of their own do not keep from the next one. */
export class Footprint {
  readonly #folder = process.cwd()
  readonly #files = [0, 1, 2].map(fileOf)
  readonly #priority = getPriority()

  /** Whether the descriptor is what it was, and no file that a script has opened in its place. */
  isSame(descriptor: number): boolean {
    return fileOf(descriptor) === this.#files[descriptor]
  }

  /** The descriptors of output that are what they were, one of those that are the same file. */
  get outputs(): number[] {
    return [1, 2].filter((n) => this.isSame(n) && (n === 1 || !this.isSame(1) || this.#files[1] !== this.#files[2]))
  }

  /** Puts back what can be. Gives words for what cannot; none when all is as it was. */
  putBack(): string[] {
    process.chdir(this.#folder)
    const left: string[] = []
    if (![0, 1, 2].every((descriptor) => this.isSame(descriptor))) left.push('descriptors')
    if (getPriority() !== this.#priority) left.push('the priority')
    if (children().length > 0) left.push('processes')
    if (process.memoryUsage.rss() > MOST_MEMORY) left.push('much memory')
    return left
  }
}

/** What there is to compare with later, to tell whether processes were started. Linux; elsewhere nobody can tell. */
export function waitedFor(): string | undefined {
  try {
    const text = readFileSync('/proc/self/stat', 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return [fields[8], fields[10], fields[13], fields[14]].join(' ')
  } catch {
    return undefined
  }
}

export function hasStarted(before: string | undefined): boolean {
  const now = waitedFor()
  return now === undefined || now !== before || children().length > 0
}

function fileOf(descriptor: number): string {
  try {
    const { dev, ino } = fstatSync(descriptor)
    return `${dev}:${ino}`
  } catch {
    return 'closed'
  }
}

/** Live ones, and those that nobody has waited for. */
function children(): string[] {
  try {
    return readdirSync('/proc/self/task').flatMap((task) => {
      const text = readFileSync(`/proc/self/task/${task}/children`, 'latin1').trim()
      return text === '' ? [] : text.split(' ')
    })
  } catch {
    return []
  }
}
