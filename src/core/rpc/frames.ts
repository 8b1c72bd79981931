import { excerpt, MAX_MESSAGE_BYTES } from './transport.ts'

const MAX_HEADER_BYTES = 4096

/** The stream is not what it should be, so that nothing after it can be understood. */
export class FramingError extends Error {}

/** Finds the bodies in a stream of `Content-Length` frames, however it is cut. */
export class Frames {
  #pieces: Buffer[] = []
  #held = 0
  /** With fewer bytes than this there is no whole frame. */
  #needed = 0

  /** @throws {FramingError} after which it is of no more use */
  push(piece: Buffer, onBody: (body: Buffer) => void): void {
    this.#pieces.push(piece)
    this.#held += piece.length
    if (this.#held < this.#needed) return
    const data = this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces)
    let at = 0
    this.#needed = 0
    for (;;) {
      const header = data.indexOf('\r\n\r\n', at)
      if (header === -1) break
      const start = header + 4
      const end = start + contentLength(data.toString('latin1', at, header))
      this.#needed = end - at
      if (data.length < end) break
      onBody(data.subarray(start, end))
      at = end
      this.#needed = 0
    }
    this.#held = data.length - at
    this.#pieces = this.#held === 0 ? [] : [data.subarray(at)]
    if (this.#needed === 0 && this.#held > MAX_HEADER_BYTES) throw unframed(data.toString('latin1', at, at + 300))
  }
}

/** The frame of one body, which is JSON text. */
export function frame(body: string): string {
  return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

function contentLength(header: string): number {
  const digits = /^content-length: *(\d{1,15}) *$/im.exec(header)?.[1]
  if (digits === undefined) throw unframed(header)
  const length = Number(digits)
  if (length <= MAX_MESSAGE_BYTES) return length
  throw new FramingError(`a message of ${length} bytes was announced, over the limit of ${MAX_MESSAGE_BYTES}`)
}

function unframed(text: string): FramingError {
  return new FramingError(`this is no frame with a Content-Length: ${JSON.stringify(excerpt(text))}`)
}
