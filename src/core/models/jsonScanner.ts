/**
 * Finds where one JSON value ends in text that arrives in pieces, looking at each character once. It knows strings,
 * escapes and nesting, not the grammar: what it calls whole may still not parse. Numbers and words have no end of their
 * own, so they are never whole before the text ends.
 */
export class JsonScanner {
  #depth = 0
  #inString = false
  #escaped = false
  #kind: 'none' | 'nested' | 'string' | 'word' = 'none'
  #whole = false

  get whole(): boolean {
    return this.#whole
  }

  /** Whether it can only be told by its text's end whether the value is whole. */
  get isWord(): boolean {
    return this.#kind === 'word'
  }

  /** Whether anything but white space has come. */
  get begun(): boolean {
    return this.#kind !== 'none'
  }

  /** Reads the piece; returns how much of it belongs to the value, all of it while the value goes on. */
  feed(piece: string): number {
    for (let at = 0; at < piece.length; at++) {
      if (this.#whole) return at
      this.#step(piece.charCodeAt(at))
    }
    return piece.length
  }

  #step(char: number): void {
    if (this.#inString) return this.#inside(char)
    if (char === 0x20 || char === 0x09 || char === 0x0a || char === 0x0d) return
    const opens = char === 0x7b || char === 0x5b
    if (this.#kind === 'none') this.#kind = opens ? 'nested' : char === 0x22 ? 'string' : 'word'
    if (char === 0x22) this.#inString = true
    else if (opens) this.#depth++
    else if (char === 0x7d || char === 0x5d) this.#depth--
    this.#whole = this.#kind === 'nested' && this.#depth === 0
  }

  #inside(char: number): void {
    if (this.#escaped) this.#escaped = false
    else if (char === 0x5c) this.#escaped = true
    else if (char === 0x22) {
      this.#inString = false
      this.#whole = this.#kind === 'string'
    }
  }
}
