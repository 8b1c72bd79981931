import type { Failure, TextEdit } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import { countBreaks } from './lines.ts'
import { explainMiss } from './nearest.ts'
import { lineList, occurrences } from './occurrences.ts'
import { normalise } from './textEdits.ts'

export interface Insertion {
  text: string
  /** The line to insert before, from 1; one more than there are for the end. */
  line?: number | undefined
  /** Text that is there exactly once: the insertion goes on the line after it. */
  after?: string | undefined
}

/** Inserts whole lines: at a line, after a piece of text, or at the end. An undefined text is that of a new file. */
export function insertText(text: string | undefined, insertion: Insertion): { edits: TextEdit[] } | Failure {
  const { line, after } = insertion
  if (line !== undefined && after !== undefined) return failed('invalid_input', 'Give line or after, not both.')
  const base = text ?? ''
  const at = after === undefined ? lineOffset(base, line) : offsetAfter(base, normalise(after))
  if (typeof at !== 'number') return at
  const inserted = normalise(insertion.text)
  if (inserted === '') return { edits: [] }
  return { edits: [{ start: at, end: at, text: asLines(base, at, inserted) }] }
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

function offsetAfter(text: string, after: string): number | Failure {
  if (after === '') return failed('invalid_input', 'after is empty. Give the text to insert after, or leave it out.')
  const found = occurrences(text, after)
  const [first] = found
  if (first === undefined)
    return failed('not_matched', `after is not in the file. ${explainMiss(text, after)} Nothing was changed.`)
  if (found.length > 1) {
    const places = `${found.length} places, at lines ${lineList(text, found)}`
    return failed('ambiguous', `after is in ${places}. Give more of the text. Nothing was changed.`)
  }
  const end = first + after.length
  if (after.endsWith('\n')) return end
  const next = text.indexOf('\n', end)
  return next === -1 ? text.length : next + 1
}
