import { StringDecoder } from 'node:string_decoder'

type Hear = (text: string) => Promise<void> | void

interface Listening {
  mark: Buffer
  hear: Hear
  decoder: StringDecoder
  ended: PromiseWithResolvers<void>
}

const NUL = 0

/** What comes out of one pipe of a kernel: a script's text, up to the mark that the kernel writes at the script's end. */
export class MarkedOutput {
  #listening: Listening | undefined
  /** May be the start of the mark. */
  #held: Buffer = Buffer.alloc(0)

  /** Hears one script. Settles at its mark, or when `end` is called; nothing is heard after that. */
  listen(mark: string, hear: Hear): Promise<void> {
    const ended = Promise.withResolvers<void>()
    this.#listening = { mark: Buffer.from(mark), hear, decoder: new StringDecoder('utf8'), ended }
    return ended.promise
  }

  /** What comes between scripts is nobody's, and goes nowhere. */
  add(chunk: Buffer): Promise<void> | void {
    if (this.#listening === undefined) return undefined
    const { mark, hear, decoder } = this.#listening
    const data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const at = data.indexOf(mark)
    const end = at === -1 ? data.length - heldBack(data, mark) : at
    this.#held = at === -1 ? data.subarray(end) : Buffer.alloc(0)
    const text = decoder.write(data.subarray(0, end))
    const heard = text === '' ? undefined : hear(text)
    if (at !== -1) this.#close(heard)
    return heard
  }

  /** No mark will come. */
  end(): void {
    this.#close(undefined)
  }

  /** @param heard settles when what came before the mark was taken */
  #close(heard: Promise<void> | void): void {
    if (this.#listening === undefined) return
    const { hear, decoder, ended } = this.#listening
    const rest = decoder.write(this.#held) + decoder.end()
    this.#listening = undefined
    this.#held = Buffer.alloc(0)
    ended.resolve(rest === '' ? heard : Promise.all([heard, hear(rest)]).then(() => undefined))
  }
}

/** How many bytes at the end of the data may be the start of the mark, whose only NUL is its first byte. */
function heldBack(data: Buffer, mark: Buffer): number {
  const start = data.lastIndexOf(NUL)
  const length = data.length - start
  return start !== -1 && mark.subarray(0, length).equals(data.subarray(start)) ? length : 0
}
