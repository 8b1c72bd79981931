import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Session } from '../../../../src/core/agent/session.ts'
import { Sessions } from '../../../../src/core/agent/sessions.ts'
import type { Processes } from '../../../../src/core/processes/processes.ts'
import { Journals } from '../../../../src/core/sessions/journal.ts'
import { goingOn } from '../../../../src/protocol/processState.ts'
import { replay } from '../../../../src/protocol/state.ts'
import { silentLog } from '../../../support/openGate.ts'
import { call, calls, type Script, ScriptedModel, stop } from '../../../support/scriptedModels.ts'
import { sessionParts } from '../../../support/sessionParts.ts'

const panel = { source: 'panel' } as const
let folder: string
let sessions: Sessions
let processes: Processes
let journals: Journals

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'background-')))
  journals = new Journals(join(folder, 'journals'), silentLog)
})
afterEach(async () => {
  await sessions.dispose()
  await processes.dispose()
  await rm(folder, { recursive: true, force: true })
})

function start(scripts: Script[]): { session: Session; model: ScriptedModel } {
  const model = new ScriptedModel(scripts)
  const settings = () => ({ approvals: 'all' as const, parallelCalls: 8, commandSeconds: 60, outputBytes: 30_000 })
  const parts = sessionParts(model, folder, { settings })
  processes = parts.processes
  sessions = new Sessions(parts, journals)
  return { session: sessions.create(), model }
}

const server = (name: string, index = 0) =>
  call(index, 'terminal', { command: 'echo up; exec sleep 300', background: true, name })
const running = (session: Session): string[] => goingOn(session.state.processes).map(({ id }) => id)

function until(session: Session, holds: () => boolean): Promise<void> {
  if (holds()) return Promise.resolve()
  return new Promise((resolve) => {
    const registration = session.onEvent(() => {
      if (!holds()) return
      registration.dispose()
      resolve()
    })
  })
}

test('what goes on in the background outlives its turn, and a later turn reads and stops it', async () => {
  const { session, model } = start([
    [server('web'), calls],
    [stop],
    [call(0, 'process', { action: 'list' }), call(1, 'process', { action: 'stop', id: 'web' }), calls],
    [stop],
  ])
  const first = await session.send('serve', panel)
  expect(first.calls).toMatchObject([{ status: 'backgrounded' }])
  expect(model.requests[1]?.messages.at(-1)).toMatchObject({
    text: expect.stringMatching(/^This goes on in the background as web\. Its output so far:\n/),
  })
  expect(session.state.processes).toMatchObject([
    { id: 'web', startedBy: 'c1', turnId: 't1', title: 'echo up; exec sleep 300', kind: 'command', input: true },
  ])
  await session.send('stop it', panel)
  expect(model.requests[3]?.messages.at(-2)).toMatchObject({ text: 'web (running): echo up; exec sleep 300' })
  expect(running(session)).toEqual([])
  expect(session.state.processes[0]).toMatchObject({ how: 'stopped', tail: '' })
})

test('stop ends what this turn put in the background; that of earlier turns goes on', async () => {
  const { session } = start([
    [server('earlier'), calls],
    [stop],
    [
      server('now'),
      call(1, 'terminal', { command: '(setsid sleep 300 >/dev/null 2>&1 &); exit 0', name: 'left' }),
      call(2, 'terminal', { command: 'sleep 300' }),
      calls,
    ],
  ])
  await session.send('one', panel)
  const turn = session.send('two', panel)
  await until(session, () => running(session).length === 3)
  expect(running(session).toSorted()).toEqual(['earlier', 'left', 'now'])
  await session.stop()
  expect(await turn).toMatchObject({ status: 'stopped' })
  await until(session, () => running(session).length === 1)
  expect(running(session)).toEqual(['earlier'])
})

test('all ends with the session, and its journal says so', async () => {
  const { session } = start([[server('a'), server('b', 1), calls], [stop]])
  await session.send('go', panel)
  expect(running(session)).toHaveLength(2)
  await sessions.close(session.id)
  expect(processes.size).toBe(0)
  const events = (await journals.read(session.id)) ?? []
  expect(goingOn(replay(session.id, events).processes)).toEqual([])
})

test('what a crash left open in a journal has ended', async () => {
  const { session } = start([[server('a'), calls], [stop]])
  await session.send('go', panel)
  await until(session, () => session.state.processes[0]?.tail === 'up')
  const copy = journals.open('copy')
  for (const event of (await journals.read(session.id)) ?? []) copy.append(event)
  await copy.flush()
  const reopened = await sessions.open('copy')
  expect(reopened?.state.processes).toMatchObject([{ id: 'a', how: 'ended with VS Code' }])
})

test('a wait for a process takes no place, and a steer makes it return what it has', async () => {
  const { session, model } = start([
    [server('web'), calls],
    [stop],
    [call(0, 'process', { action: 'wait', id: 'web' }), calls],
    [stop],
  ])
  await session.send('serve', panel)
  const turn = session.send('wait', panel)
  await until(session, () => session.state.calls[1]?.status === 'waiting')
  expect(session.state.calls[1]?.waitingFor).toEqual({ kind: 'process', ids: ['web'] })
  session.steer('Never mind', panel)
  expect((await turn).calls).toMatchObject([{ status: 'cancelled', reason: 'steer' }])
  expect(model.requests[3]?.messages.at(-2)).toMatchObject({
    text: expect.stringMatching(/^Cancelled \(steer\): web \(running\)\n/),
  })
  expect(running(session)).toEqual(['web'])
})
