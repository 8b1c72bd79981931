import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Session } from '../../../../src/core/agent/session.ts'
import { Sessions } from '../../../../src/core/agent/sessions.ts'
import type { Processes } from '../../../../src/core/processes/processes.ts'
import { Journals } from '../../../../src/core/sessions/journal.ts'
import { silentLog } from '../../../support/openGate.ts'
import { call, calls, gate, type Script, ScriptedModel, stop, text } from '../../../support/scriptedModels.ts'
import { sessionParts } from '../../../support/sessionParts.ts'

const panel = { source: 'panel' } as const
let folder: string
let sessions: Sessions
let processes: Processes

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'steer-')))
})
afterEach(async () => {
  await sessions.dispose()
  await processes.dispose()
  await rm(folder, { recursive: true, force: true })
})

function start(scripts: Script[], approvals: 'ask' | 'all' = 'all'): { session: Session; model: ScriptedModel } {
  const model = new ScriptedModel(scripts)
  const settings = () => ({ approvals, parallelCalls: 8, commandSeconds: 60, outputBytes: 30_000 })
  const parts = sessionParts(model, folder, { settings })
  processes = parts.processes
  sessions = new Sessions(parts, new Journals(join(folder, 'journals'), silentLog))
  return { session: sessions.create(), model }
}

function until(session: Session, holds: (state: Session['state']) => boolean): Promise<void> {
  if (holds(session.state)) return Promise.resolve()
  return new Promise((resolve) => {
    const registration = session.onEvent(() => {
      if (!holds(session.state)) return
      registration.dispose()
      resolve()
    })
  })
}

const output = (session: Session, at: number): string => session.state.calls[at]?.output ?? ''

describe('a steer', () => {
  test('leaves a command running as the same process, defers what had not begun, and goes with the next request', async () => {
    const hold = new Promise(() => {})
    const { session, model } = start([
      [
        text('Working.'),
        call(0, 'terminal', {
          command: `trap 'echo signal > signalled' TERM INT HUP; echo $$ > pid; echo started; while ! test -e go; do sleep 0.02; done; echo $$ > end`,
        }),
        call(1, 'write_file', { path: 'later.txt', content: 'x' }),
        { type: 'call', index: 2, name: 'write_file', arguments: '{"path": "unfini' },
        hold,
      ],
      [text('Steered.'), stop],
    ])
    const turn = session.send('go', panel)
    await until(session, () => output(session, 0).includes('started') && session.state.calls[1]?.status === 'waiting')
    session.steer('Do it otherwise', panel)
    expect(await turn).toMatchObject({
      status: 'completed',
      text: 'Steered.',
      calls: [
        { name: 'terminal', status: 'backgrounded' },
        { name: 'write_file', status: 'deferred' },
      ],
    })
    const sent = model.requests[1]?.messages.slice(2)
    expect(sent?.map(({ role }) => role)).toEqual(['assistant', 'result', 'result', 'user'])
    expect(sent?.[1]).toMatchObject({ text: expect.stringMatching(/background as trap\b[\s\S]*started/) })
    expect(sent?.[2]).toMatchObject({ text: expect.stringMatching(/^Deferred: /) })
    expect(sent?.[3]).toEqual({ role: 'user', text: 'Do it otherwise' })
    await import('node:fs/promises').then(({ writeFile }) => writeFile(join(folder, 'go'), ''))
    let end = ''
    while (end === '') end = await readFile(join(folder, 'end'), 'utf8').catch(() => '')
    expect(end).toBe(await readFile(join(folder, 'pid'), 'utf8'))
    await expect(readFile(join(folder, 'signalled'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('withdraws a question that is open', async () => {
    const { session, model } = start(
      [[call(0, 'ask_user', { question: 'Which?' }), call(1, 'terminal', { command: 'true' }), calls], [stop]],
      'ask',
    )
    const turn = session.send('go', panel)
    await until(session, ({ calls: [asks, waits] }) => asks?.status === 'approval' && waits?.status === 'approval')
    const print = session.state.calls[1]?.approval?.fingerprint ?? ''
    session.steer('Never mind', panel)
    expect((await turn).calls.map(({ status }) => status)).toEqual(['deferred', 'deferred'])
    expect(session.approve('c2', print, 'once')).toBe(false)
    expect(model.requests[1]?.messages.at(-1)).toEqual({ role: 'user', text: 'Never mind' })
  })

  test('keeps the text that had come and stops reading', async () => {
    const hold = new Promise(() => {})
    const { session, model } = start([
      [text('Half a sen'), hold],
      [text('Right.'), stop],
    ])
    const turn = session.send('go', panel)
    await until(session, ({ messages }) => messages.at(-1)?.text === 'Half a sen')
    session.steer('Shorter', panel)
    await turn
    expect(model.requests[1]?.messages.slice(2)).toEqual([
      { role: 'assistant', text: 'Half a sen', calls: [] },
      { role: 'user', text: 'Shorter' },
    ])
    expect(session.state.messages[2]).toMatchObject({ text: 'Shorter', steered: { request: 2 } })
    expect(session.state.steers).toEqual([])
  })

  test('and another go together, once each and in order', async () => {
    const hold = new Promise(() => {})
    const { session, model } = start([[text('…'), hold], [stop]])
    const turn = session.send('go', panel)
    await until(session, ({ messages }) => messages.at(-1)?.text === '…')
    session.steer('one', panel)
    session.steer('two', panel)
    await turn
    const users = model.requests[1]?.messages
      .filter(({ role }) => role === 'user')
      .map((message) => ('text' in message ? message.text : ''))
    expect(users).toEqual(['go', 'one', 'two'])
    expect(model.requests).toHaveLength(2)
  })

  test('that comes as the turn ends starts the next one', async () => {
    const { session, model } = start([
      [text('done'), stop],
      [text('more'), stop],
    ])
    const ended = new Promise<void>((resolve) => {
      session.onEvent((event) => {
        if (event.type !== 'stepEnded' || model.requests.length > 1) return
        queueMicrotask(() => queueMicrotask(() => session.steer('one more', panel)))
        resolve()
      })
    })
    await session.send('go', panel)
    await ended
    await until(
      session,
      ({ status, messages }) => status === 'idle' && messages.some(({ text: words }) => words === 'more'),
    )
    expect(session.state.messages.filter(({ text: words }) => words === 'one more')).toHaveLength(1)
    expect(session.state.steers).toEqual([])
  })

  test('to an idle session starts a turn', async () => {
    const { session } = start([[text('hello'), stop]])
    session.steer('hi', panel)
    await until(session, ({ status, messages }) => status === 'idle' && messages.length > 1)
    expect(session.state.turns).toHaveLength(1)
  })

  test('that a stop overtakes comes back to its writer, and the command in the background ends with its turn', async () => {
    const hold = gate()
    const { session, model } = start([
      [call(0, 'terminal', { command: 'echo $$ > pid; echo started; exec sleep 600' }), calls],
      [hold.opened, stop],
    ])
    const returned: string[][] = []
    sessions.onReturned(({ texts }) => returned.push(texts))
    const turn = session.send('go', panel)
    await until(session, () => output(session, 0).includes('started'))
    session.steer('first', panel)
    await model.requested(2)
    session.steer('second', panel)
    await session.stop()
    expect((await turn).status).toBe('stopped')
    expect(returned).toEqual([['second']])
    const pid = (await readFile(join(folder, 'pid'), 'utf8')).trim()
    const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z ')
    expect(status).toMatch(/\) [ZX] /)
  })

  test('that VS Code’s end overtakes comes back to its writer in the next window, before what was queued', async () => {
    const { session, model } = start([[new Promise(() => {})]])
    void session.send('go', panel)
    await model.requested(1)
    session.steer('later', panel, 'turnEnd')
    session.steer('otherwise', panel)
    await sessions.dispose()
    expect(model.requests).toHaveLength(1)
    sessions = new Sessions(
      sessionParts(new ScriptedModel([]), folder),
      new Journals(join(folder, 'journals'), silentLog),
    )
    const again = await sessions.open(session.id)
    expect(again?.takeReturned()).toEqual(['otherwise', 'later'])
    expect([again?.state.steers, again?.state.queue]).toEqual([[], []])
  })

  test('is in the journal: when it was written, and with which request it went', async () => {
    const { session } = start([[text('…'), new Promise(() => {})], [stop]])
    const turn = session.send('go', panel)
    await until(session, ({ messages }) => messages.at(-1)?.text === '…')
    session.steer('otherwise', panel)
    await turn
    const { messages } = session.state
    await sessions.dispose()
    sessions = new Sessions(
      sessionParts(new ScriptedModel([]), folder),
      new Journals(join(folder, 'journals'), silentLog),
    )
    expect((await sessions.open(session.id))?.state.messages).toEqual(messages)
  })

  test('can be taken back before it is sent, and queued instead', async () => {
    const { session, model } = start(
      [[call(0, 'terminal', { command: 'echo started; exec sleep 600' }), calls], [stop]],
      'all',
    )
    void session.send('go', panel)
    await until(session, () => output(session, 0).includes('started'))
    session.steer('later', panel, 'turnEnd')
    const [queued] = session.state.queue
    expect(queued?.text).toBe('later')
    expect(session.unqueue(queued?.id ?? '')).toBe('later')
    expect(model.requests).toHaveLength(1)
    await session.stop()
  })
})
