import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as z from 'zod'
import type { SessionEvent } from '../../protocol/events.ts'
import type { Log } from '../ports.ts'

/** The append-only log of one session: a JSON object a line. */
export class Journal {
  readonly #file: string
  readonly #log: Log
  #buffer: SessionEvent[] = []
  #writing: Promise<void> | undefined

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
        await appendFile(this.#file, lines)
      }
    } catch (error) {
      this.#log.error(`The session's journal cannot be written: ${this.#file}`, error)
    } finally {
      this.#writing = undefined
    }
  }
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

const stored = z.looseObject({
  type: z.string(),
  at: z.number(),
  turnId: z.string(),
  callId: z.string().optional(),
})

const known: ReadonlySet<string> = new Set<SessionEvent['type']>([
  'turnStarted',
  'stepStarted',
  'textAdded',
  'callDrafted',
  'stepEnded',
  'notice',
  'turnEnded',
  'stopRequested',
  'messageQueued',
  'messageUnqueued',
  'messageSteered',
  'messageDelivered',
  'callProposed',
  'callQueued',
  'callApproval',
  'callAnswered',
  'callAsked',
  'callWaiting',
  'callRunning',
  'callOutput',
  'callExtra',
  'callEnded',
])

function parseLine(line: string): SessionEvent | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isEvent(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Our own file, written by `append`: checked for what a torn or foreign line would lack. */
function isEvent(value: unknown): value is SessionEvent {
  const { success, data } = stored.safeParse(value)
  if (!success || !known.has(data.type)) return false
  return !data.type.startsWith('call') || data.type === 'callDrafted' || data.callId !== undefined
}

/** Two pieces of the same text or output as one event. */
export function joined(a: SessionEvent, b: SessionEvent): SessionEvent | undefined {
  if (a.type === 'textAdded' && b.type === 'textAdded' && a.stepId === b.stepId) return { ...a, text: a.text + b.text }
  if (a.type === 'callOutput' && b.type === 'callOutput' && a.callId === b.callId)
    return { ...a, text: a.text + b.text }
  if (a.type === 'callDrafted' && b.type === 'callDrafted' && a.stepId === b.stepId && a.index === b.index) return b
  return undefined
}
