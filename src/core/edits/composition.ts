import type { TextEdit } from '../ports.ts'

/** A stretch of the base text, or new text. */
type Piece = { start: number; end: number } | { text: string }

/** Edits that were each made on the text that the ones before left, as one set of edits of the base text. */
export class Composition {
  readonly #length: number
  #pieces: Piece[]

  /** @param length of the base text, in UTF-16 units */
  constructor(length: number) {
    this.#length = length
    this.#pieces = [{ start: 0, end: length }]
  }

  /** Adds edits in order, in coordinates of the text as composed so far. */
  add(edits: readonly TextEdit[]): void {
    const pieces: Piece[] = []
    const rest = this.#pieces.values()
    let piece = rest.next().value
    let at = 0
    const takeUntil = (offset: number, into: Piece[] | undefined): void => {
      while (piece !== undefined && at < offset) {
        const size = Math.min(sizeOf(piece), offset - at)
        into?.push(part(piece, 0, size))
        at += size
        piece = size === sizeOf(piece) ? rest.next().value : part(piece, size, sizeOf(piece))
      }
    }
    for (const { start, end, text } of edits) {
      takeUntil(start, pieces)
      takeUntil(end, undefined)
      if (text !== '') pieces.push({ text })
    }
    takeUntil(Number.POSITIVE_INFINITY, pieces)
    this.#pieces = pieces
  }

  /** In order, in coordinates of the base text. */
  edits(): TextEdit[] {
    const edits: TextEdit[] = []
    let at = 0
    let text = ''
    const close = (start: number): void => {
      if (start > at || text !== '') edits.push({ start: at, end: start, text })
      text = ''
    }
    for (const piece of this.#pieces) {
      if ('text' in piece) {
        text += piece.text
        continue
      }
      close(piece.start)
      at = piece.end
    }
    close(this.#length)
    return edits
  }
}

function sizeOf(piece: Piece): number {
  return 'text' in piece ? piece.text.length : piece.end - piece.start
}

function part(piece: Piece, from: number, to: number): Piece {
  return 'text' in piece ? { text: piece.text.slice(from, to) } : { start: piece.start + from, end: piece.start + to }
}
