/** The last bytes of a stream: all while they are few, then so many as a ring holds. */
export class Tail {
  readonly #most: number
  #chunks: Buffer[] = []
  #length = 0
  #ring: Buffer | undefined
  /** Where the next byte goes. */
  #at = 0

  /** @param most so many are kept at least, twice as many at most, in bytes */
  constructor(most: number) {
    this.#most = most
  }

  add(bytes: Buffer): void {
    if (this.#ring !== undefined) return this.#turn(this.#ring, bytes)
    this.#chunks.push(bytes)
    this.#length += bytes.length
    if (this.#length <= 2 * this.#most) return
    const all = this.bytes()
    this.#ring = Buffer.alloc(this.#most)
    this.#chunks = []
    this.#length = 0
    this.#turn(this.#ring, all)
  }

  get length(): number {
    return this.#length
  }

  bytes(): Buffer {
    if (this.#ring === undefined) return Buffer.concat(this.#chunks)
    if (this.#length < this.#ring.length) return Buffer.from(this.#ring.subarray(0, this.#length))
    return Buffer.concat([this.#ring.subarray(this.#at), this.#ring.subarray(0, this.#at)])
  }

  #turn(ring: Buffer, bytes: Buffer): void {
    const kept = bytes.subarray(-ring.length)
    const first = Math.min(kept.length, ring.length - this.#at)
    kept.copy(ring, this.#at, 0, first)
    kept.copy(ring, 0, first)
    this.#at = (this.#at + kept.length) % ring.length
    this.#length = Math.min(ring.length, this.#length + kept.length)
  }
}
