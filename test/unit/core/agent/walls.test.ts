import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Session } from '../../../../src/core/agent/session.ts'
import { Sessions } from '../../../../src/core/agent/sessions.ts'
import type { Failure } from '../../../../src/core/ports.ts'
import { Confinement } from '../../../../src/core/sandbox/confinement.ts'
import { findSandbox, type Sandbox } from '../../../../src/core/sandbox/sandbox.ts'
import { Journals } from '../../../../src/core/sessions/journal.ts'
import { failed } from '../../../../src/core/tools/tool.ts'
import { heard } from '../../../support/heard.ts'
import { silentLog } from '../../../support/openGate.ts'
import { call, calls, ScriptedModel, stop } from '../../../support/scriptedModels.ts'
import { sessionParts } from '../../../support/sessionParts.ts'

let folder: string
let open: AsyncDisposableStack

beforeEach(async () => {
  open = new AsyncDisposableStack()
  folder = await realpath(await mkdtemp(join(tmpdir(), 'walls-')))
  open.defer(() => rm(folder, { recursive: true, force: true }))
})
afterEach(() => open.disposeAsync())

/** A session in mode `edits` on a machine with that sandbox, whose model asks for these commands, each in its step. */
function start(commands: string[], find: () => Promise<Sandbox | Failure>): Session {
  const steps = commands.map((command) => [call(0, 'terminal', { command }), calls])
  const workspace = { folders: () => [{ name: 'w', path: folder }], trusted: () => true }
  const confinement = new Confinement({ workspace, enabled: () => true, find })
  const settings = () => ({ approvals: 'edits' as const, parallelCalls: 8, commandSeconds: 60, outputBytes: 30_000 })
  const model = new ScriptedModel([...steps, [stop]])
  const parts = sessionParts(model, folder, { workspace, confinement, settings })
  const sessions = new Sessions(parts, new Journals(join(folder, '.journals'), silentLog))
  open.use(confinement)
  open.defer(() => parts.processes.dispose())
  open.defer(() => sessions.dispose())
  return sessions.create()
}

test('in mode edits a command runs without a question behind walls: it writes here, and reaches no network', async () => {
  const session = start(['echo a > a.txt && cat a.txt', 'exec 3<>/dev/tcp/192.0.2.1/9', 'echo x > /usr/x'], findSandbox)
  const { status } = await session.send('go', { source: 'panel' })
  const results = session.state.calls.map(({ result }) => result ?? '')
  expect(status).toBe('completed')
  expect(results[0]).toBe('exit code 0\na\n')
  expect(results[1]).toContain('Network is unreachable')
  expect(results[2]).toContain('Read-only file system')
})

test('without a sandbox it asks, and says once how to get one', async () => {
  const why = 'There is no sandbox here. Install bubblewrap.'
  const session = start(['echo 1', 'echo 2'], async () => failed('no_sandbox', why))
  const reasons: string[] = []
  const turn = session.send('go', { source: 'panel' })
  for (const _ of [1, 2]) {
    const { callId, request } = await heard(session, 'callApproval')
    reasons.push(request.reason)
    session.approve(callId, request.fingerprint, 'once')
  }
  expect((await turn).status).toBe('completed')
  expect(reasons.map((reason) => reason.includes(why))).toEqual([true, false])
})
