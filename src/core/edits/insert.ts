import type { Failure } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import { countBreaks, lineOf } from './lines.ts'
import { looseOccurrences } from './loose.ts'
import { explainMiss } from './nearest.ts'
import { everywhere, lineList } from './occurrences.ts'
import type { Found } from './replace.ts'
import { normalise } from './textEdits.ts'

export interface Insertion {
  text: string
  /** The line to insert before, from 1; one more than there are for the end. */
  line?: number | undefined
  /** Text that is there exactly once: the insertion goes on the line after it. */
  after?: string | undefined
}

/** Inserts whole lines: at a line, after a piece of text, or at the end. An undefined text is that of a new file. */
export function insertText(text: string | undefined, insertion: Insertion): Found | Failure {
  const { line, after } = insertion
  if (line !== undefined && after !== undefined) return failed('invalid_input', 'Give line or after, not both.')
  if (text === undefined && after !== undefined) {
    return failed('not_found', 'The file does not exist, so after is not in it. Leave after out to create the file.')
  }
  const base = text ?? ''
  const at = after === undefined ? lineOffset(base, line) : placeAfter(base, normalise(after))
  if (typeof at === 'object' && 'kind' in at) return at
  const { offset, note } = typeof at === 'number' ? { offset: at } : at
  const inserted = normalise(insertion.text)
  if (inserted === '') return { edits: [] }
  const edits = [{ start: offset, end: offset, text: asLines(base, offset, inserted) }]
  return note === undefined ? { edits } : { edits, note }
}

/** With the line breaks that keep what is before and behind on lines of their own. */
function asLines(base: string, at: number, text: string): string {
  const isInLine = at > 0 && base[at - 1] !== '\n'
  const needsEnd = !text.endsWith('\n') && (at < base.length || (base !== '' && !isInLine))
  return `${isInLine ? '\n' : ''}${text}${needsEnd ? '\n' : ''}`
}

function lineOffset(text: string, line: number | undefined): number | Failure {
  const breaks = countBreaks(text)
  const lines = text === '' || text.endsWith('\n') ? breaks : breaks + 1
  if (line === undefined || line === lines + 1) return text.length
  if (!Number.isInteger(line) || line < 1 || line > lines) {
    return failed(
      'out_of_range',
      `There is no line ${line}: the file has ${lines}. Give 1 to ${lines + 1}, the last for the end.`,
    )
  }
  let offset = 0
  for (let before = 1; before < line; before++) offset = text.indexOf('\n', offset) + 1
  return offset
}

interface Place {
  offset: number
  note?: string
}

function placeAfter(text: string, after: string): Place | Failure {
  if (after === '') return failed('invalid_input', 'after is empty. Give the text to insert after, or leave it out.')
  const exact = everywhere(text, after).map((start) => ({ start, end: start + after.length }))
  const found = exact.length > 0 ? exact : looseOccurrences(text, after)
  const [first] = found
  if (first === undefined)
    return failed('not_matched', `after is not in the file. ${explainMiss(text, after)} Nothing was changed.`)
  if (found.length > 1) {
    const starts = found.map(({ start }) => start)
    const places = `${found.length} places, at lines ${lineList(text, starts)}`
    return failed('ambiguous', `after is in ${places}. Give more of the text. Nothing was changed.`)
  }
  const offset = nextLine(text, first.end, after)
  if (exact.length > 0) return { offset }
  return {
    offset,
    note: `Line ${lineOf(text, first.start)} and following matched but for white space at the ends of lines.`,
  }
}

function nextLine(text: string, end: number, after: string): number {
  if (after.endsWith('\n')) return end
  const next = text.indexOf('\n', end)
  return next === -1 ? text.length : next + 1
}
