import { access, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SessionParts } from '../../../../src/core/agent/parts.ts'
import type { Session } from '../../../../src/core/agent/session.ts'
import { Sessions } from '../../../../src/core/agent/sessions.ts'
import type { Processes } from '../../../../src/core/processes/processes.ts'
import { Journals } from '../../../../src/core/sessions/journal.ts'
import type { SessionEvent } from '../../../../src/protocol/events.ts'
import { FakeScripts, type FakeScript } from '../../../support/fakeScripts.ts'
import { heard } from '../../../support/heard.ts'
import { isRunning } from '../../../support/isRunning.ts'
import { silentLog } from '../../../support/openGate.ts'
import { call, calls, gate, type Script, ScriptedModel, stop, text } from '../../../support/scriptedModels.ts'
import { sessionParts } from '../../../support/sessionParts.ts'

let folder: string
let sessions: Sessions
let processes: Processes

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'scripts-')))
})
afterEach(async () => {
  await sessions.dispose()
  await processes.dispose()
  await rm(folder, { recursive: true, force: true })
})

const all = () => ({ approvals: 'all' as const, parallelCalls: 128, commandSeconds: 60, outputBytes: 30_000 })

function start(scripts: Record<string, FakeScript>, steps: Script[], changed: Partial<SessionParts> = {}) {
  const model = new ScriptedModel(steps)
  const kernels = new FakeScripts(scripts)
  const parts = sessionParts(model, folder, { scripts: kernels, settings: all, ...changed })
  processes = parts.processes
  sessions = new Sessions(parts, new Journals(join(folder, 'journals'), silentLog))
  const session = sessions.create()
  const events: SessionEvent[] = []
  session.onEvent((event) => events.push(event))
  return { session, model, kernels, events }
}

const script = (code: string, index = 0) => call(index, 'execute_code', { language: 'python', code })
const statusOf = ({ state }: Session, id: string) => state.calls.find((one) => one.id === id)?.status

/** The process of a command that writes its id to a file as soon as it has one. */
async function pidOf(name: string): Promise<number> {
  for (;;) {
    const pid = Number(await readFile(join(folder, name), 'utf8').catch(() => ''))
    if (pid > 0) return pid
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const pauses = (name: string) => ({ command: `echo $$ > ${name}; exec sleep 60` })

describe('a script', () => {
  test('is told to the model with its own result alone, and its calls are not the model’s', async () => {
    const { session, model } = start(
      { code: async ({ call: make, print }) => print(await make('terminal', { command: 'echo hello' })) },
      [
        [script('code'), calls],
        [text('Done.'), stop],
      ],
    )
    const result = await session.send('go', { source: 'api' })
    expect(result.calls).toEqual([{ id: 'c1', name: 'execute_code', status: 'completed' }])
    expect(session.state.calls.map(({ id, parentId, status }) => [id, parentId, status])).toEqual([
      ['c1', undefined, 'completed'],
      ['c2', 'c1', 'completed'],
    ])
    const told = model.requests[1]?.messages.filter(({ role }) => role === 'result')
    expect(told).toMatchObject([{ callId: 'c1', text: expect.stringContaining('hello') }])
  })

  test('asks before it runs and so do its calls: it can do no more than the model may', async () => {
    const asked: string[] = []
    const { session } = start(
      {
        code: async ({ call: make, print }) => {
          for (const command of ['echo one > one', 'echo two > two'])
            print(await make('terminal', { command }).catch(({ code }: { code: string }) => code))
        },
      },
      [[script('code'), calls], [stop]],
      { settings: () => ({ ...all(), approvals: 'edits' }) },
    )
    session.onEvent((event) => {
      if (event.type !== 'callApproval') return
      const { action, fingerprint } = event.request
      asked.push(action)
      session.approve(event.callId, fingerprint, action === 'echo two > two' ? 'deny' : 'once')
    })
    await session.send('go', { source: 'panel' })
    expect(asked).toEqual(['code', 'echo one > one', 'echo two > two'])
    expect(statusOf(session, 'c3')).toBe('failed')
    await access(join(folder, 'one'))
    await expect(access(join(folder, 'two'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('of a turn with lower rights has those too', async () => {
    const codes: string[] = []
    const make: FakeScript = async ({ call: one }) =>
      one('terminal', { command: 'true' }).catch(({ code }: { code: string }) => codes.push(code))
    const { session } = start({ code: make }, [[script('code'), calls], [stop]])
    const approving = heard(session, 'callApproval').then(({ callId, request }) => {
      session.approve(callId, request.fingerprint, 'once')
      return heard(session, 'callApproval')
    })
    void approving.then(({ callId, request }) => session.approve(callId, request.fingerprint, 'deny'))
    await session.send('go', { source: 'panel', approvals: 'ask' })
    expect(codes).toEqual(['denied'])
  })

  test('that loses the workspace’s trust can read nothing more', async () => {
    let trusted = true
    const codes: string[] = []
    const { session } = start(
      {
        code: async ({ call: make }) => {
          trusted = false
          await make('read_file', { path: 'a.txt' }).catch(({ code }: { code: string }) => codes.push(code))
        },
      },
      [[script('code'), calls], [stop]],
      { workspace: { folders: () => [{ name: 'w', path: folder }], trusted: () => trusted } },
    )
    await session.send('go', { source: 'api' })
    expect(codes).toEqual(['denied'])
  })
})

describe('Stop', () => {
  const twoCalls: FakeScript = async ({ call: make }) => {
    await Promise.all([
      make('terminal', pauses('pid')),
      make('write_file', { path: 'late.txt', content: 'late' }).catch(() => undefined),
    ])
  }

  test('of the turn ends a nested script’s command, and its queued edit never happens', async () => {
    const { session, events, kernels } = start(
      { outer: async ({ call: make }) => make('execute_code', { language: 'python', code: 'inner' }), inner: twoCalls },
      [[script('outer'), calls]],
    )
    const turn = session.send('go', { source: 'api' })
    const pid = await pidOf('pid')
    await session.stop()
    expect((await turn).status).toBe('stopped')
    expect([await isRunning(pid), kernels.running]).toEqual([false, 0])
    expect(session.state.calls.map(({ name, status }) => [name, status])).toEqual([
      ['execute_code', 'cancelled'],
      ['execute_code', 'cancelled'],
      ['terminal', 'cancelled'],
      ['write_file', 'cancelled'],
    ])
    expect(session.state.calls[0]?.result).toMatch(/^Cancelled \(stop\): .*\n- execute_code inner: cancelled \(stop\)/s)
    expect(events.at(-1)?.type).toBe('turnEnded')
    await expect(access(join(folder, 'late.txt'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('of a script alone ends what its calls put in the background, and no other’s', async () => {
    const starts = (name: string) => ({ ...pauses(name), background: true, name })
    const { session } = start(
      {
        code: async ({ call: make }) => {
          await make('terminal', starts('mine'))
          await make('terminal', pauses('pid'))
        },
      },
      [[call(0, 'terminal', starts('other')), script('code', 1), calls], [stop]],
    )
    const turn = session.send('go', { source: 'api' })
    const pids = await Promise.all(['mine', 'other', 'pid'].map(pidOf))
    await session.stop('c2')
    expect((await turn).status).toBe('completed')
    expect(await Promise.all(pids.map(isRunning))).toEqual([false, true, false])
  })

  test('of one nested call ends it alone: its script goes on with an error', async () => {
    const codes: string[] = []
    const { session } = start(
      {
        code: async ({ call: make, print }) => {
          await make('terminal', pauses('pid')).catch(({ code }: { code: string }) => codes.push(code))
          print(await make('terminal', { command: 'echo after' }))
        },
      },
      [[script('code'), calls], [stop]],
    )
    const turn = session.send('go', { source: 'api' })
    const pid = await pidOf('pid')
    await session.stop('c2')
    expect([statusOf(session, 'c1'), statusOf(session, 'c2'), await isRunning(pid)]).toEqual([
      'running',
      'cancelled',
      false,
    ])
    expect((await turn).status).toBe('completed')
    expect(codes).toEqual(['cancelled'])
    expect(session.state.calls[0]?.result).toContain('after')
  })
})

describe('a steer', () => {
  test('leaves a script and its calls running, and a later Stop of the turn ends them', async () => {
    const { session, model, kernels } = start({ code: async ({ call: make }) => make('terminal', pauses('pid')) }, [
      [script('code'), calls],
      [text('…'), gate().opened],
    ])
    const turn = session.send('go', { source: 'api' })
    const pid = await pidOf('pid')
    session.steer('and now this', { source: 'panel' })
    await model.requested(2)
    expect([statusOf(session, 'c1'), statusOf(session, 'c2'), await isRunning(pid)]).toEqual([
      'backgrounded',
      'running',
      true,
    ])
    expect(session.state.processes).toMatchObject([{ id: 'python', kind: 'script', startedBy: 'c1' }])
    await session.stop()
    expect((await turn).status).toBe('stopped')
    expect([await isRunning(pid), kernels.running, statusOf(session, 'c2')]).toEqual([false, 0, 'cancelled'])
    expect(session.state.processes[0]?.how).toBe('stopped')
  })

  test('leaves a script running after its turn; its calls are told, asked about and stopped by themselves', async () => {
    const { session, model } = start(
      {
        code: async ({ call: make, print }) => {
          await make('terminal', pauses('pid')).catch(() => undefined)
          print(await make('terminal', { command: 'echo x > asked' }))
        },
      },
      [[script('code'), calls], [stop]],
      { settings: () => ({ ...all(), approvals: 'edits' }) },
    )
    const allowing = session.onEvent((event) => {
      if (event.type === 'callApproval' && event.callId !== 'c3')
        session.approve(event.callId, event.request.fingerprint, 'once')
    })
    const turn = session.send('go', { source: 'panel' })
    await pidOf('pid')
    session.steer('and now this', { source: 'panel' })
    await model.requested(2)
    expect((await turn).status).toBe('completed')
    const asked = heard(session, 'callApproval')
    await session.stop('c2')
    const { callId, request, turnId } = await asked
    expect([callId, turnId, session.state.status]).toEqual(['c3', 't1', 'idle'])
    const over = heard(session, 'processEnded')
    expect(session.approve(callId, request.fingerprint, 'once')).toBe(true)
    expect((await over).how).toBe('ended')
    expect(await readFile(join(folder, 'asked'), 'utf8')).toBe('x\n')
    allowing.dispose()
  })

  test('leaves a script running until its session is closed', async () => {
    const { session, model, kernels } = start({ code: async ({ call: make }) => make('terminal', pauses('pid')) }, [
      [script('code'), calls],
      [stop],
    ])
    const turn = session.send('go', { source: 'api' })
    const pid = await pidOf('pid')
    session.steer('and now this', { source: 'panel' })
    await model.requested(2)
    await turn
    expect(await isRunning(pid)).toBe(true)
    await sessions.close(session.id)
    expect([await isRunning(pid), kernels.running]).toEqual([false, 0])
  })
})
