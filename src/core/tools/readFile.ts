import * as z from 'zod'
import { resolveFile } from '../approvals/paths.ts'
import type { ReadDocument } from '../ports.ts'
import { clip, count } from './clip.ts'
import { withNearest } from './nearby.ts'
import type { ToolPorts } from './ports.ts'
import { failed, type Tool, type ToolResult } from './tool.ts'

const DEFAULT_LIMIT = 2_000
const LONGEST_LINE = 2_000

const input = z.strictObject({
  path: z.string(),
  offset: z.int().min(1).optional().describe('First line to read, from 1.'),
  limit: z.int().min(1).optional().describe(`How many lines to read; ${DEFAULT_LIMIT} unless given.`),
})
export type ReadFileInput = z.infer<typeof input>

/** Reads a text file, as the editor has it, in numbered lines. */
export function readFile(
  ports: Pick<ToolPorts, 'documents' | 'workspace' | 'versions' | 'settings'>,
): Tool<ReadFileInput> {
  return {
    name: 'read_file',
    description:
      'Reads a text file and gives its lines with their numbers. Sees unsaved changes of files that are open in the editor. For a long file, give offset and limit. A notebook (.ipynb) is read, edited and written as the text of its cells, a head line before each.',
    input,
    onSteer: 'return',
    deadlineMs: 30_000,
    summary: ({ path }) => path,
    async plan({ path, offset = 1, limit = DEFAULT_LIMIT }) {
      const target = await resolveFile(path, ports.workspace)
      if ('kind' in target) return target
      return {
        claims: [{ kind: 'read', path: target.path }],
        action: { kind: 'read', targets: [target] },
        async run(_progress, token) {
          const document = await ports.documents.read(target, token)
          if (document.kind === 'failed') return withNearest(document, target)
          const result = show(document, target.display, offset, limit, ports.settings().outputBytes)
          if (result.kind === 'completed') ports.versions.read(target.path, document.version)
          return result
        },
      }
    },
  }
}

function show(document: ReadDocument, name: string, offset: number, limit: number, bytes: number): ToolResult {
  const lines = document.text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const fact = count(lines.length, 'line')
  if (lines.length === 0) return { kind: 'completed', text: `${name} is empty.`, fact }
  if (offset > lines.length) {
    return failed('out_of_range', `${name} has ${fact}; there is no line ${offset}. Give a smaller offset.`)
  }
  const shown: string[] = []
  let size = 0
  for (const [index, line] of lines.slice(offset - 1, offset - 1 + limit).entries()) {
    const numbered = `${String(offset + index).padStart(6)}\t${clip(line, LONGEST_LINE)}`
    size += Buffer.byteLength(numbered) + 1
    if (size > bytes && shown.length > 0) break
    shown.push(numbered)
  }
  const end = offset + shown.length - 1
  const notes = [
    ...(document.dirty ? ['It has unsaved changes in the editor: the file on disk is older.'] : []),
    ...(end < lines.length ? [`Lines ${offset} to ${end} of ${lines.length}. Read on with offset ${end + 1}.`] : []),
  ]
  const text = [...shown, ...notes.map((note) => `(${note})`)].join('\n')
  return { kind: 'completed', text, fact: offset === 1 && end === lines.length ? fact : `${shown.length} of ${fact}` }
}
