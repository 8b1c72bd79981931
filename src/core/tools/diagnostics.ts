import * as z from 'zod'
import { resolveFile } from '../approvals/paths.ts'
import type { Problem } from '../ports.ts'
import { clip, count } from './clip.ts'
import { folderTargets } from './folders.ts'
import type { ToolPorts } from './ports.ts'
import type { Tool } from './tool.ts'

const MOST = 100
const LONGEST_MESSAGE = 500
const severities = ['error', 'warning', 'information', 'hint'] as const

const input = z.strictObject({ path: z.string().optional().describe('Only this file; all files unless given.') })
export type DiagnosticsInput = z.infer<typeof input>

/** What the Problems panel says. */
export function diagnostics(ports: Pick<ToolPorts, 'diagnostics' | 'workspace'>): Tool<DiagnosticsInput> {
  return {
    name: 'diagnostics',
    description:
      'Lists the problems that the editor shows: errors and warnings of compilers, linters and language servers, the worst first. After an edit they need a moment to be up to date.',
    input,
    onSteer: 'return',
    deadlineMs: 10_000,
    summary: ({ path }) => path ?? 'all files',
    async plan({ path }) {
      const target = path === undefined ? undefined : await resolveFile(path, ports.workspace)
      if (target !== undefined && 'kind' in target) return target
      const targets = target === undefined ? await folderTargets(ports.workspace) : [target]
      if ('kind' in targets) return targets
      return {
        claims: targets.map((read) => ({ kind: 'read', path: read.path })),
        action: { kind: 'read', targets },
        run: () => {
          const problems = ports.diagnostics.problems(target)
          const text =
            problems.length === 0 ? `No problems in ${target?.display ?? 'any file'}.` : listProblems(problems, MOST)
          return Promise.resolve({ kind: 'completed', text, fact: count(problems.length, 'problem') })
        },
      }
    },
  }
}

/** One a line, the worst first. */
export function listProblems(problems: readonly Problem[], most: number): string {
  const sorted = problems.toSorted(
    (a, b) =>
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      a.path.localeCompare(b.path) ||
      a.line - b.line ||
      a.column - b.column,
  )
  const lines = sorted.slice(0, most).map(({ path, line, column, severity, message, source }) => {
    const words = clip(message.replaceAll(/\s*\n\s*/g, ' '), LONGEST_MESSAGE)
    return `${path}:${line}:${column} ${severity} ${words}${source === undefined ? '' : ` (${source})`}`
  })
  if (sorted.length > most)
    lines.push(`(${sorted.length - most} more. Ask for the diagnostics of one file to see its own.)`)
  return lines.join('\n')
}
