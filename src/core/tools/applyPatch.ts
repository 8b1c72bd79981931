import * as z from 'zod'
import { parsePatch } from '../edits/patchParse.ts'
import { planChanges } from './changes.ts'
import { changesOf } from './patchPlan.ts'
import type { ToolPorts } from './ports.ts'
import type { Tool } from './tool.ts'

const input = z.strictObject({
  patch: z.string().min(1).describe('From *** Begin Patch to *** End Patch.'),
})
export type ApplyPatchInput = z.infer<typeof input>

/** Changes, creates, deletes and moves several files at once: all of it, or none. */
export function applyPatch(
  ports: Pick<ToolPorts, 'documents' | 'workspace' | 'versions' | 'news'>,
): Tool<ApplyPatchInput> {
  return {
    name: 'apply_patch',
    description:
      'Changes several files at once, all or none, in the *** Begin Patch format: *** Add File: PATH and + lines; *** Delete File: PATH; *** Update File: PATH, *** Move to: PATH if it is renamed, then hunks in the order of the file: @@ or @@ LINE BEFORE THEM, and lines that begin with a space (as they are), - or +, with about three lines around; *** End Patch.',
    input,
    onSteer: 'finish',
    deadlineMs: 60_000,
    summary: ({ patch }) => summaryOf(patch),
    async plan({ patch }) {
      const parsed = parsePatch(patch)
      if (parsed.kind === 'failed') return parsed
      const changes = await changesOf(parsed.files, ports.workspace)
      return 'code' in changes ? changes : planChanges(changes, ports)
    },
  }
}

function summaryOf(patch: string): string {
  const paths = [...patch.matchAll(/^\*\*\* (?:Add|Update|Delete) File:(.*)$/gm)].map(([, path = '']) => path.trim())
  const [first = 'patch', ...others] = new Set(paths)
  return others.length === 0 ? first : `${first} and ${others.length} more`
}
