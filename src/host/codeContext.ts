/** What goes along with a prompt about code: plain text, bounded. Lines and columns count from 1. */

export interface CodeRange {
  startLine: number
  startColumn: number
  endLine: number
  endColumn: number
}

export interface CodeProblem extends CodeRange {
  severity: string
  message: string
  source?: string
  code?: string
}

export interface CodeFile {
  /** Relative to the workspace folder. */
  path: string
  language: string
  lines: readonly string[]
}

const AROUND = 20
const MOST_PROBLEMS = 50
const MOST_LINES = 400
const MOST_COLUMNS = 400
const MOST_MESSAGE = 2000

/** Problems of a file with the code around them. */
export function problemContext(file: CodeFile, problems: readonly CodeProblem[]): string {
  const shown = problems.slice(0, MOST_PROBLEMS)
  const left = problems.length - shown.length
  return [
    `File: ${file.path} (${file.language})`,
    'Problems:',
    ...shown.map(problemLine),
    ...(left > 0 ? [`and ${left} more; ask the diagnostics tool for them.`] : []),
    ...excerpts(file.lines, shown),
  ].join('\n')
}

/** A selection with the code around it. */
export function selectionContext(file: CodeFile, range: CodeRange): string {
  const { startLine, startColumn, endLine, endColumn } = range
  return [
    `File: ${file.path} (${file.language})`,
    `Selected: line ${startLine}, column ${startColumn} to line ${endLine}, column ${endColumn}`,
    ...excerpts(file.lines, [range]),
  ].join('\n')
}

function problemLine({
  startLine,
  startColumn,
  endLine,
  endColumn,
  severity,
  message,
  source,
  code,
}: CodeProblem): string {
  const origin = [source, code].filter((part) => part !== undefined && part !== '').join(' ')
  const by = origin === '' ? '' : ` (${origin})`
  const text = message.length > MOST_MESSAGE ? `${message.slice(0, MOST_MESSAGE)}…` : message
  return `- ${severity}, line ${startLine}, column ${startColumn} to line ${endLine}, column ${endColumn}${by}: ${text}`
}

/** The ranges' lines and those around them, numbered; neighbours become one excerpt. */
function excerpts(lines: readonly string[], ranges: readonly CodeRange[]): string[] {
  const text: string[] = []
  let room = MOST_LINES
  for (const { from, to } of merged(ranges, lines.length)) {
    if (room <= 0) break
    const end = Math.min(to, from + room - 1)
    text.push('', `Lines ${from} to ${end}:`, ...numbered(lines, from, end))
    room -= end - from + 1
    if (end < to) text.push(`… ${to - end} more lines; read the file for them.`)
  }
  return text
}

function numbered(lines: readonly string[], from: number, to: number): string[] {
  const width = String(to).length
  return lines.slice(from - 1, to).map((line, index) => {
    const shown = line.length > MOST_COLUMNS ? `${line.slice(0, MOST_COLUMNS)}…` : line
    return `${String(from + index).padStart(width)} | ${shown}`
  })
}

function merged(ranges: readonly CodeRange[], lineCount: number): { from: number; to: number }[] {
  const result: { from: number; to: number }[] = []
  for (const { startLine, endLine } of ranges.toSorted((a, b) => a.startLine - b.startLine)) {
    const from = Math.max(1, startLine - AROUND)
    const to = Math.min(lineCount, endLine + AROUND)
    const last = result.at(-1)
    if (last !== undefined && from <= last.to + 1) last.to = Math.max(last.to, to)
    else result.push({ from, to })
  }
  return result
}
