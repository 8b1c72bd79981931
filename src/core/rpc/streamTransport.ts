import type { Readable, Writable } from 'node:stream'
import { type Disposable, Emitter, type Message, type MessageReader, type MessageWriter } from 'vscode-jsonrpc/node'
import { Frames, frame } from './frames.ts'
import { asError, asMessage, encode, excerpt, type Transport } from './transport.ts'

/** So many messages of one turn of the loop are written at once: the other side begins while the rest is made. */
const GATHERED = 16

/** `Content-Length` frames over pipes or a socket (`input` and `output` may be one). Owns both from now on. */
export function streamTransport(input: Readable, output: Writable): Transport {
  const reader = new StreamReader(input)
  const writer = new StreamWriter(output)
  const dispose = async (): Promise<void> => {
    input.destroy()
    output.destroy()
    await Promise.all([closed(input), closed(output)])
  }
  return { reader, writer, dispose }
}

class StreamReader implements MessageReader {
  readonly #input: Readable
  readonly #frames = new Frames()
  readonly #errors = new Emitter<Error>()
  readonly #closes = new Emitter<void>()
  readonly onError = this.#errors.event
  readonly onClose = this.#closes.event
  readonly onPartialMessage = new Emitter<never>().event
  #live = true

  constructor(input: Readable) {
    this.#input = input
    input.on('error', (error) => this.#errors.fire(error))
  }

  listen(callback: (message: Message) => void): Disposable {
    this.#input.on('data', (chunk: Buffer) => this.#read(chunk, callback))
    this.#input.on('end', () => this.#close())
    this.#input.on('close', () => this.#close())
    return { dispose: () => (this.#live = false) }
  }

  dispose(): void {
    this.#live = false
  }

  /** A body that is no message is told, and the next may be one; what is no frame ends the stream. */
  #read(chunk: Buffer, callback: (message: Message) => void): void {
    if (!this.#live) return
    try {
      this.#frames.push(chunk, (body) => this.#deliver(body.toString(), callback))
    } catch (error) {
      this.#errors.fire(asError(error))
      this.#close()
    }
  }

  #deliver(body: string, callback: (message: Message) => void): void {
    try {
      callback(asMessage(JSON.parse(body)))
    } catch (error) {
      this.#errors.fire(new Error(`a message that cannot be used (${asError(error).message}): ${excerpt(body)}`))
    }
  }

  #close(): void {
    if (!this.#live) return
    this.#live = false
    this.#closes.fire()
  }
}

class StreamWriter implements MessageWriter {
  readonly #output: Writable
  readonly #errors = new Emitter<[Error, Message | undefined, number | undefined]>()
  readonly #closes = new Emitter<void>()
  readonly onError = this.#errors.event
  readonly onClose = this.#closes.event
  #held: { text: string; sent: () => void }[] = []
  #gathering = false

  constructor(output: Writable) {
    this.#output = output
    output.on('error', (error) => this.#errors.fire([error, undefined, undefined]))
    output.on('close', () => this.#closes.fire())
  }

  async write(message: Message): Promise<void> {
    const text = frame(encode(message))
    return new Promise((sent) => {
      this.#held.push({ text, sent })
      if (this.#gathering && this.#held.length < GATHERED) return
      this.#flush()
      this.#gather()
    })
  }

  /** The first message of a turn of the loop goes at once, those after it in the same turn together. */
  #gather(): void {
    if (this.#gathering) return
    this.#gathering = true
    setImmediate(() => {
      this.#gathering = false
      this.#flush()
    })
  }

  #flush(): void {
    const held = this.#held
    if (held.length === 0) return
    this.#held = []
    this.#output.write(held.map(({ text }) => text).join(''), (error) => {
      if (error) this.#closes.fire()
      for (const { sent } of held) sent()
    })
  }

  end(): void {
    this.#flush()
    this.#output.end()
  }

  dispose(): void {
    this.#flush()
    this.#closes.dispose()
  }
}

function closed(stream: Readable | Writable): Promise<void> {
  return stream.closed ? Promise.resolve() : new Promise((resolve) => stream.once('close', () => resolve()))
}
