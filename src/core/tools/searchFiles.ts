import { join } from 'node:path'
import * as z from 'zod'
import { protectedName } from '../approvals/protected.ts'
import { holdsSecret } from '../approvals/secret.ts'
import type { Failure, FileTarget } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { count } from './clip.ts'
import { type SearchFolder, searchFolders } from './glob.ts'
import { type Match, parseMatch } from './match.ts'
import type { ToolPorts } from './ports.ts'
import { ripgrep } from './ripgrep.ts'
import { failed, type Tool } from './tool.ts'

const DEFAULT_LIMIT = 100

const input = z.strictObject({
  pattern: z.string().min(1).describe('A regular expression, as ripgrep reads it.'),
  glob: z.string().min(1).optional().describe('Only in these files, such as *.ts or src/**.'),
  literal: z.boolean().optional().describe('Takes the pattern as plain text.'),
  limit: z.int().min(1).max(2_000).optional().describe(`How many matching lines; ${DEFAULT_LIMIT} unless given.`),
})
export type SearchFilesInput = z.infer<typeof input>
type Ports = Pick<ToolPorts, 'workspace' | 'processes' | 'ripgrep' | 'documents'>

interface Found {
  kind: 'found'
  matches: Match[]
  cut: boolean
  /** Files with matches that are not shown. */
  hidden: ReadonlySet<string>
}

/** Searches the text of the workspace's files on disk. Ignored and binary files are left out. */
export function searchFiles(ports: Ports): Tool<SearchFilesInput> {
  return {
    name: 'search_files',
    description:
      'Searches the text of the workspace’s files and gives matching lines as path:line: text. Leaves out what ignore files name. Case counts; begin the pattern with (?i) to ignore it.',
    input,
    onSteer: 'return',
    deadlineMs: 120_000,
    summary: ({ pattern }) => pattern,
    async plan(asked) {
      const folders = await searchFolders(asked.glob, ports.workspace)
      if ('kind' in folders) return folders
      return {
        claims: folders.searched.map(({ target }) => ({ kind: 'read', path: target.path })),
        action: { kind: 'read', targets: folders.searched.map(({ target }) => target) },
        async run(_progress, token) {
          const found = await search(folders.searched, asked, ports, token)
          if (found.kind === 'failed') return found
          const text = [...list(found, asked), ...unshown(found), ...unsearched(ports)].join('\n')
          const fact = count(found.matches.length, 'match', 'matches') + (found.cut ? ' and more' : '')
          if (token.isCancellationRequested) return { kind: 'cancelled', partial: text, fact }
          return { kind: 'completed', text, fact }
        },
      }
    },
  }
}

async function search(
  folders: SearchFolder[],
  asked: SearchFilesInput,
  ports: Ports,
  token: CancellationToken,
): Promise<Found | Failure> {
  const { limit = DEFAULT_LIMIT } = asked
  const matches: Match[] = []
  const hidden = new Set<string>()
  for (const { target, prefix, narrow, matches: isWanted } of folders) {
    let current = ''
    const onRecord = (record: string | undefined): boolean => {
      const parsed = parseMatch(record, current)
      if (parsed?.kind === 'begin') current = parsed.path
      if (parsed?.kind === 'match' && isWanted(parsed.path)) {
        if (needsTheUser(target, parsed.path)) hidden.add(prefix + parsed.path)
        else matches.push({ ...parsed, path: prefix + parsed.path })
      }
      return matches.length <= limit
    }
    const args = [...options(asked), ...narrow, '--', asked.pattern, './']
    const end = await ripgrep(ports, { cwd: target.path, args, separator: '\n', onRecord }, token)
    if (end.kind === 'failed') return end
    if (end.complaint !== undefined) {
      return failed(
        'bad_pattern',
        `${end.complaint}\nCorrect the pattern, or give literal: true to search for it as it is.`,
      )
    }
    if (token.isCancellationRequested || matches.length > limit) break
  }
  return { kind: 'found', matches: matches.slice(0, limit).toSorted(inOrder), cut: matches.length > limit, hidden }
}

function options({ pattern, literal }: SearchFilesInput): string[] {
  const isMultiline = pattern.includes('\n') || (literal !== true && pattern.includes(String.raw`\n`))
  return ['--json', ...(literal === true ? ['--fixed-strings'] : []), ...(isMultiline ? ['--multiline'] : [])]
}

function inOrder(a: Match, b: Match): number {
  return a.path === b.path ? (a.line ?? 0) - (b.line ?? 0) : a.path < b.path ? -1 : 1
}

function list({ matches, cut }: Found, { pattern, glob, limit = DEFAULT_LIMIT }: SearchFilesInput): string[] {
  if (matches.length === 0) return [`No matches for ${pattern}${glob === undefined ? '' : ` in ${glob}`}.`]
  const lines = matches.map(({ path, line, text }) => `${path}:${line ?? '?'}: ${text}`)
  return cut
    ? [...lines, `(More than ${limit} matches. Narrow the pattern or the glob, or give a higher limit.)`]
    : lines
}

/** Reading these needs the user's word, which a search of the folder does not have. */
function unshown({ hidden }: Found): string[] {
  if (hidden.size === 0) return []
  return [
    `(Matches in protected files and files that hold secrets are not shown: ${[...hidden].join(', ')}. Ask for such a file with read_file.)`,
  ]
}

/** Whether read_file would be asked about: for the folder's own name, the whole search was. */
function needsTheUser(folder: FileTarget, path: string): boolean {
  const whole = join(folder.path, path)
  if (holdsSecret({ path: whole, asked: whole, display: path, inside: true })) return true
  return protectedName({ path, asked: path, display: path, inside: true }) !== undefined
}

/** Searches see the disk. */
function unsearched({ documents }: Ports): string[] {
  const names = documents.unsaved().map(({ display }) => display)
  return names.length === 0
    ? []
    : [`(Searched as they are on disk, without their unsaved changes: ${names.join(', ')})`]
}
