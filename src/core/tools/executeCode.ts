import * as z from 'zod'
import { resolveFolder } from '../approvals/paths.ts'
import type { ScriptEnd, ScriptReply, Scripts } from '../code/scripts.ts'
import type { Failure, FileTarget } from '../ports.ts'
import { LiveOutput } from '../processes/liveOutput.ts'
import { OutputBuffer } from '../processes/outputBuffer.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { Outcome } from '../scheduling/outcome.ts'
import { firstLine } from './clip.ts'
import type { ToolPorts } from './ports.ts'
import { factOf, madeCalls } from './madeCalls.ts'
import { type CallProgress, type ChildCalls, failed, type Tool, type ToolResult } from './tool.ts'

const input = z.strictObject({
  language: z.enum(['javascript', 'python']),
  code: z.string().refine((code) => code.trim() !== '', 'The code is empty.'),
  timeout_s: z.number().positive().optional().describe('Ends the script after so many seconds.'),
})
export type ExecuteCodeInput = z.infer<typeof input>
type Ports = Pick<ToolPorts, 'workspace' | 'documents' | 'processes' | 'background' | 'settings'> & { scripts: Scripts }

/** Runs a script that can make calls itself, to its end, or ends it with all that it started. */
export function executeCode(ports: Ports): Tool<ExecuteCodeInput> {
  const longest = (): number => ports.settings().commandSeconds * 1_000
  return {
    name: 'execute_code',
    description:
      'Runs a script in the workspace folder, without input, and gives what it prints. It can call all tools by their names, many at once: in JavaScript (Node, top-level await) `await tools.read_file({path})` gives the result text, Promise.all runs several; in Python 3 `from stretto import tools`, then `tools.read_file(path=…)`, from several threads if it likes. A call that fails throws an error with a `code` (Python: ToolError). Each script starts anew: nothing is kept from the one before.',
    input,
    onSteer: 'background',
    get deadlineMs() {
      return longest()
    },
    summary: ({ code }) => summaryOf(code),
    async plan({ language, code, timeout_s: seconds }) {
      if (ports.workspace.folders().length === 0) {
        return failed('no_folder', 'No folder is open. Open a folder in VS Code first.')
      }
      const folder = await resolveFolder(undefined, ports.workspace)
      if ('kind' in folder) return folder
      return {
        claims: [{ kind: 'run' }],
        action: { kind: 'script', language, code, cwd: folder.path },
        ...(seconds !== undefined && { deadlineMs: Math.min(seconds * 1_000, longest()) }),
        run: (progress) => run({ language, code }, folder, ports, progress),
      }
    },
  }
}

/** Its own token is not looked at: the scope of its calls ends the script too, also in the background. */
async function run(
  { language, code }: Pick<ExecuteCodeInput, 'language' | 'code'>,
  folder: FileTarget,
  ports: Ports,
  progress: CallProgress,
): Promise<ToolResult> {
  const older = ports.documents.unsaved().map(({ display }) => display)
  const calls = progress.children()
  const output = new OutputBuffer(ports.settings().outputBytes, ports.processes.files)
  const live = new LiveOutput((text) => progress.output(text))
  const onStart = (): void =>
    progress.onBackground(() => {
      live.flush()
      const over = ended.then(endWords, () => 'stopped')
      const stop = async (): Promise<void> => {
        calls.stop()
        await over
      }
      const { owner } = progress
      const work = { name: language, title: summaryOf(code), kind: 'script' as const, owner, output, ended: over, stop }
      return { id: ports.background.adopt(work).id, output: output.text() }
    })
  const ended = ports.scripts.run(
    {
      language,
      code,
      cwd: folder.path,
      owner: progress.owner,
      reach: progress.reach,
      onOutput: (text) => live.add(output.add(Buffer.from(text))),
      onCall: (call, token) => reply(calls, call, token),
      onStart,
    },
    calls.token,
  )
  const end = await ended
  live.add(output.end())
  live.flush()
  if (end.kind === 'failed') return end
  await calls.end()
  const notes = older.length === 0 ? [] : [`(On disk, older than their unsaved buffers: ${older.join(', ')})`]
  return resultOf(end, [...notes, output.text()], calls)
}

async function reply(
  calls: ChildCalls,
  { name, input: asked }: { name: string; input: unknown },
  token: CancellationToken,
): Promise<ScriptReply> {
  return asReply(await calls.call(name, asked, token))
}

/** What the script gets of a call: its text, or an error that it can catch. */
function asReply({ status, result, reason = '' }: Outcome): ScriptReply {
  if (status === 'completed' || status === 'backgrounded') return { kind: 'text', text: result }
  if (status === 'failed') return failed(reason, result.slice(`Error (${reason}): `.length))
  return failed('cancelled', result)
}

function resultOf(end: ScriptEnd, output: string[], { made }: ChildCalls): ToolResult {
  if (end.kind === 'stopped') {
    const partial = ['The script was ended with all that it started.', ...madeCalls(made, 'all')]
    return { kind: 'cancelled', partial: [...partial, 'Its output so far:', ...output].join('\n') }
  }
  const { error } = end
  const head = error === undefined ? 'The script ended.' : 'The script ended with an error, which follows its output.'
  const said = output.join('\n') || '(no output)'
  const text = [head, ...madeCalls(made, 'failed'), said, ...(error === undefined ? [] : [error])].join('\n')
  if (error === undefined) return { kind: 'completed', text, fact: factOf(made) }
  return { kind: 'completed', text, fact: 'raised an error', exitCode: 1 }
}

function endWords(end: ScriptEnd | Failure): string {
  if (end.kind === 'failed') return end.message
  if (end.kind === 'stopped') return 'stopped'
  return end.error === undefined ? 'ended' : 'ended with an error'
}

/** What the script says of itself in its first line, or that line. */
function summaryOf(code: string): string {
  const line = firstLine(code.trimStart())
  return line.replace(/^(?:\/\/|#(?!!)|\/\*)\s*/, '').replace(/\s*\*\/$/, '') || line
}
