import { randomBytes } from 'node:crypto'
import { threadId } from 'node:worker_threads'
import { asMessage, excerpt, messageOf } from './transport.ts'
import type { Message } from 'vscode-jsonrpc/node'

export interface SpoolFile {
  name: string
  text: string
}

/** What lies in the folder; `problem` says why something there has no text that can be read. */
export type SpoolEntry = SpoolFile | { name: string; problem: string }

/**
 * A folder that carries messages one way, on this machine or another. Each function may be one command for all the names
 * that it is given. They reject when the folder is gone or cannot be reached, which closes the connection.
 */
export interface SpoolFolder {
  /** What is there, contents and all, lowest names first; some hundred at a time. Names with a leading dot are not shown. */
  list(): Promise<SpoolEntry[]>
  /** Writes each whole under its name with a leading dot, then renames it; in this order. */
  write(files: readonly SpoolFile[]): Promise<void>
  /** May be put off until the next `list`. What is gone already is no error. */
  remove(names: readonly string[]): Promise<void>
  /** Moves it out of the way, to where `list` does not look. */
  setAside(names: readonly string[]): Promise<void>
  /** Calls back when something may have come; where there is no such thing, the folder is looked at now and then. */
  watch?(changed: () => void): { dispose(): void }
}

/** How long the files after a missing one are held back, in ms: a listing may show a file and not the one before it. */
const GAP_MS = 5_000

/** What a look at the folder brought. */
export interface Taken {
  messages: Message[]
  /** Files that have been taken in and can go. */
  done: string[]
  aside: string[]
  faults: string[]
}

/** Names of files that no other thread, process or connection uses: RUN.PROCESS-THREAD-RANDOM.NUMBER.json. */
export function spoolNames(run: string): () => string {
  const writer = `${process.pid}-${threadId}-${randomBytes(6).toString('hex')}`
  let count = 0
  return () => `${run}.${writer}.${String(++count).padStart(12, '0')}.json`
}

/** Takes each file of this connection once, those of one writer in the order of their numbers. */
export class SpoolOrder {
  readonly #run: string
  readonly #expected = new Map<string, number>()
  /** Writers whose next file is missing, since when. */
  readonly #gaps = new Map<string, number>()
  readonly #aside = new Set<string>()

  constructor(run: string) {
    this.#run = run
  }

  /** @param now in ms */
  take(entries: readonly SpoolEntry[], now: number): Taken {
    const taken: Taken = { messages: [], done: [], aside: [], faults: [] }
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!this.#aside.has(entry.name)) this.#takeOne(entry, now, taken)
    }
    return taken
  }

  #takeOne(entry: SpoolEntry, now: number, taken: Taken): void {
    const named = this.#named(entry.name)
    if (named === undefined) return this.#setAside(entry.name, 'it is not of this connection', taken)
    const { writer, number } = named
    const expected = this.#expected.get(writer) ?? 1
    if (number < expected) return void taken.done.push(entry.name)
    if (number > expected) {
      const since = this.#gaps.get(writer) ?? now
      this.#gaps.set(writer, since)
      if (now - since < GAP_MS) return
      taken.faults.push(`files ${expected} to ${number - 1} of ${writer} never came`)
    }
    this.#gaps.delete(writer)
    this.#expected.set(writer, number + 1)
    this.#read(entry, taken)
  }

  #read(entry: SpoolEntry, taken: Taken): void {
    if ('problem' in entry) return this.#setAside(entry.name, entry.problem, taken)
    try {
      const batch: unknown = JSON.parse(entry.text)
      if (!Array.isArray(batch)) throw new Error('it is no array')
      taken.messages.push(...batch.map((one: unknown) => asMessage(one)))
      taken.done.push(entry.name)
    } catch (error) {
      this.#setAside(entry.name, `${messageOf(error)}: ${excerpt(entry.text)}`, taken)
    }
  }

  #setAside(name: string, reason: string, taken: Taken): void {
    this.#aside.add(name)
    taken.aside.push(name)
    taken.faults.push(`${excerpt(name)} was set aside: ${reason}`)
  }

  #named(name: string): { writer: string; number: number } | undefined {
    const [run, writer, number, end, ...rest] = name.split('.')
    if (run !== this.#run || end !== 'json' || rest.length > 0) return undefined
    if (writer === undefined || number === undefined || !/^\d{12}$/.test(number)) return undefined
    return { writer, number: Number(number) }
  }
}
