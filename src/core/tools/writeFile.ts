import * as z from 'zod'
import { resolveFile } from '../approvals/paths.ts'
import { replaceWhole } from '../edits/whole.ts'
import type { Compute } from '../ports.ts'
import { planEdit } from './edit.ts'
import type { ToolPorts } from './ports.ts'
import { failed, type Tool } from './tool.ts'

const input = z.strictObject({
  path: z.string(),
  content: z.string().describe('The whole text of the file.'),
})
export type WriteFileInput = z.infer<typeof input>

/** Creates a file, or replaces one that the session has read as it is now. */
export function writeFile(
  ports: Pick<ToolPorts, 'documents' | 'workspace' | 'versions' | 'news'>,
): Tool<WriteFileInput> {
  return {
    name: 'write_file',
    description:
      'Creates a file with its folders, or replaces the whole text of one that you have read. To change a part of a file, use edit_file.',
    input,
    onSteer: 'finish',
    deadlineMs: 60_000,
    summary: ({ path }) => path,
    async plan({ path, content }) {
      const target = await resolveFile(path, ports.workspace)
      if ('kind' in target) return target
      const compute: Compute = ({ text, version }) => {
        if (text === undefined || ports.versions.has(target.path, version)) return replaceWhole(text, content)
        const why = `${target.display} exists, and you have not read it as it is now.`
        return failed('not_read', `${why} Nothing was written. Read it with read_file first, or use edit_file.`)
      }
      return planEdit('write', target, compute, ports)
    },
  }
}
