import { appendFile, mkdir, open, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { SessionEvent } from '../../protocol/events.ts'
import type { Log } from '../ports.ts'
import { isStoredEvent } from './storedEvent.ts'

/** The append-only log of one session: a JSON object a line. */
export class Journal {
  readonly #file: string
  readonly #log: Log
  #buffer: SessionEvent[] = []
  #writing: Promise<void> | undefined
  /** Whether the file may end in the middle of a line: a crash or a full disk tore it. */
  #torn = true

  constructor(file: string, log: Log) {
    this.#file = file
    this.#log = log
  }

  /** Writes soon, in order; neighbouring pieces of one text become one line. */
  append(event: SessionEvent): void {
    const last = this.#buffer.at(-1)
    const both = last && joined(last, event)
    if (both === undefined) this.#buffer.push(event)
    else this.#buffer[this.#buffer.length - 1] = both
    this.#writing ??= this.#drain()
  }

  /** Settles when all that was appended is written, or could not be. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
  }

  async #drain(): Promise<void> {
    try {
      await mkdir(dirname(this.#file), { recursive: true })
      while (this.#buffer.length > 0) {
        const lines = this.#buffer.map((event) => `${JSON.stringify(event)}\n`).join('')
        this.#buffer = []
        const start = this.#torn && (await endsTorn(this.#file)) ? '\n' : ''
        this.#torn = true
        await appendFile(this.#file, start + lines, { mode: 0o600 })
        this.#torn = false
      }
    } catch (error) {
      this.#log.error(`The session's journal cannot be written: ${this.#file}`, error)
    } finally {
      this.#writing = undefined
    }
  }
}

/** Whether the file's last line lacks its end: what comes next must not be joined to it. */
async function endsTorn(file: string): Promise<boolean> {
  await using handle = await open(file, 'a+', 0o600)
  const { size } = await handle.stat()
  if (size === 0) return false
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer.toString() !== '\n'
}

/** The journals of a folder, one file a session. */
export class Journals {
  readonly #folder: string
  readonly #log: Log

  constructor(folder: string, log: Log) {
    this.#folder = folder
    this.#log = log
  }

  open(sessionId: string): Journal {
    return new Journal(this.#file(sessionId), this.#log)
  }

  /** The events of a session; undefined if there is none. A line that a crash tore is left out. */
  async read(sessionId: string): Promise<SessionEvent[] | undefined> {
    if (!/^[\w-]+$/.test(sessionId)) return undefined
    let text: string
    try {
      text = await readFile(this.#file(sessionId), 'utf8')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
    const events = text.split('\n').filter(Boolean).map(parseLine)
    const good = events.filter((event) => event !== undefined)
    if (good.length < events.length)
      this.#log.warn(`${events.length - good.length} unreadable lines in the journal of ${sessionId}`)
    return good
  }

  #file(sessionId: string): string {
    return join(this.#folder, `${sessionId}.jsonl`)
  }
}

export function parseLine(line: string): SessionEvent | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isStoredEvent(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Two pieces of the same text or output as one event. */
export function joined(a: SessionEvent, b: SessionEvent): SessionEvent | undefined {
  if (a.type === 'textAdded' && b.type === 'textAdded' && a.stepId === b.stepId) return { ...a, text: a.text + b.text }
  if (a.type === 'reasoningAdded' && b.type === 'reasoningAdded' && a.stepId === b.stepId)
    return { ...a, text: a.text + b.text }
  if (a.type === 'callOutput' && b.type === 'callOutput' && a.callId === b.callId)
    return { ...a, text: a.text + b.text }
  if (a.type === 'processOutput' && b.type === 'processOutput' && a.processId === b.processId) return b
  if (a.type === 'callDrafted' && b.type === 'callDrafted' && a.stepId === b.stepId && a.index === b.index) return b
  return undefined
}
