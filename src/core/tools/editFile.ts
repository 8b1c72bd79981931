import * as z from 'zod'
import { resolveFile } from '../approvals/paths.ts'
import { replaceText } from '../edits/replace.ts'
import { planEdit } from './edit.ts'
import type { ToolPorts } from './ports.ts'
import { failed, type Tool } from './tool.ts'

const input = z.strictObject({
  path: z.string(),
  edits: z
    .array(
      z.strictObject({
        old_text: z.string().min(1).describe('The text to replace, exactly as it is in the file.'),
        new_text: z.string(),
        all: z.boolean().optional().describe('Replaces every place; else old_text must be there exactly once.'),
      }),
    )
    .min(1),
})
export type EditFileInput = z.infer<typeof input>

/** Replaces exact pieces of a file's text: all of the edits, or none. */
export function editFile(ports: Pick<ToolPorts, 'documents' | 'workspace' | 'versions' | 'news'>): Tool<EditFileInput> {
  return {
    name: 'edit_file',
    description:
      'Replaces pieces of a file: all of the edits or none. Each old_text must match the file exactly and only once, unless all is true; give some lines around it. Line numbers of read_file are not part of the text.',
    input,
    onSteer: 'finish',
    deadlineMs: 60_000,
    summary: ({ path }) => path,
    async plan({ path, edits }) {
      const target = await resolveFile(path, ports.workspace)
      if ('kind' in target) return target
      const replacements = edits.map(({ old_text: oldText, new_text: newText, all }) => ({ oldText, newText, all }))
      return planEdit(
        'edit',
        target,
        ({ text }) =>
          text === undefined
            ? failed('not_found', `${target.display} does not exist. Create it with write_file.`)
            : replaceText(text, replacements),
        ports,
      )
    },
  }
}
