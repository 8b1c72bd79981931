interface LineParts {
  /** Shows text in the terminal. */
  echo(text: string): void
  /** A line with its `\n`; one that ends with Ctrl+D (U+0004) closes the input. */
  line(text: string): void
  /** Ctrl+C. */
  interrupt(): void
}

const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const BACKSPACE = '\u007f'

/** What a terminal does for a process that has a pipe as its input: shows what is typed, and gives it line by line. */
export class LineInput {
  readonly #parts: LineParts
  #line = ''

  constructor(parts: LineParts) {
    this.#parts = parts
  }

  /** Takes what was typed or pasted. Arrows and other keys that send sequences do nothing. */
  add(data: string): void {
    // oxlint-disable-next-line no-control-regex -- keys send these
    const plain = data.replaceAll(/\u001b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?/g, '').replaceAll('\r\n', '\r')
    for (const character of plain) this.#type(character)
  }

  #type(character: string): void {
    if (character === CTRL_C) this.#parts.interrupt()
    else if (character === CTRL_D) this.#send(`${this.#line}${CTRL_D}`)
    else if (character === '\r' || character === '\n') {
      this.#parts.echo('\r\n')
      this.#send(`${this.#line}\n`)
    } else if (character === BACKSPACE) this.#erase()
    else if (character >= ' ' || character === '\t') {
      this.#line += character
      this.#parts.echo(character)
    }
  }

  #erase(): void {
    const last = /[^]$/u.exec(this.#line)?.[0]
    if (last === undefined) return
    this.#line = this.#line.slice(0, -last.length)
    this.#parts.echo('\b \b')
  }

  #send(text: string): void {
    this.#line = ''
    this.#parts.line(text)
  }
}
