import type { Failure } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import { compareLines } from './lines.ts'

/** A cell as tools see it. */
export interface Cell {
  kind: 'code' | 'markdown'
  /** Of a code cell: `python` … */
  language: string
  /** With `\n` line endings. */
  source: string
}

/** Cells `[start, end)` that become others. */
export interface CellChange {
  start: number
  end: number
  cells: Cell[]
}

const header = /^# %% \[(?:(code) ([^\s\]]+)|(markdown))\]$/

const HOW =
  'Each cell is a line `# %% [code python]` (with its language) or `# %% [markdown]`, and its source on the lines after it; an empty cell has one empty line.'

/** A notebook as text: a head line a cell, its source below. A failure where a source has such a line itself. */
export function notebookText(cells: readonly Cell[], name: string): string | Failure {
  const isMistakable = cells.some(({ source }) => source.split('\n').some((line) => header.test(line)))
  if (isMistakable) {
    return failed(
      'unmappable',
      `A cell of ${name} has a line like \`# %% [code …]\` in it. It can only be edited by hand.`,
    )
  }
  return cells.map(cellText).join('\n')
}

/** The cells of such a text. */
export function parseNotebook(text: string, name: string): Cell[] | Failure {
  const cells: Cell[] = []
  let lines: string[] | undefined
  const close = (): void => {
    const cell = cells.at(-1)
    if (cell !== undefined && lines !== undefined) cell.source = lines.join('\n')
  }
  for (const line of text === '' ? [] : text.split('\n')) {
    const found = header.exec(line)
    if (found === null && lines === undefined) return refused(name)
    if (found === null) lines?.push(line)
    else {
      close()
      lines = []
      const kind = found[1] === undefined ? 'markdown' : 'code'
      cells.push({ kind, language: found[2] ?? 'markdown', source: '' })
    }
  }
  close()
  return cells.map(cellText).join('\n') === text ? cells : refused(name)
}

/** How the cells of one notebook become those of another; cells that stay are not touched. */
export function cellChanges(before: readonly Cell[], after: readonly Cell[]): CellChange[] {
  const changes: CellChange[] = []
  let at = 0
  let next = 0
  for (const run of compareLines(before.map(cellText), after.map(cellText))) {
    if (run.kind === 'same') {
      at += run.lines.length
      next += run.lines.length
      continue
    }
    const end = next + run.added.length
    changes.push({ start: at, end: at + run.removed.length, cells: after.slice(next, end) })
    at += run.removed.length
    next = end
  }
  return changes
}

/** Jupyter's file of these cells. */
export function toIpynb(cells: readonly Cell[]): string {
  const language = cells.find(({ kind }) => kind === 'code')?.language ?? 'python'
  const content = {
    cells: cells.map(({ kind, source }) => ({
      cell_type: kind,
      metadata: {},
      source: source === '' ? [] : source.split(/(?<=\n)/),
      ...(kind === 'code' ? { execution_count: null, outputs: [] } : {}),
    })),
    metadata: { language_info: { name: language } },
    nbformat: 4,
    nbformat_minor: 4,
  }
  return `${JSON.stringify(content, undefined, 1)}\n`
}

/** The sources of the cells in Jupyter's file; undefined for what is none. */
export function sourcesOfIpynb(json: string): string[] | undefined {
  try {
    const parsed: unknown = JSON.parse(json)
    if (typeof parsed !== 'object' || parsed === null || !('cells' in parsed) || !Array.isArray(parsed.cells)) return
    return parsed.cells.map(sourceOf)
  } catch {
    // It is no JSON: the editor will say so when it opens it.
    return undefined
  }
}

function sourceOf(cell: unknown): string {
  if (typeof cell !== 'object' || cell === null || !('source' in cell)) return ''
  return Array.isArray(cell.source) ? cell.source.join('') : String(cell.source)
}

function cellText({ kind, language, source }: Cell): string {
  return `# %% [${kind === 'code' ? `code ${language}` : 'markdown'}]\n${source}`
}

function refused(name: string): Failure {
  return failed('not_a_notebook', `This is no text of the notebook ${name}. ${HOW} Nothing was changed. Read it first.`)
}
