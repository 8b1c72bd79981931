import type { TextEdit } from '../ports.ts'
import { align, type LineChange, type LineRange } from './align.ts'

/** Where lines of a text stand in a later one. */
export interface Place extends LineRange {
  /** What was changed among them since; what was put right before or behind them is not. */
  touching: readonly LineChange[]
}

/** @param ranges of the lines of `from`, in order and apart; an empty one is the point before its line */
export function placesOf(ranges: readonly LineRange[], from: readonly string[], to: readonly string[]): Place[] {
  return placesAlong(ranges, align(from, to))
}

/** @param changes as `align` gives them */
export function placesAlong(ranges: readonly LineRange[], changes: readonly LineChange[]): Place[] {
  let next = 0
  let shift = 0
  return ranges.map((range) => {
    for (let change = changes[next]; change !== undefined && change.from.end <= range.start; change = changes[++next])
      shift = change.to.end - change.from.end
    const touching: LineChange[] = []
    for (
      let at = next, change = changes[at];
      change !== undefined && change.from.start < range.end;
      change = changes[++at]
    )
      if (change.from.end > range.start) touching.push(change)
    const [first, last] = [touching[0], touching.at(-1)]
    return {
      start: first !== undefined && first.from.start < range.start ? first.to.start : range.start + shift,
      end: last === undefined ? range.end + shift : lastLine(range, last),
      touching,
    }
  })
}

function lastLine(range: LineRange, { from, to }: LineChange): number {
  return from.end > range.end ? to.end : range.end + to.end - from.end
}

export interface Replacement extends LineRange {
  lines: readonly string[]
}

/** Edits that put other lines in place of some, in order and apart. */
export function replaceLines(text: string, replacements: readonly Replacement[]): TextEdit[] {
  const lines = text.split('\n')
  const edits: TextEdit[] = []
  let [line, offset] = [0, 0]
  const offsetOf = (to: number): number => {
    for (; line < to; line++) offset += (lines[line]?.length ?? 0) + 1
    return offset
  }
  for (const { start, end, lines: wanted } of joined(replacements)) {
    const from = offsetOf(start)
    const to = offsetOf(end)
    if (end < lines.length) edits.push({ start: from, end: to, text: wanted.map((words) => `${words}\n`).join('') })
    else if (start === 0) edits.push({ start: 0, end: text.length, text: wanted.join('\n') })
    // The text's last line has no end: the one before it loses or gets its own.
    else edits.push({ start: from - 1, end: text.length, text: wanted.map((words) => `\n${words}`).join('') })
  }
  return edits
}

/** Without neighbours that touch. */
function joined(replacements: readonly Replacement[]): Replacement[] {
  const all: Replacement[] = []
  for (const replacement of replacements) {
    const last = all.at(-1)
    if (last === undefined || last.end < replacement.start) all.push({ ...replacement })
    else all[all.length - 1] = { start: last.start, end: replacement.end, lines: [...last.lines, ...replacement.lines] }
  }
  return all
}
