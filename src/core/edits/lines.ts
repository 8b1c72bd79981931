import { diffArrays } from 'diff'
import type { TextEdit } from '../ports.ts'
import { commonPrefix, commonSuffix } from './textEdits.ts'

/** Beyond this many differing lines, a finer comparison costs more than it tells. */
const MOST_DIFFERENT = 400

/** Some lines of two texts: kept, or replaced by others. `before` and `after` are counts of lines. */
export type LineRun =
  | { kind: 'same'; lines: readonly string[] }
  | { kind: 'changed'; removed: readonly string[]; added: readonly string[] }

/** How the lines differ, in order. All removed and all added where they differ too much. */
export function compareLines(before: readonly string[], after: readonly string[]): LineRun[] {
  const changes = diffArrays([...before], [...after], { maxEditLength: MOST_DIFFERENT })
  if (changes === undefined) return [{ kind: 'changed', removed: before, added: after }]
  const runs: LineRun[] = []
  for (const { added, removed, value } of changes) {
    if (!added && !removed) {
      runs.push({ kind: 'same', lines: value })
      continue
    }
    const last = runs.at(-1)
    const so = last?.kind === 'changed' ? last : { removed: [], added: [] }
    if (last?.kind === 'changed') runs.pop()
    runs.push({
      kind: 'changed',
      removed: removed ? [...so.removed, ...value] : so.removed,
      added: added ? [...so.added, ...value] : so.added,
    })
  }
  return runs
}

/** Edits that make one text of the other, leaving alone the lines that they share. */
export function lineEdits(before: string, after: string): TextEdit[] {
  const from = lineStart(before, commonPrefix(before, after))
  const shared = commonSuffix(before.slice(from), after.slice(from))
  const old = splitLines(before.slice(from, before.length - shared))
  const edits: TextEdit[] = []
  let at = from
  for (const run of compareLines(old, splitLines(after.slice(from, after.length - shared)))) {
    if (run.kind === 'same') {
      at += lengthOf(run.lines)
      continue
    }
    const end = at + lengthOf(run.removed)
    edits.push({ start: at, end, text: run.added.join('') })
    at = end
  }
  return edits
}

/** Offset of the beginning of the line that holds `offset`. */
export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
}

/** How many `\n` lie before `end`. */
export function countBreaks(text: string, end: number = text.length): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count++
  return count
}

/** Number of the line, from 1, that holds `offset`. */
export function lineOf(text: string, offset: number): number {
  return countBreaks(text, offset) + 1
}

/** The lines, each with its `\n`. */
function splitLines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/)
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length, 0)
}
