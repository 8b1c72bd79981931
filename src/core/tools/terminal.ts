import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import { resolveFolder } from '../approvals/paths.ts'
import type { Ended } from '../processes/child.ts'
import type { Failure } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { firstLine } from './clip.ts'
import { Command, headOf } from './command.ts'
import type { ToolPorts } from './ports.ts'
import { isBash } from './shell.ts'
import { type Background, type CallProgress, failed, type Tool, type ToolResult } from './tool.ts'

/** What a command in the background writes within this long is in its call's result, in ms. */
const MOMENT_MS = 400

const input = z.strictObject({
  command: z.string().refine((command) => command.trim() !== '', 'The command is empty.'),
  cwd: z.string().optional().describe('The folder to run in; the first workspace folder unless given.'),
  timeout_s: z.number().positive().optional().describe('Ends the command after so many seconds.'),
  background: z
    .boolean()
    .optional()
    .describe('For servers and watchers: gives an id at once and goes on, with a pipe as its input.'),
  name: z.string().min(1).max(40).optional().describe('Its id in the background; its first word unless given.'),
  outside: z
    .boolean()
    .optional()
    .describe('For what needs more than the sandbox gives: the user is asked whether it may run without.'),
})
export type TerminalInput = z.infer<typeof input>
type Ports = Pick<
  ToolPorts,
  'workspace' | 'documents' | 'processes' | 'runtime' | 'confinement' | 'shell' | 'background' | 'settings'
>

/**
 * Runs a command to its end, or ends it with all that it started.
 *
 * @param moment how long a call waits for what its command in the background writes first, in ms
 */
export function terminal(ports: Ports, moment = MOMENT_MS): Tool<TerminalInput> {
  const longest = (): number => ports.settings().commandSeconds * 1_000
  return {
    name: 'terminal',
    description:
      'Runs a command in a shell (bash; PowerShell on Windows), without input. Gives its exit code and its output, the middle left out when it is long. Each call is a shell of its own. Commands of one answer run at the same time, after the edits before them. What goes on in the background is seen, written to and ended with process.',
    input,
    onSteer: 'background',
    get deadlineMs() {
      return longest()
    },
    summary: ({ command }) => firstLine(command),
    async plan(asked) {
      const { command, cwd, timeout_s: seconds, outside = false } = asked
      const isHere = ports.runtime() === undefined
      if (isHere && cwd === undefined && ports.workspace.folders().length === 0) {
        return failed('no_folder', 'No folder is open. Open a folder in VS Code first, or give an absolute cwd.')
      }
      if (command.includes('\0')) return failed('bad_command', 'The command has a NUL character in it. Leave it out.')
      const place = await placeOf(cwd, ports)
      if ('kind' in place) return place
      const here = isHere && (await isBash()) ? place.cwd : undefined
      const shell = here === undefined ? undefined : await ports.shell?.judge(command, here)
      const harmless = shell?.kind === 'harmless' && !outside
      return {
        claims: [{ kind: 'run' }],
        action: { kind: 'command', command, cwd: place.shown, outside, ...(shell !== undefined && { shell }) },
        ...(seconds !== undefined && { deadlineMs: Math.min(seconds * 1_000, longest()) }),
        run: (progress, token) => run({ ...asked, moment, harmless }, place.cwd, ports, progress, token),
      }
    },
  }
}

/** The folder, and how the user reads it. Of another machine's folders nothing is known here. */
async function placeOf(
  cwd: string | undefined,
  { runtime, workspace }: Ports,
): Promise<{ cwd: string | undefined; shown: string } | Failure> {
  const elsewhere = runtime()
  if (elsewhere !== undefined) return { cwd, shown: `${elsewhere.label}:${cwd ?? elsewhere.folder}` }
  const folder = await resolveFolder(cwd, workspace)
  return 'kind' in folder ? folder : { cwd: folder.path, shown: folder.path }
}

type Asked = TerminalInput & { moment: number; harmless: boolean }

async function run(
  { command: line, background = false, name, timeout_s: seconds, moment, harmless }: Asked,
  cwd: string | undefined,
  ports: Ports,
  progress: CallProgress,
  token: CancellationToken,
): Promise<ToolResult> {
  const older = ports.documents.unsaved().map(({ display }) => display)
  const longest = background && seconds !== undefined ? seconds * 1_000 : undefined
  const options = { command: line, cwd, name, input: background, longest, harmless }
  const started = await Command.start(options, ports, progress, token)
  if ('kind' in started) return started
  const { command, child } = started
  const registration = token.onCancellationRequested(() => void child.stop())
  const goOn = (): Background => {
    registration.dispose()
    return command.goOn(child)
  }
  progress.onBackground(goOn)
  const first = await Promise.race([child.ended, ...(background ? [delay(moment)] : [])])
  if (first === undefined && !token.isCancellationRequested) return { kind: 'backgrounded', background: goOn() }
  const end = await child.ended
  registration.dispose()
  const output = command.end()
  if (end.kind === 'failed') return end
  const notes = older.length === 0 ? [] : [`(On disk, older than their unsaved buffers: ${older.join(', ')})`]
  const { exitCode } = end
  const lost = end.stopped ? undefined : ports.runtime()?.lost(exitCode, output)
  if (lost !== undefined) return { ...lost, message: `${lost.message}\nIts output so far:\n${output}` }
  if (end.stopped) {
    const partial = [`The command was ended with all that it started. Its output so far:`, ...notes, output]
    return { kind: 'cancelled', partial: partial.join('\n'), exitCode }
  }
  if (progress.reach !== 'user' && exitCode !== 0) notes.push(wallsOf(progress.reach))
  if (command.left !== undefined) notes.push(`(What it left running goes on in the background as ${command.left.id})`)
  const text = [headOf(end), ...notes, output || '(no output)'].join('\n')
  return { kind: 'completed', text, fact: factOf(end), exitCode }
}

function wallsOf(reach: 'online' | 'offline'): string {
  const network = reach === 'offline' ? ', and has no network' : ''
  return `(It ran in the sandbox: it writes only in the workspace and in /tmp${network}. If that is why it failed, and there is no other way, call again with outside.)`
}

function factOf({ exitCode, signal }: Ended): string {
  return signal === undefined ? `exit ${exitCode ?? 0}` : signal
}
