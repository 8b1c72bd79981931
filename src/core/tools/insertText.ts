import * as z from 'zod'
import { resolveFile } from '../approvals/paths.ts'
import { insertText as insertInto } from '../edits/insert.ts'
import { planEdit } from './edit.ts'
import type { ToolPorts } from './ports.ts'
import type { Tool } from './tool.ts'

const input = z
  .strictObject({
    path: z.string(),
    text: z.string().min(1),
    line: z.int().min(1).optional().describe('Inserts before this line, from 1; one past the last line is the end.'),
    after: z.string().min(1).optional().describe('Inserts on a new line after the one line that has this text in it.'),
  })
  .refine(({ line, after }) => line === undefined || after === undefined, 'Give line or after, not both.')
export type InsertTextInput = z.infer<typeof input>

/** Adds lines to a file. */
export function insertText(
  ports: Pick<ToolPorts, 'documents' | 'workspace' | 'versions' | 'news'>,
): Tool<InsertTextInput> {
  return {
    name: 'insert_text',
    description:
      'Inserts lines into a file: before a line, after a line that has a text in it, or at the end. Creates the file if it is missing.',
    input,
    onSteer: 'finish',
    deadlineMs: 60_000,
    summary: ({ path }) => path,
    async plan({ path, text: added, line, after }) {
      const target = await resolveFile(path, ports.workspace)
      if ('kind' in target) return target
      return planEdit('edit', target, ({ text }) => insertInto(text, { text: added, line, after }), ports)
    },
  }
}
