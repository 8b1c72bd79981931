import { Cleaner, Lines } from './cleaner.ts'
import { Tail } from './tail.ts'
import type { OutputFile, OutputFiles } from './outputFiles.ts'

/** The last lines are looked for in so many bytes. */
const LAST_LINES_BYTES = 2_048
/** So much is cleaned as it comes, in bytes: more than a file holds. */
const CLEANED = 40 * 1024 * 1024
/** Of a flood's chunk the screen sees so much. */
const SHOWN_OF_CHUNK = 2_048

/** A place in an output: how much had come until then. */
interface Mark {
  size: number
  lineEnds: number
  /** The line that had not ended. */
  pending: string
}

const start: Mark = { size: 0, lineEnds: 0, pending: '' }

/**
 * A command's output as the model sees it: cleaned, and bounded in memory by leaving the middle out. What is too long
 * for memory is kept in a file, where there is a place for such.
 */
export class OutputBuffer {
  readonly #half: number
  readonly #files: OutputFiles | undefined
  readonly #cleaner = new Cleaner()
  readonly #lines = new Lines()
  readonly #head: Buffer[] = []
  readonly #listeners = new Set<(text: string) => void>()
  #file: OutputFile | undefined
  #headSize = 0
  readonly #tail: Tail
  /** So much has come that only what is asked for is cleaned: the tail is as the process wrote it. */
  #isRaw = false
  #size = 0
  #lineEnds = 0
  #read = start

  /** @param limit in bytes of UTF-8 */
  constructor(limit: number, files?: OutputFiles) {
    this.#half = Math.floor(limit / 2)
    this.#tail = new Tail(2 * this.#half)
    this.#files = files
  }

  /** Takes a chunk as the process wrote it, for itself: the caller's is empty afterwards, maybe. Gives back what a screen that cannot redraw shows for it. */
  add(chunk: Buffer): string {
    if (this.#isRaw) return this.#addRaw(chunk)
    const clean = this.#cleaner.add(chunk)
    this.#keep(this.#lines.add(clean))
    return this.#tell(clean)
  }

  /** Takes what was pending, a last line without its end. More may come from what a command left behind. */
  end(): string {
    const clean = this.#cleaner.end()
    this.#keep(this.#lines.add(clean) + this.#lines.end())
    return this.#tell(clean)
  }

  /** Settles when it can take more: until then, whoever writes had better wait. Undefined when it can now. */
  get full(): Promise<void> | undefined {
    return this.#file?.full
  }

  /** Hears what is added, with `\r` and `\b` where a line is drawn again. */
  onAdded(listener: (text: string) => void): { dispose(): void } {
    this.#listeners.add(listener)
    return { dispose: () => this.#listeners.delete(listener) }
  }

  /** Head and tail at line ends where that is possible, and a line in between that says what is left out. */
  text(): string {
    return this.#since(start)
  }

  /** What came since the last time, bounded in the same way; a line that had not ended comes again, whole. */
  unread(): string {
    const before = this.#read
    this.#read = { size: this.#size, lineEnds: this.#lineEnds, pending: this.#lines.pending }
    if (before.size === this.#size && before.pending === this.#read.pending) return ''
    return this.#since(before)
  }

  /** The last lines that have something in them, at most `count`. */
  lastLines(count: number): string[] {
    const kept = this.#tail.length > 0 ? this.#tail.bytes() : Buffer.concat(this.#head)
    const lines = (this.#cleaned(kept.subarray(-LAST_LINES_BYTES)) + this.#lines.pending).split('\n')
    return lines.filter((line) => line.trim() !== '').slice(-count)
  }

  #since(mark: Mark): string {
    const pending = this.#lines.pending
    const [first, last] = this.#both(mark.size)
    if (last === undefined) return this.#cleaned(first) + pending
    const size = this.#size - mark.size - first.length - last.length
    const lines = this.#lineEnds - mark.lineEnds - lineEnds(first) - lineEnds(last)
    const where = this.#file === undefined ? '' : `; ${this.#file.note()}`
    const gap = `… ${lines} lines (${Math.ceil(size / 1024)} KB) left out${where} …\n`
    return `${ended(this.#cleaned(first))}${gap}${this.#cleaned(last)}${pending}`
  }

  /** The bytes since `from`: all in one, or their head and their tail. */
  #both(from: number): [Buffer, Buffer?] {
    const head = Buffer.concat(this.#head)
    const tail = this.#tail.bytes()
    const tailAt = this.#size - tail.length
    const inHead = head.subarray(from)
    const inTail = tail.subarray(Math.max(0, from - tailAt))
    const isGapless = tailAt === head.length || from >= tailAt
    if (isGapless && this.#size - from <= 2 * this.#half) return [Buffer.concat([inHead, inTail])]
    const first = isGapless ? Buffer.concat([inHead, inTail.subarray(0, this.#half)]).subarray(0, this.#half) : inHead
    return [cutEnd(first), cutStart(inTail.subarray(Math.max(0, inTail.length - this.#half)))]
  }

  #tell(clean: string): string {
    if (clean !== '') for (const listener of this.#listeners) listener(clean)
    return forScreen(clean)
  }

  #keep(text: string): void {
    if (text === '') return
    let bytes = Buffer.from(text)
    this.#size += bytes.length
    this.#spill(bytes)
    this.#lineEnds += lineEnds(bytes)
    const room = this.#half - this.#headSize
    if (room > 0) {
      const head = bytes.subarray(0, room)
      this.#head.push(head)
      this.#headSize += head.length
      bytes = bytes.subarray(room)
    }
    if (bytes.length > 0) this.#tail.add(bytes)
    this.#isRaw = this.#size > CLEANED && this.#lines.pending === ''
  }

  /** Costs little: a flood is neither cleaned nor decoded, but for some of it, for the screen. */
  #addRaw(chunk: Buffer): string {
    this.#size += chunk.length
    this.#lineEnds += lineEnds(chunk)
    this.#tail.add(chunk)
    const shown = this.#cleaner.add(chunk.subarray(-SHOWN_OF_CHUNK))
    giveBack(chunk)
    return this.#tell(shown)
  }

  #cleaned(bytes: Buffer): string {
    if (!this.#isRaw) return bytes.toString()
    const cleaner = new Cleaner()
    const lines = new Lines()
    return lines.add(cleaner.add(bytes) + cleaner.end()) + lines.end()
  }

  /** Begins a file when memory will not hold all: at that moment it still does. */
  #spill(bytes: Buffer): void {
    if (this.#file === undefined) {
      if (this.#size <= 2 * this.#half || this.#files === undefined) return
      this.#file = this.#files.create()
      for (const before of [...this.#head, this.#tail.bytes()]) this.#file.add(before)
    }
    this.#file.add(bytes)
  }
}

/** Frees a chunk that has its memory for itself: such garbage is collected late, by the 100 MB. */
function giveBack({ buffer, length }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0)
}

function forScreen(text: string): string {
  return text.replaceAll('\r', '\n').replaceAll('\b', '')
}

function lineEnds(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++
  return count
}

function cutEnd(bytes: Buffer): Buffer {
  const end = bytes.lastIndexOf(10) + 1
  if (end > bytes.length / 2) return bytes.subarray(0, end)
  let cut = bytes.length
  while (cut > 0 && isInsideCharacter(bytes, cut)) cut--
  return bytes.subarray(0, cut)
}

function cutStart(bytes: Buffer): Buffer {
  const start = bytes.indexOf(10) + 1
  if (start > 0 && start < bytes.length / 2) return bytes.subarray(start)
  let cut = 0
  while (cut < bytes.length && isInsideCharacter(bytes, cut)) cut++
  return bytes.subarray(cut)
}

/** Whether `at` is a continuation byte. At the end of a cut head the next byte is unknown: a lead byte is looked for. */
function isInsideCharacter(bytes: Buffer, at: number): boolean {
  const byte = bytes[at]
  if (byte !== undefined) return (byte & 0xc0) === 0x80
  const tail = bytes.subarray(-4)
  for (let back = 1; back <= tail.length; back++) {
    const lead = tail[tail.length - back] ?? 0
    if ((lead & 0xc0) === 0x80) continue
    const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
    return length > back
  }
  return false
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
