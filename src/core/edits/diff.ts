import { pathToFileURL } from 'node:url'
import type { DiffLine, FileChange } from '../../protocol/events.ts'
import type { FileTarget } from '../ports.ts'
import { compareLines, countBreaks, lineStart } from './lines.ts'
import { commonPrefix, commonSuffix } from './textEdits.ts'

const MOST_LINES = 60
/** Longer lines are cut, and then longer than this. */
export const LONGEST_LINE = 500
const CONTEXT = 3

/** The lines that differ, with some around them; cut after a bounded number. */
export type LineDiff = Pick<FileChange, 'added' | 'removed' | 'diff' | 'omitted'>

/** What was done to a file, as the card shows it; undefined is the text of a file that was or is not there. */
export function describeChange(
  target: FileTarget,
  before: string | undefined,
  after: string | undefined,
): Omit<FileChange, 'saved' | 'unsavedReason'> {
  const file = { path: target.display, uri: uriOf(target) }
  if (after === undefined) return { ...file, kind: 'deleted', ...wholeFile('removed', before ?? '') }
  if (before === undefined) return { ...file, kind: 'added', ...wholeFile('added', after) }
  return { ...file, kind: 'modified', ...lineDiff(before, after) }
}

/** The same for a file that was moved too, whatever else was done to it. */
export function describeMove<Change extends Pick<FileChange, 'kind'>>(
  from: FileTarget,
  change: Change,
): Change & Pick<FileChange, 'kind' | 'from'> {
  return { ...change, kind: 'moved', from: { path: from.display, uri: uriOf(from) } }
}

function uriOf({ uri, path }: FileTarget): string {
  return uri ?? pathToFileURL(path).toString()
}

/** The final newline of a text is a last, empty line of it. */
export function lineDiff(before: string, after: string): LineDiff {
  const from = lineStart(before, commonPrefix(before, after))
  const shared = commonSuffix(before.slice(from), after.slice(from))
  const tail = before.indexOf('\n', before.length - shared)
  const keep = tail === -1 ? 0 : before.length - tail
  const old = before.slice(from, before.length - keep).split('\n')
  const now = after.slice(from, after.length - keep).split('\n')
  if (before === after) return { added: 0, removed: 0, diff: [], omitted: 0 }
  const first = countBreaks(before, from)
  const changes = numbered(old, now, first + 1)
  const lead = linesBefore(before, from).map((text, i, all) => context(text, first + 1 - all.length + i))
  const last = first + now.length + 1
  const trail = linesAfter(before, before.length - keep).map((text, i) => context(text, last + i))
  return bounded(withContext([...lead, ...changes, ...trail]))
}

function wholeFile(kind: 'added' | 'removed', text: string): LineDiff {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return bounded(lines.map((line, index) => ({ kind, line: index + 1, text: line })))
}

function numbered(before: readonly string[], after: readonly string[], first: number): DiffLine[] {
  const lines: DiffLine[] = []
  let oldLine = first
  let newLine = first
  for (const run of compareLines(before, after)) {
    if (run.kind === 'same') {
      for (const text of run.lines) lines.push(context(text, newLine++))
      oldLine += run.lines.length
      continue
    }
    for (const text of run.removed) lines.push({ kind: 'removed', line: oldLine++, text })
    for (const text of run.added) lines.push({ kind: 'added', line: newLine++, text })
  }
  return lines
}

function context(text: string, line: number): DiffLine {
  return { kind: 'context', line, text }
}

/** Drops context that is far from every change. */
function withContext(lines: readonly DiffLine[]): DiffLine[] {
  const near = new Set<number>()
  for (const [index, { kind }] of lines.entries()) {
    if (kind === 'context') continue
    for (let at = index - CONTEXT; at <= index + CONTEXT; at++) near.add(at)
  }
  return lines.filter((_, index) => near.has(index))
}

function bounded(lines: readonly DiffLine[]): LineDiff {
  return {
    added: lines.filter(({ kind }) => kind === 'added').length,
    removed: lines.filter(({ kind }) => kind === 'removed').length,
    diff: lines.slice(0, MOST_LINES).map((line) => ({ ...line, text: clipped(line.text) })),
    omitted: Math.max(0, lines.length - MOST_LINES),
  }
}

function clipped(text: string): string {
  return text.length <= LONGEST_LINE ? text : `${text.slice(0, LONGEST_LINE)}…`
}

function linesBefore(text: string, offset: number): string[] {
  let from = offset
  for (let count = 0; count < CONTEXT && from > 0; count++) from = lineStart(text, from - 1)
  return from === offset ? [] : text.slice(from, offset - 1).split('\n')
}

/** Whole lines after the line break at `offset`. */
function linesAfter(text: string, offset: number): string[] {
  if (offset >= text.length) return []
  let end = offset
  for (let count = 0; count < CONTEXT && end !== -1; count++) end = text.indexOf('\n', end + 1)
  const lines = text.slice(offset + 1, end === -1 ? text.length : end).split('\n')
  return end === -1 && lines.at(-1) === '' ? lines.slice(0, -1) : lines
}
