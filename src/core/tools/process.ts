import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import type { BackgroundProcess, BackgroundTable } from '../processes/background.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { Claim } from '../scheduling/claims.ts'
import type { Failure } from '../ports.ts'
import { clip } from './clip.ts'
import type { ToolPorts } from './ports.ts'
import { type CallProgress, failed, type Plan, type Tool, type ToolResult } from './tool.ts'

/** How long a wait lasts unless its input says, in s. */
const WAIT_S = 60
/** What a process answers within this long after it was written to is in the result, in ms. */
const ANSWER_MS = 500

const input = z.strictObject({
  action: z.enum(['list', 'read', 'wait', 'stop', 'write']),
  id: z.string().min(1).optional().describe('The process. For wait also `any`: the first to end, of ids or of all.'),
  ids: z.array(z.string().min(1)).min(1).optional().describe('Several: read or stop each, wait for all.'),
  text: z
    .string()
    .min(1)
    .optional()
    .describe('For write. End a line with \\n; \\u0004 (Ctrl+D) at the end closes the input.'),
  timeout_s: z.number().positive().optional().describe(`For wait: the longest, ${WAIT_S} unless given.`),
})
export type ProcessInput = z.infer<typeof input>
type Ports = Pick<ToolPorts, 'background' | 'settings'>

/** Looks at, waits for, ends and writes to what goes on in the background. */
export function processTool(ports: Ports): Tool<ProcessInput> {
  return {
    name: 'process',
    description:
      'Background commands and scripts, by id. list: all, and how they ended. read: what came since you last read. wait: until one (id), all (ids; all that run when neither is given) or the first (id `any`, of ids or of all) has ended, with what came meanwhile. stop: ends it with all that it started. write: text to its input, with what it answers at once. To start one again, stop it in one answer and start it in the next.',
    input,
    onSteer: 'return',
    deadlineMs: undefined,
    summary: ({ action, id, ids = [] }) => [action, id, ...ids].filter(Boolean).join(' '),
    async plan(asked) {
      const chosen = choose(asked, ports.background)
      if (!Array.isArray(chosen)) return chosen
      return planOf(asked, chosen, ports)
    },
  }
}

function planOf(asked: ProcessInput, chosen: BackgroundProcess[], ports: Ports): Plan | Failure {
  const quiet = { claims: [], action: { kind: 'session' } } as const
  switch (asked.action) {
    case 'list':
      return { ...quiet, claims: [], run: async () => list(ports.background.entries) }
    case 'read':
      return { ...quiet, claims: [], run: async () => told(chosen.map(report)) }
    case 'wait':
      return { ...quiet, claims: [], run: (progress, token) => wait(asked, chosen, ports, progress, token) }
    case 'stop':
      return { ...quiet, claims: claimsOf(chosen), run: () => stop(chosen) }
    case 'write':
      return planWrite(asked, chosen)
  }
}

function planWrite({ text }: ProcessInput, [process]: BackgroundProcess[]): Plan | Failure {
  if (text === undefined || process === undefined) return failed('bad_input', 'write needs id and text.')
  const { id, work } = process
  if (work.write === undefined) return failed('no_input', `${id} was started without input. Start it with background.`)
  return {
    claims: claimsOf([process]),
    action: { kind: 'input', text, process: id, title: work.title },
    async run() {
      if (process.end !== undefined) return failed('ended', `${id} has ended (${process.end.how}). Start it again.`)
      const refused = work.write?.(text)
      if (refused !== undefined) return refused
      await Promise.race([work.ended, delay(ANSWER_MS)])
      return told([report(process)])
    },
  }
}

/** The processes that the input names; for a wait without any, those that run. */
function choose({ action, id, ids }: ProcessInput, table: BackgroundTable): BackgroundProcess[] | Failure {
  if (action === 'list') return []
  const isAny = action === 'wait' && id === 'any'
  const names = ids ?? (id === undefined || isAny ? undefined : [id])
  if (names === undefined && action !== 'wait') return failed('bad_input', `${action} needs id or ids.`)
  const running = table.entries.filter(({ end }) => end === undefined)
  const found = names?.map((name) => table.get(name)) ?? running
  const missing = names?.find((name) => table.get(name) === undefined)
  if (missing !== undefined) {
    const known = table.entries.map((entry) => entry.id).join(', ') || 'none'
    return failed('no_process', `There is no background process ${missing}. There are: ${known}.`)
  }
  return found.filter((entry) => entry !== undefined)
}

async function wait(
  { id, timeout_s: seconds = WAIT_S }: ProcessInput,
  chosen: BackgroundProcess[],
  ports: Ports,
  progress: CallProgress,
  token: CancellationToken,
): Promise<ToolResult> {
  const longest = Math.min(seconds, ports.settings().commandSeconds)
  const ends = chosen.map(({ work }) => work.ended)
  const over = id === 'any' && ends.length > 0 ? Promise.race(ends) : Promise.all(ends)
  const ids = running(chosen)
  if (ids.length > 0) progress.waiting({ kind: 'process', ids })
  await untilOver(over, longest * 1_000, token)
  if (!token.isCancellationRequested) progress.waiting(undefined)
  const open = running(chosen)
  const reports = chosen.map(report)
  if (token.isCancellationRequested) return { kind: 'cancelled', partial: reports.join('\n') || 'nothing runs.' }
  const isLate = id === 'any' ? open.length === chosen.length : open.length > 0
  const head = open.length > 0 && isLate ? [`Still running after ${longest} s: ${open.join(', ')}`] : []
  return told([...head, ...reports], open.length > 0 ? `${open.length} still running` : 'ended')
}

function running(processes: BackgroundProcess[]): string[] {
  return processes.filter(({ end }) => end === undefined).map(({ id }) => id)
}

async function stop(chosen: BackgroundProcess[]): Promise<ToolResult> {
  const open = chosen.filter(({ end }) => end === undefined)
  await Promise.all(open.map(({ work }) => work.stop()))
  return told(chosen.map(report), 'stopped')
}

function list(entries: BackgroundProcess[]): ToolResult {
  const lines = entries.map((process) => `${headOf(process)}: ${clip(process.work.title, 200)}`)
  return told(lines.length > 0 ? lines : ['Nothing goes on in the background.'], `${entries.length} listed`)
}

function claimsOf(processes: BackgroundProcess[]): Claim[] {
  return processes.map(({ id }) => ({ kind: 'process', path: id }))
}

/** Settles with the promise, at the deadline or with the token: whichever is first. */
async function untilOver(over: Promise<unknown>, ms: number, token: CancellationToken): Promise<void> {
  const end = Promise.withResolvers<void>()
  const timer = setTimeout(end.resolve, ms)
  const registration = token.onCancellationRequested(() => end.resolve())
  await Promise.race([over, end.promise])
  clearTimeout(timer)
  registration.dispose()
}

/** Its state, and what came since it was last read. */
function report(process: BackgroundProcess): string {
  return `${headOf(process)}\n${process.work.output.unread() || '(no new output)'}`
}

function headOf({ id, end, work }: BackgroundProcess): string {
  const detached = work.detached === true ? ', left behind by its command' : ''
  return `${id} (${end === undefined ? 'running' : end.how}${detached})`
}

function told(parts: string[], fact?: string): ToolResult {
  return { kind: 'completed', text: parts.join('\n'), ...(fact !== undefined && { fact }) }
}
