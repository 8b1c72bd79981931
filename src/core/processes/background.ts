import type { SessionEvent } from '../../protocol/events.ts'
import type { CallOwner, Clock, Failure } from '../ports.ts'
import { Names } from './names.ts'
import type { OutputBuffer } from './outputBuffer.ts'

/** So many that have ended can still be read. */
const KEPT = 16
const TAIL_LINES = 3
const TAIL_LINE = 200
/** The panel hears of new output after this long, in ms; of one that runs for long, less often: a journal lasts. */
const SOONEST_MS = 250
const LATEST_MS = 5_000

/** Something that goes on when its call has its result. */
export interface BackgroundWork {
  /** The id that it would like. */
  name: string
  /** What the user reads: the command line. */
  title: string
  kind: 'command' | 'script'
  /** Left behind by a command that has ended. */
  detached?: boolean
  owner: CallOwner
  /** What it writes goes on being added to this. */
  output: OutputBuffer
  /** Settles when it is over, with words for how: `exit code 0`. Never rejects. */
  ended: Promise<string>
  /** Ends it with all that it started; settles within 3 s. */
  stop(): Promise<void>
  /** Writes to its input, where it has one. A text that ends with Ctrl+D (U+0004) closes it. */
  write?(text: string): Failure | undefined
}

type ProcessEvent = Extract<SessionEvent, { processId: string }>
type Emit = (turnId: string, event: Without<ProcessEvent, 'at' | 'turnId'>) => void
type Without<E, K extends string> = E extends unknown ? Omit<E, K> : never

interface TableParts {
  emit: Emit
  clock: Clock
}

/** One entry of the table. */
export class BackgroundProcess {
  readonly id: string
  readonly work: BackgroundWork
  readonly startedAt: number
  /** How and when it ended; undefined while it runs. */
  end: { how: string; at: number } | undefined

  constructor(id: string, work: BackgroundWork, startedAt: number) {
    this.id = id
    this.work = work
    this.startedAt = startedAt
  }
}

/**
 * What goes on in the background of one session. An id is chosen and taken in one tick, and is free again only when its
 * entry is gone: the last ones that have ended stay readable.
 */
export class BackgroundTable {
  readonly #parts: TableParts
  readonly #names = new Names()
  readonly #entries = new Map<string, BackgroundProcess>()
  readonly #timers = new Map<string, { dispose(): void }>()

  constructor(parts: TableParts) {
    this.#parts = parts
    // The process tool's own words.
    for (const word of ['any', 'all']) this.#names.reserve(word)
  }

  adopt(work: BackgroundWork): BackgroundProcess {
    const { clock } = this.#parts
    const id = this.#names.reserve(work.name)
    const entry = new BackgroundProcess(id, work, clock.now())
    this.#entries.set(id, entry)
    const { title, kind, owner, detached = false } = work
    const { turnId, callId } = owner
    const input = 'write' in work
    this.#parts.emit(turnId, { type: 'processStarted', processId: id, startedBy: callId, title, kind, input, detached })
    const registration = work.output.onAdded(() => this.#follow(entry))
    this.#follow(entry)
    void work.ended.then((how) => {
      registration.dispose()
      this.#end(entry, how)
    })
    return entry
  }

  /** Those that run and the last that have ended, in order of their starts. */
  get entries(): BackgroundProcess[] {
    return [...this.#entries.values()]
  }

  get(id: string): BackgroundProcess | undefined {
    return this.#entries.get(id)
  }

  /** Ends what a turn's calls left going on. */
  async endTurn(turnId: string): Promise<void> {
    await this.#stop(({ work }) => work.owner.turnId === turnId)
  }

  /** Ends all that goes on. Safe to call again. */
  async dispose(): Promise<void> {
    await this.#stop(() => true)
    for (const timer of this.#timers.values()) timer.dispose()
  }

  async #stop(which: (entry: BackgroundProcess) => boolean): Promise<void> {
    const running = this.entries.filter((entry) => entry.end === undefined && which(entry))
    await Promise.all(running.map(({ work }) => work.stop()))
  }

  #end(entry: BackgroundProcess, how: string): void {
    const { id: processId, work } = entry
    entry.end = { how, at: this.#parts.clock.now() }
    this.#timers.get(processId)?.dispose()
    this.#timers.delete(processId)
    this.#parts.emit(work.owner.turnId, { type: 'processEnded', processId, how })
    const ended = this.entries.filter(({ end }) => end !== undefined).toSorted((a, b) => endOf(a) - endOf(b))
    for (const { id } of ended.slice(0, -KEPT)) {
      this.#entries.delete(id)
      this.#names.release(id)
    }
  }

  /** Tells the last lines of an output some time after they came. */
  #follow(entry: BackgroundProcess): void {
    const { id: processId, work, startedAt } = entry
    if (entry.end !== undefined || this.#timers.has(processId)) return
    const { clock, emit } = this.#parts
    const wait = Math.min(LATEST_MS, Math.max(SOONEST_MS, (clock.now() - startedAt) / 20))
    const tell = (): void => {
      this.#timers.delete(processId)
      const lines = work.output.lastLines(TAIL_LINES).map((line) => line.slice(0, TAIL_LINE))
      if (lines.length > 0) emit(work.owner.turnId, { type: 'processOutput', processId, tail: lines.join('\n') })
    }
    this.#timers.set(processId, clock.after(wait, tell))
  }
}

function endOf({ end }: BackgroundProcess): number {
  return end?.at ?? 0
}
