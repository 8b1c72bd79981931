import { StringDecoder } from 'node:string_decoder'

/** A sequence or a line without end is not kept longer than this, in UTF-16 units. */
const LONGEST_PENDING = 64 * 1024

/* oxlint-disable no-control-regex -- control characters are what these look for */
const anyControl = /[\u0000-\u0008\u000b-\u001f\u007f]/
const sequence =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[PX^_][^\u001b]*\u001b\\|[ -/]*[0-OQ-WYZ`-~])/g
const unfinished = /\u001b(?:\[[0-?]*[ -/]*|\][^\u0007\u001b]*\u001b?|[PX^_][^\u001b]*\u001b?|[ -/]*)?$/
const otherControl = /[\u0000-\u0007\u000b\u000c\u000e-\u001f\u007f]/g
/* oxlint-enable no-control-regex */

/** Takes a terminal's control sequences out of a stream of bytes in UTF-8, wherever the chunks are cut. */
export class Cleaner {
  readonly #decoder = new StringDecoder('utf8')
  #pending = ''

  /** Text with `\n`, with a bare `\r` where a line begins again, and `\b`; nothing else that controls. */
  add(chunk: Buffer): string {
    return this.#clean(this.#decoder.write(chunk), false)
  }

  end(): string {
    return this.#clean(this.#decoder.end(), true)
  }

  #clean(text: string, last: boolean): string {
    let all = this.#pending + text
    this.#pending = ''
    if (!anyControl.test(all)) return all
    all = all.replaceAll(sequence, '').replaceAll('\r\n', '\n')
    const cut = last ? -1 : all.endsWith('\r') ? all.length - 1 : all.search(unfinished)
    if (cut !== -1 && all.length - cut < LONGEST_PENDING) {
      this.#pending = all.slice(cut)
      all = all.slice(0, cut)
    }
    return all.replaceAll(otherControl, '')
  }
}

/** Redraws of a line as the terminal would show them: only what was written last. */
export class Lines {
  #line = ''

  /** The text that will not change any more: whole lines, as a rule. */
  add(text: string): string {
    const all = this.#line + text
    const end = all.lastIndexOf('\n') + 1
    this.#line = all.slice(end)
    if (this.#line.length > LONGEST_PENDING) {
      const long = redraw(this.#line)
      this.#line = ''
      return redrawAll(all.slice(0, end)) + long
    }
    return redrawAll(all.slice(0, end))
  }

  /** The line that has not ended. */
  get pending(): string {
    return redraw(this.#line)
  }

  end(): string {
    const line = this.pending
    this.#line = ''
    return line
  }
}

function redrawAll(text: string): string {
  return text.includes('\r') || text.includes('\b') ? text.split('\n').map(redraw).join('\n') : text
}

function redraw(line: string): string {
  const last = line.includes('\r') ? (line.split('\r').findLast((part) => part !== '') ?? '') : line
  if (!last.includes('\b')) return last
  const kept: string[] = []
  for (const character of last) {
    if (character === '\b') kept.pop()
    else kept.push(character)
  }
  return kept.join('')
}
