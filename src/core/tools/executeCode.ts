import * as z from 'zod'
import { resolveFolder } from '../approvals/paths.ts'
import type { ScriptEnd, ScriptReply } from '../code/scripts.ts'
import type { Failure } from '../ports.ts'
import type { BackgroundTable, BackgroundWork } from '../processes/background.ts'
import { LiveOutput } from '../processes/liveOutput.ts'
import { OutputBuffer } from '../processes/outputBuffer.ts'
import type { Runtime } from '../runtimes/runtime.ts'
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
type Ports = Pick<
  ToolPorts,
  'workspace' | 'documents' | 'processes' | 'runtime' | 'background' | 'scripts' | 'settings'
>

/** Runs a script that can make calls itself, to its end, or ends it with all that it started. */
export function executeCode(ports: Ports): Tool<ExecuteCodeInput> {
  const longest = (): number => ports.settings().commandSeconds * 1_000
  return {
    name: 'execute_code',
    description:
      'Runs a script in the workspace folder, without input, and gives what it prints. It can call all tools by their names, many at once: in JavaScript (Node, top-level await) `await tools.read_file({path})` gives the result text, Promise.all runs several; in Python 3 `from stretto import tools`, then `tools.read_file(path=…)`, from several threads if it likes, or `await tools.aio.read_file(path=…)` with asyncio. A call that fails throws an error with a `code` (Python: ToolError). Each script starts anew: nothing is kept from the one before.',
    input,
    onSteer: 'background',
    get deadlineMs() {
      return longest()
    },
    summary: ({ code }) => summaryOf(code),
    async plan({ language, code, timeout_s: seconds }) {
      const place = await placeOf(ports)
      if ('kind' in place) return place
      return {
        claims: [{ kind: 'run' }],
        action: { kind: 'script', language, code, cwd: place.shown },
        ...(seconds !== undefined && { deadlineMs: Math.min(seconds * 1_000, longest()) }),
        run: (progress) => run({ language, code }, place, ports, progress),
      }
    },
  }
}

type Asked = Pick<ExecuteCodeInput, 'language' | 'code'>

interface Place {
  runtime: Runtime | undefined
  cwd: string
  /** As the user reads it. */
  shown: string
}

async function placeOf({ runtime, workspace }: Ports): Promise<Place | Failure> {
  const elsewhere = runtime()
  if (elsewhere !== undefined) {
    const { label, folder } = elsewhere
    return { runtime: elsewhere, cwd: folder, shown: `${label}:${folder}` }
  }
  if (workspace.folders().length === 0) {
    return failed('no_folder', 'No folder is open. Open a folder in VS Code first.')
  }
  const folder = await resolveFolder(undefined, workspace)
  return 'kind' in folder ? folder : { runtime: undefined, cwd: folder.path, shown: folder.path }
}

/** Its own token is not looked at: the scope of its calls ends the script too, also in the background. */
async function run(asked: Asked, { runtime, cwd }: Place, ports: Ports, progress: CallProgress): Promise<ToolResult> {
  const older = ports.documents.unsaved().map(({ display }) => display)
  const calls = progress.children()
  const output = new OutputBuffer(ports.settings().outputBytes, ports.processes.files)
  const live = new LiveOutput((text) => progress.output(text))
  const onStart = (): void => {
    progress.waiting(undefined)
    progress.onBackground(() => {
      live.flush()
      const { owner } = progress
      const { id } = ports.background.adopt({ ...background(asked, calls, ended), owner, output })
      return { id, output: output.unread() }
    })
  }
  // A kernel may come late, where many scripts run: the deadline is the script's own.
  progress.waiting({ kind: 'kernel' })
  const ended = ports.scripts.run(
    {
      ...asked,
      runtime,
      cwd,
      owner: progress.owner,
      reach: progress.reach,
      onOutput: (text) => live.add(output.add(Buffer.from(text))),
      onCall: async ({ name, input: given }, token) => asReply(await calls.call(name, given, token)),
      onStart,
    },
    calls.token,
  )
  const end = await ended
  live.add(output.end())
  live.flush()
  if (end.kind === 'failed') return withOutput(end, output.text())
  await calls.end()
  if (end.kind === 'stopped') await endStarted(calls, ports.background)
  const notes = older.length === 0 ? [] : [`(On disk, older than their unsaved buffers: ${older.join(', ')})`]
  return resultOf(end, [...notes, output.text()], calls)
}

function withOutput(failure: Failure, output: string): Failure {
  return output === '' ? failure : { ...failure, message: `${failure.message}\nIts output so far:\n${output}` }
}

function background(
  { language, code }: Asked,
  calls: ChildCalls,
  ended: Promise<ScriptEnd | Failure>,
): Omit<BackgroundWork, 'owner' | 'output'> {
  const over = ended.then(endWords, () => 'stopped')
  const stop = async (): Promise<void> => {
    calls.stop()
    await over
  }
  return { name: language, title: summaryOf(code), kind: 'script', ended: over, stop }
}

/** What its calls put in the background outlives a script that ends, and not one that is stopped. */
async function endStarted({ made }: ChildCalls, { entries }: BackgroundTable): Promise<void> {
  const ids = new Set(made.map(({ id }) => id))
  const started = entries.filter(({ end, work }) => end === undefined && ids.has(work.owner.callId))
  await Promise.all(started.map(({ work }) => work.stop()))
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
