import * as z from 'zod'
import { resolveFolder } from '../approvals/paths.ts'
import { LiveOutput } from '../processes/liveOutput.ts'
import { OutputBuffer } from '../processes/outputBuffer.ts'
import type { Ended } from '../processes/child.ts'
import { ownerOf } from '../processes/processes.ts'
import type { FileTarget } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { firstLine } from './clip.ts'
import type { ToolPorts } from './ports.ts'
import { shellCommand } from './shell.ts'
import { type CallProgress, failed, type Tool, type ToolResult } from './tool.ts'

const input = z.strictObject({
  command: z.string().refine((command) => command.trim() !== '', 'The command is empty.'),
  cwd: z.string().optional().describe('The folder to run in; the first workspace folder unless given.'),
  timeout_s: z.number().positive().optional().describe('Ends the command after so many seconds.'),
})
export type TerminalInput = z.infer<typeof input>
type Ports = Pick<ToolPorts, 'workspace' | 'documents' | 'processes' | 'names' | 'settings'>

/** Runs a command to its end, or ends it with all that it started. */
export function terminal(ports: Ports): Tool<TerminalInput> {
  const longest = (): number => ports.settings().commandSeconds * 1_000
  return {
    name: 'terminal',
    description:
      'Runs a command in a shell (bash; PowerShell on Windows), without input. Gives its exit code and its output, the middle left out when it is long. Each call is a shell of its own. Commands of one answer run at the same time, after the edits before them.',
    input,
    onSteer: 'background',
    get deadlineMs() {
      return longest()
    },
    summary: ({ command }) => firstLine(command),
    async plan({ command, cwd, timeout_s: seconds }) {
      if (cwd === undefined && ports.workspace.folders().length === 0) {
        return failed('no_folder', 'No folder is open. Open a folder in VS Code first, or give an absolute cwd.')
      }
      if (command.includes('\0')) return failed('bad_command', 'The command has a NUL character in it. Leave it out.')
      const folder = await resolveFolder(cwd, ports.workspace)
      if ('kind' in folder) return folder
      return {
        claims: [{ kind: 'run' }],
        action: { kind: 'command', command, cwd: folder.path },
        ...(seconds !== undefined && { deadlineMs: Math.min(seconds * 1_000, longest()) }),
        run: (progress, token) => run(command, folder, ports, progress, token),
      }
    },
  }
}

async function run(
  command: string,
  folder: FileTarget,
  ports: Ports,
  progress: CallProgress,
  token: CancellationToken,
): Promise<ToolResult> {
  const older = ports.documents.unsaved().map(({ display }) => display)
  const shell = await shellCommand(command)
  const output = new OutputBuffer(ports.settings().outputBytes)
  const live = new LiveOutput((text) => progress.output(text))
  const hear = (chunk: Buffer): void => live.add(output.add(chunk))
  const onStart = (detach: () => void): void => {
    progress.onBackground(() => {
      detach()
      live.flush()
      const id = ports.names.reserve(firstWord(command))
      void ended.then(() => ports.names.release(id))
      return { id, output: output.text() }
    })
  }
  const ended = ports.processes.run(
    { ...shell, cwd: folder.path, onOutput: hear, onError: hear, onStart },
    token,
    ownerOf(progress.owner),
  )
  const end = await ended
  live.add(output.end())
  live.flush()
  if (end.kind === 'failed') return end
  const notes = older.length === 0 ? [] : [`(On disk, older than their unsaved buffers: ${older.join(', ')})`]
  const { exitCode } = end
  if (end.stopped) {
    const partial = [`The command was ended with all that it started. Its output so far:`, ...notes, output.text()]
    return { kind: 'cancelled', partial: partial.join('\n'), exitCode }
  }
  const text = [headOf(end), ...notes, output.text() || '(no output)'].join('\n')
  return { kind: 'completed', text, fact: factOf(end), exitCode }
}

function firstWord(command: string): string {
  return command.trim().split(/\s+/)[0]?.split('/').at(-1) ?? ''
}

function headOf({ exitCode, signal }: Ended): string {
  return signal === undefined ? `exit code ${exitCode ?? 0}` : `ended by signal ${signal}`
}

function factOf({ exitCode, signal }: Ended): string {
  return signal === undefined ? `exit ${exitCode ?? 0}` : signal
}
