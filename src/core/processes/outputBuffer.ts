import { Cleaner, Lines } from './cleaner.ts'

/** A command's output as the model sees it: cleaned, and bounded in memory by leaving the middle out. */
export class OutputBuffer {
  readonly #half: number
  readonly #cleaner = new Cleaner()
  readonly #lines = new Lines()
  readonly #head: Buffer[] = []
  #headSize = 0
  #tail: Buffer[] = []
  #tailSize = 0
  #size = 0
  #lineEnds = 0

  /** @param limit in bytes of UTF-8 */
  constructor(limit: number) {
    this.#half = Math.floor(limit / 2)
  }

  /** Takes a chunk as the process wrote it; gives back what a screen that cannot redraw shows for it. */
  add(chunk: Buffer): string {
    const clean = this.#cleaner.add(chunk)
    this.#keep(this.#lines.add(clean))
    return forScreen(clean)
  }

  /** The last of it; nothing is added after this. */
  end(): string {
    const clean = this.#cleaner.end()
    this.#keep(this.#lines.add(clean) + this.#lines.end())
    return forScreen(clean)
  }

  /** Head and tail at line ends where that is possible, and a line in between that says what is left out. */
  text(): string {
    const tail = Buffer.concat(this.#tail)
    if (this.#size <= 2 * this.#half) return Buffer.concat([...this.#head, tail]).toString()
    const first = cutEnd(Buffer.concat(this.#head))
    const last = cutStart(tail.subarray(Math.max(0, tail.length - this.#half)))
    const size = this.#size - first.length - last.length
    const lines = this.#lineEnds - lineEnds(first) - lineEnds(last)
    return `${ended(first.toString())}… ${lines} lines (${Math.ceil(size / 1024)} KB) left out …\n${last.toString()}`
  }

  #keep(text: string): void {
    if (text === '') return
    let bytes = Buffer.from(text)
    this.#size += bytes.length
    this.#lineEnds += lineEnds(bytes)
    const room = this.#half - this.#headSize
    if (room > 0) {
      const head = bytes.subarray(0, room)
      this.#head.push(head)
      this.#headSize += head.length
      bytes = bytes.subarray(room)
    }
    if (bytes.length === 0) return
    this.#tail.push(bytes)
    this.#tailSize += bytes.length
    if (this.#tailSize > 4 * this.#half + 65_536) this.#trim()
  }

  /** Copies what stays, so that the memory of what goes is free. */
  #trim(): void {
    const all = Buffer.concat(this.#tail)
    const kept = Buffer.from(all.subarray(all.length - this.#half))
    this.#tail = [kept]
    this.#tailSize = kept.length
  }
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
