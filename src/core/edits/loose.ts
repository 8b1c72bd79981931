import type { TextEdit } from '../ports.ts'
import { compareLines } from './lines.ts'
import { everywhere } from './occurrences.ts'
import { trimmed } from './textEdits.ts'

/** A text without the white space at the ends of its lines, and the way back to the text as it is. */
export class LooseText {
  readonly text: string
  /** Where the lines begin, there and here. */
  readonly #starts: number[] = []
  readonly #loose: number[] = []

  constructor(text: string) {
    const lines = text.split('\n')
    const shorter = lines.map(withoutEnd)
    this.text = shorter.join('\n')
    let [start, loose] = [0, 0]
    for (const [index, line] of lines.entries()) {
      this.#starts.push(start)
      this.#loose.push(loose)
      start += line.length + 1
      loose += (shorter[index]?.length ?? 0) + 1
    }
  }

  /** The offset in the text as it is. At the end of a line, that before its white space. */
  offsetOf(offset: number): number {
    let [low, high] = [0, this.#loose.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#loose[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return (this.#starts[low] ?? 0) + offset - (this.#loose[low] ?? 0)
  }
}

/** Without spaces and tabs at the ends of the lines. */
export function withoutLineEnds(text: string): string {
  return text.split('\n').map(withoutEnd).join('\n')
}

function withoutEnd(line: string): string {
  let end = line.length
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end--
  return line.slice(0, end)
}

/** Where the text has `part` but for white space at the ends of lines: offsets in the text as it is. */
export function looseOccurrences(text: string, part: string): { start: number; end: number }[] {
  const loose = new LooseText(text)
  const wanted = withoutLineEnds(part)
  if (wanted.trim() === '') return []
  const toLineEnd = part.length - part.lastIndexOf('\n') > wanted.length - wanted.lastIndexOf('\n')
  return everywhere(loose.text, wanted)
    .map((start) => ({ start, end: start + wanted.length }))
    .filter(({ end }) => !toLineEnd || end === loose.text.length || loose.text[end] === '\n')
    .map(({ start, end }) => ({ start: loose.offsetOf(start), end: loose.offsetOf(end) }))
}

/**
 * Edits that make of one place what makes `to` of `from`. Lines that both share stay as they are in the text, their
 * white space included.
 */
export function editsAt(text: string, place: { start: number; end: number }, from: string, to: string): TextEdit[] {
  const lines = linesAt(text, place)
  const edits: TextEdit[] = []
  let line = 0
  for (const run of compareLines(from.split('\n'), to.split('\n'))) {
    if (run.kind === 'same') {
      line += run.lines.length
      continue
    }
    edits.push(trimmed(editOf(lines, line, run.removed.length, run.added), text))
    line += run.removed.length
  }
  return edits
}

interface Span {
  start: number
  end: number
}

/** The lines of a place, or the parts of them that are in it. */
function linesAt(text: string, { start, end }: Span): Span[] {
  const lines: Span[] = []
  for (let at = start; ;) {
    const next = text.indexOf('\n', at)
    if (next === -1 || next >= end) {
      lines.push({ start: at, end })
      return lines
    }
    lines.push({ start: at, end: next })
    at = next + 1
  }
}

function editOf(lines: readonly Span[], first: number, removed: number, added: readonly string[]): TextEdit {
  const [from, last, next, before] = [
    lines[first],
    lines[first + removed - 1],
    lines[first + removed],
    lines[first - 1],
  ]
  const end = before?.end ?? 0
  if (removed === 0) {
    if (from === undefined) return { start: end, end, text: added.map((line) => `\n${line}`).join('') }
    return { start: from.start, end: from.start, text: added.map((line) => `${line}\n`).join('') }
  }
  const [start, stop] = [from?.start ?? 0, last?.end ?? 0]
  if (added.length > 0) return { start, end: stop, text: added.join('\n') }
  return next === undefined ? { start: end, end: stop, text: '' } : { start, end: next.start, text: '' }
}
