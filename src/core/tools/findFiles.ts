import * as z from 'zod'
import type { Failure } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { count } from './clip.ts'
import { relativePath, type SearchFolder, searchFolders } from './glob.ts'
import type { ToolPorts } from './ports.ts'
import { ripgrep } from './ripgrep.ts'
import type { Tool } from './tool.ts'

const DEFAULT_LIMIT = 200
/** More files than this are not collected, only to be sorted and cut. */
const MOST_FOUND = 50_000

const input = z.strictObject({
  glob: z.string().min(1).describe('Such as *.ts (in any folder), src/**/*.test.ts, or a folder name.'),
  limit: z.int().min(1).max(10_000).optional().describe(`How many files to list; ${DEFAULT_LIMIT} unless given.`),
})
export type FindFilesInput = z.infer<typeof input>
type Ports = Pick<ToolPorts, 'workspace' | 'processes' | 'ripgrep'>

/** Lists files of the workspace by name. Ignored files are left out. */
export function findFiles(ports: Ports): Tool<FindFilesInput> {
  return {
    name: 'find_files',
    description: 'Finds files of the workspace by a glob. Leaves out what ignore files name.',
    input,
    onSteer: 'return',
    deadlineMs: 60_000,
    summary: ({ glob }) => glob,
    async plan({ glob, limit = DEFAULT_LIMIT }) {
      const folders = await searchFolders(glob, ports.workspace)
      if ('kind' in folders) return folders
      return {
        claims: folders.searched.map(({ target }) => ({ kind: 'read', path: target.path })),
        action: { kind: 'read', targets: folders.searched.map(({ target }) => target) },
        async run(_progress, token) {
          const found = await find(folders.searched, ports, token)
          if (!Array.isArray(found)) return found
          const fact = count(found.length, 'file')
          const text = list(found.toSorted(), limit)
          if (token.isCancellationRequested) return { kind: 'cancelled', partial: text, fact }
          if (found.length > 0) return { kind: 'completed', text, fact }
          return { kind: 'completed', text: `No files match ${glob}. Ignored files are not listed.`, fact }
        },
      }
    },
  }
}

async function find(folders: SearchFolder[], ports: Ports, token: CancellationToken): Promise<string[] | Failure> {
  const found: string[] = []
  for (const { target, prefix, matches, narrow } of folders) {
    const onRecord = (record: string | undefined): boolean => {
      const path = record === undefined ? undefined : relativePath(record)
      if (path !== undefined && matches(path)) found.push(prefix + path)
      return found.length < MOST_FOUND
    }
    const args = ['--files', '--null', ...narrow, '--', './']
    const end = await ripgrep(ports, { cwd: target.path, args, separator: '\0', onRecord }, token)
    if (end.kind === 'failed') return end
    if (token.isCancellationRequested || found.length >= MOST_FOUND) break
  }
  return found
}

function list(paths: string[], limit: number): string {
  const shown = paths.slice(0, limit)
  if (paths.length <= limit) return shown.join('\n')
  const total = paths.length >= MOST_FOUND ? `more than ${paths.length}` : paths.length
  return `${shown.join('\n')}\n(${limit} of ${total} files. Narrow the glob, or give a higher limit.)`
}
