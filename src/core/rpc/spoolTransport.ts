import { type Disposable, Emitter, type Message, type MessageReader, type MessageWriter } from 'vscode-jsonrpc/node'
import type { Clock } from '../ports.ts'
import { type SpoolFolder, spoolNames, SpoolOrder } from './spool.ts'
import { asError, encode, type Transport } from './transport.ts'

/** A folder that stays empty is looked at this often, in ms: less and less, until something happens. */
const SHORTEST_POLL_MS = 1
const LONGEST_POLL_MS = 100
/** What one file may hold, of messages that wait for each other. */
const BATCH_MESSAGES = 256
const BATCH_BYTES = 1024 * 1024
export interface SpoolOptions {
  inbox: SpoolFolder
  outbox: SpoolFolder
  /** The connection's own name, in the names of all its files: letters, digits and dashes. */
  run: string
  clock: Clock
  /** Lets go of the folders; on the side that made them, removes them. */
  release: () => Promise<void>
}

/** Messages as files: for machines where nothing but files and commands gets through. */
export function spoolTransport({ inbox, outbox, run, clock, release }: SpoolOptions): Transport {
  const reader = new SpoolReader(inbox, run, clock)
  const writer = new SpoolWriter(outbox, run, () => reader.poke())
  const dispose = async (): Promise<void> => {
    reader.dispose()
    writer.dispose()
    await Promise.all([reader.ended, writer.idle])
    await release()
  }
  return { reader, writer, dispose }
}

class SpoolReader implements MessageReader {
  readonly #folder: SpoolFolder
  readonly #order: SpoolOrder
  readonly #clock: Clock
  readonly #errors = new Emitter<Error>()
  readonly #closes = new Emitter<void>()
  readonly onError = this.#errors.event
  readonly onClose = this.#closes.event
  readonly onPartialMessage = new Emitter<never>().event
  #live = true
  #poked = false
  #wake: (() => void) | undefined
  /** Settles when the last look at the folder has ended. */
  ended: Promise<void> = Promise.resolve()

  constructor(folder: SpoolFolder, run: string, clock: Clock) {
    this.#folder = folder
    this.#order = new SpoolOrder(run)
    this.#clock = clock
  }

  listen(callback: (message: Message) => void): Disposable {
    const watch = this.#folder.watch?.(() => this.poke())
    this.ended = this.#run(callback).finally(() => watch?.dispose())
    return { dispose: () => this.dispose() }
  }

  /** Something may have come, or will: look now, and often again. */
  poke(): void {
    this.#poked = true
    this.#wake?.()
  }

  dispose(): void {
    this.#live = false
    this.#wake?.()
  }

  async #run(callback: (message: Message) => void): Promise<void> {
    let pause = SHORTEST_POLL_MS
    while (this.#live) {
      this.#poked = false
      const heard = await this.#look(callback)
      if (!heard && !this.#poked) await this.#pause(pause)
      pause = heard || this.#poked ? SHORTEST_POLL_MS : Math.min(pause * 2, LONGEST_POLL_MS)
    }
  }

  /** Gives whether something was there. */
  async #look(callback: (message: Message) => void): Promise<boolean> {
    try {
      const entries = await this.#folder.list()
      if (!this.#live) return false
      const { messages, done, aside, faults } = this.#order.take(entries, this.#clock.now())
      for (const fault of faults) this.#errors.fire(new Error(fault))
      for (const message of messages) this.#deliver(message, callback)
      if (done.length > 0) await this.#folder.remove(done)
      if (aside.length > 0) await this.#folder.setAside(aside)
      return done.length + aside.length > 0
    } catch (error) {
      this.#close(asError(error))
      return false
    }
  }

  #deliver(message: Message, callback: (message: Message) => void): void {
    try {
      callback(message)
    } catch (error) {
      this.#errors.fire(asError(error))
    }
  }

  #close(error: Error): void {
    if (!this.#live) return
    this.#live = false
    if (!isGone(error)) this.#errors.fire(error)
    this.#closes.fire()
  }

  async #pause(ms: number): Promise<void> {
    if (!this.#live) return
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(ms, resolve)
      this.#wake = () => {
        timer.dispose()
        resolve()
      }
    })
    this.#wake = undefined
  }
}

interface Waiting {
  text: string
  sent: () => void
}

/** One file at a time; what is written meanwhile goes together into the next. */
class SpoolWriter implements MessageWriter {
  readonly #folder: SpoolFolder
  readonly #nextName: () => string
  readonly #poke: () => void
  readonly #errors = new Emitter<[Error, Message | undefined, number | undefined]>()
  readonly #closes = new Emitter<void>()
  readonly onError = this.#errors.event
  readonly onClose = this.#closes.event
  readonly #waiting: Waiting[] = []
  #live = true
  #busy = false
  /** Settles when what was written before it was closed is there. */
  idle: Promise<void> = Promise.resolve()

  constructor(folder: SpoolFolder, run: string, poke: () => void) {
    this.#folder = folder
    this.#nextName = spoolNames(run)
    this.#poke = poke
  }

  async write(message: Message): Promise<void> {
    const text = encode(message)
    if (!this.#live) return
    const sent = new Promise<void>((resolve) => this.#waiting.push({ text, sent: resolve }))
    if (!this.#busy) this.idle = this.#run()
    await sent
  }

  end(): void {
    this.dispose()
  }

  dispose(): void {
    this.#live = false
  }

  async #run(): Promise<void> {
    this.#busy = true
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch()
      try {
        const text = `[${batch.map(({ text }) => text).join(',')}]`
        await this.#folder.write([{ name: this.#nextName(), text }])
        this.#poke()
      } catch (error) {
        this.#fail(asError(error))
      }
      for (const { sent } of batch) sent()
      // One message alone goes at once; where many come, the next file waits for more of them.
      for (let turn = 0; turn < 2 * batch.length; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    this.#busy = false
  }

  #nextBatch(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const { text } of this.#waiting) {
      bytes += text.length
      if (count === BATCH_MESSAGES || (count > 0 && bytes > BATCH_BYTES)) break
      count++
    }
    return this.#waiting.splice(0, count)
  }

  /** A file that could not be written is missing for good. */
  #fail(error: Error): void {
    for (const { sent } of this.#waiting.splice(0)) sent()
    if (!this.#live) return
    this.#live = false
    if (!isGone(error)) this.#errors.fire([error, undefined, undefined])
    this.#closes.fire()
  }
}

/** The other side removes the folder to say that it is done. */
function isGone(error: Error): boolean {
  return 'code' in error && error.code === 'ENOENT'
}
