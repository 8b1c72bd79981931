import { mkdir, mkdtemp, readFile, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SessionParts } from '../../../../src/core/agent/parts.ts'
import type { Session } from '../../../../src/core/agent/session.ts'
import { Sessions } from '../../../../src/core/agent/sessions.ts'
import type { ModelLease } from '../../../../src/core/models/source.ts'
import { ModelError } from '../../../../src/core/models/model.ts'
import type { Processes } from '../../../../src/core/processes/processes.ts'
import { Journals } from '../../../../src/core/sessions/journal.ts'
import { CancellationSource } from '../../../../src/core/scheduling/cancellation.ts'
import type { SessionEvent } from '../../../../src/protocol/events.ts'
import { heard } from '../../../support/heard.ts'
import { isRunning } from '../../../support/isRunning.ts'
import { silentLog } from '../../../support/openGate.ts'
import { call, calls, gate, type Script, ScriptedModel, stop, text } from '../../../support/scriptedModels.ts'
import { sessionParts } from '../../../support/sessionParts.ts'

let folder: string
let sessions: Sessions
let processes: Processes

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'session-')))
})
afterEach(async () => {
  await sessions.dispose()
  await processes.dispose()
  await rm(folder, { recursive: true, force: true })
})

function start(scripts: Script[], changed: Partial<SessionParts> = {}): { session: Session; model: ScriptedModel } {
  const model = new ScriptedModel(scripts)
  const parts = sessionParts(model, folder, changed)
  processes = parts.processes
  sessions = new Sessions(parts, new Journals(join(folder, 'journals'), silentLog))
  return { session: sessions.create(), model }
}

const command = (line: string) => call(0, 'terminal', { command: line })

describe('a session', () => {
  test('gives a turn’s result: its last words, its calls in order, its usage', async () => {
    const { session } = start([
      [
        call(0, 'todo', { items: [{ text: 'a', status: 'pending' }] }),
        { type: 'usage', usage: { inputTokens: 5, outputTokens: 1 } },
        calls,
      ],
      [text('All done.'), stop],
    ])
    expect(await session.send('go', { source: 'api' })).toEqual({
      sessionId: session.id,
      status: 'completed',
      text: 'All done.',
      calls: [{ id: 'c1', name: 'todo', status: 'completed' }],
      usage: { inputTokens: 5, outputTokens: 1 },
    })
  })

  test('asks before a command, runs what was allowed and refuses any other answer', async () => {
    const { session, model } = start([[command('echo out > ran.txt'), calls], [stop]])
    const asked = heard(session, 'callApproval')
    const turn = session.send('go', { source: 'panel' })
    const { callId, request } = await asked
    expect(request).toMatchObject({ action: 'echo out > ran.txt', where: folder })
    expect(session.approve(callId, 'another fingerprint', 'once')).toBe(false)
    expect(session.approve('c9', request.fingerprint, 'once')).toBe(false)
    expect(session.approve(callId, request.fingerprint, 'once')).toBe(true)
    expect((await turn).calls[0]).toMatchObject({ status: 'completed' })
    expect(await readFile(join(folder, 'ran.txt'), 'utf8')).toBe('out\n')
    expect(model.requests).toHaveLength(2)
  })

  test('asks again when an earlier sibling changed what was approved, and not when the file’s text changed', async () => {
    await mkdir(join(folder, 'here'))
    await mkdir(join(folder, 'there'))
    await symlink('here', join(folder, 'link'))
    const swap = command('ln -sfn there link')
    const write = call(1, 'write_file', { path: 'link/a.txt', content: 'a' })
    const { session } = start([[swap, write, calls], [stop]])
    const asked: string[] = []
    session.onEvent((event) => {
      if (event.type !== 'callApproval') return
      asked.push(event.request.action)
      if (event.callId === 'c2') session.approve(event.callId, event.request.fingerprint, 'once')
    })
    const second = new Promise<void>((resolve) => {
      session.onEvent((event) => {
        if (event.type === 'callWaiting' && event.callId === 'c2') resolve()
      })
    })
    const turn = session.send('go', { source: 'panel' })
    await second
    const [first] = session.state.calls
    session.approve('c1', first?.approval?.fingerprint ?? '', 'once')
    await turn
    expect(asked.filter((action) => action.includes('a.txt'))).toEqual([
      expect.stringContaining('here/a.txt'),
      expect.stringContaining('there/a.txt'),
    ])
  })

  test('tells the model of a denial and goes on', async () => {
    const { session, model } = start([[command('echo x > ran.txt'), calls], [stop]])
    const asked = heard(session, 'callApproval')
    const turn = session.send('go', { source: 'panel' })
    const { callId, request } = await asked
    session.approve(callId, request.fingerprint, 'deny')
    expect((await turn).status).toBe('completed')
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({ text: expect.stringMatching(/^Error \(denied\): /) })
    await expect(readFile(join(folder, 'ran.txt'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('denies at once where nobody can answer', async () => {
    const { session } = start([[command('true'), call(1, 'ask_user', { question: 'Which?' }), calls], [stop]], {
      headless: true,
    })
    const { calls: ended } = await session.send('go', { source: 'api' })
    expect(ended.map(({ reason }) => reason)).toEqual(['denied', 'denied'])
  })

  test('lets a turn lower what runs without a question, and never raise it', async () => {
    const settings = () => ({ approvals: 'all' as const, parallelCalls: 8, commandSeconds: 60, outputBytes: 30_000 })
    const lowered = start([[command('true'), calls], [stop]], { settings, headless: true })
    expect((await lowered.session.send('go', { source: 'api', approvals: 'ask' })).calls[0]).toMatchObject({
      reason: 'denied',
    })
    await sessions.dispose()
    const raised = start([[command('true'), calls], [stop]], { headless: true })
    expect((await raised.session.send('go', { source: 'api', approvals: 'all' })).calls[0]).toMatchObject({
      reason: 'denied',
    })
  })

  test('takes the user’s answer to the model’s question', async () => {
    const { session, model } = start([
      [call(0, 'ask_user', { question: 'Tabs?', options: ['yes', 'no'] }), calls],
      [stop],
    ])
    const asked = heard(session, 'callAsked')
    const turn = session.send('go', { source: 'panel' })
    const { callId, question } = await asked
    expect(question).toEqual({ question: 'Tabs?', options: ['yes', 'no'] })
    expect(session.reply(callId, 'no')).toBe(true)
    expect(session.reply(callId, 'again')).toBe(false)
    await turn
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({ text: expect.stringContaining('no') })
  })

  test('queues a message for the end of the turn, visibly, and starts it then', async () => {
    const hold = gate()
    const { session, model } = start([
      [hold.opened, text('one'), stop],
      [text('two'), stop],
    ])
    const first = session.send('first', { source: 'panel' })
    const second = session.send('second', { source: 'panel' })
    expect(session.state.queue.map((message) => message.text)).toEqual(['second'])
    await model.requested(1)
    hold.open()
    expect([(await first).text, (await second).text]).toEqual(['one', 'two'])
    expect(session.state.queue).toEqual([])
  })

  test('stops although the way to the model hangs, and gives back what comes of it later', async () => {
    const late = Promise.withResolvers<ModelLease>()
    const { session, model } = start([], { models: { acquire: () => late.promise } })
    const turn = session.send('go', { source: 'panel' })
    await session.stop()
    expect((await turn).status).toBe('stopped')
    const returned = Promise.withResolvers<void>()
    late.resolve({ model, label: '', facts: undefined, [Symbol.asyncDispose]: async () => returned.resolve() })
    await returned.promise
  })

  test('goes on when one who listens throws, and says so in the log', async () => {
    const errors: unknown[] = []
    const log = { ...silentLog, error: (_: string, error?: unknown) => errors.push(error) }
    const { session } = start([[text('done'), stop]], { log })
    session.onEvent(({ type }) => {
      if (type === 'turnEnded') throw new Error('deaf')
    })
    const heard: string[] = []
    session.onEvent(({ type }) => heard.push(type))
    expect((await session.send('go', { source: 'panel' })).status).toBe('completed')
    expect(heard.at(-1)).toBe('turnEnded')
    expect(errors).toEqual([new Error('deaf')])
  })

  test('takes a queued message back', async () => {
    const hold = gate()
    const { session, model } = start([[hold.opened, stop]])
    const first = session.send('first', { source: 'panel' })
    const second = session.send('second', { source: 'panel' })
    expect(session.unqueue(session.state.queue[0]?.id ?? '')).toBe('second')
    hold.open()
    expect([(await first).status, (await second).status]).toEqual(['completed', 'stopped'])
    expect(model.requests).toHaveLength(1)
  })

  test('stops with everything that runs, and gives queued messages back to their writer', async () => {
    const { session, model } = start(
      [[command('sleep 60'), call(1, 'ask_user', { question: '?' }), new Promise(() => {})]],
      {
        settings: () => ({ approvals: 'all', parallelCalls: 8, commandSeconds: 60, outputBytes: 30_000 }),
      },
    )
    const returned: string[][] = []
    sessions.onReturned(({ texts }) => returned.push(texts))
    const asked = heard(session, 'callAsked')
    const turn = session.send('go', { source: 'panel' })
    void session.send('and then', { source: 'panel' })
    await asked
    await session.stop()
    expect((await turn).status).toBe('stopped')
    expect(session.state.calls.map(({ status, reason }) => [status, reason])).toEqual([
      ['cancelled', 'stop'],
      ['cancelled', 'stop'],
    ])
    expect(returned).toEqual([['and then']])
    expect(model.requests).toHaveLength(1)
    await session.stop()
  })

  test('ends what an earlier command of the stopped turn left running, and nothing of an earlier turn', async () => {
    const left = (name: string) => command(`sleep 600 & echo $! > ${name}`)
    const pidIn = async (name: string): Promise<number> => Number(await readFile(join(folder, name), 'utf8'))
    const { session, model } = start(
      [[left('first'), calls], [stop], [left('second'), calls], [new Promise(() => {})]],
      {
        settings: () => ({ approvals: 'all', parallelCalls: 8, commandSeconds: 60, outputBytes: 30_000 }),
      },
    )
    await session.send('go', { source: 'panel' })
    const turn = session.send('again', { source: 'panel' })
    await model.requested(4)
    await session.stop()
    expect((await turn).status).toBe('stopped')
    expect(await isRunning(await pidIn('second'))).toBe(false)
    expect(await isRunning(await pidIn('first'))).toBe(true)
  })

  test('stops when the token that came with the message is cancelled, also before it began', async () => {
    const { session } = start([[new Promise(() => {})]])
    const listeners: (() => unknown)[] = []
    const token = {
      isCancellationRequested: true,
      onCancellationRequested: (listener: () => unknown) => (listeners.push(listener), { dispose: () => {} }),
    }
    expect((await session.send('go', { source: 'command', token })).status).toBe('stopped')
  })

  test('takes a queued message back when the token that came with it is cancelled', async () => {
    const hold = gate()
    const { session, model } = start([[hold.opened, stop]])
    const first = session.send('first', { source: 'panel' })
    const source = new CancellationSource()
    const second = session.send('second', { source: 'api', token: source.token })
    source.cancel('stop')
    expect((await second).status).toBe('stopped')
    expect(session.state.queue).toEqual([])
    hold.open()
    await first
    expect(model.requests).toHaveLength(1)
  })

  test('tells every listener of events in the order in which they happened, also of those that a listener causes', async () => {
    const { session } = start([[stop], [stop]])
    const next: Promise<unknown>[] = []
    session.onEvent(({ type }) => {
      if (type === 'turnEnded' && next.length === 0) next.push(session.send('again', { source: 'api' }))
    })
    const events: SessionEvent[] = []
    session.onEvent((event) => events.push(event))
    await session.send('go', { source: 'api' })
    await Promise.all(next)
    const ends = events.map(({ type }) => type).filter((type) => type.startsWith('turn'))
    expect(ends).toEqual(['turnStarted', 'turnEnded', 'turnStarted', 'turnEnded'])
  })

  test('runs one turn at a time, also when a message is sent from within the end of one', async () => {
    const hold = gate()
    const { session, model } = start([[hold.opened, stop], [stop], [stop]])
    const order: string[] = []
    let later: Promise<unknown> | undefined
    session.onEvent((event) => {
      if (event.type === 'turnStarted') order.push(event.text)
      if (event.type === 'turnEnded') order.push('end')
      if (event.type === 'turnEnded') later ??= session.send('from within', { source: 'api' })
    })
    void session.send('first', { source: 'panel' })
    const queued = session.send('queued', { source: 'panel' })
    hold.open()
    await queued
    await later
    expect(order).toEqual(['first', 'end', 'from within', 'end', 'queued', 'end'])
    expect(model.requests).toHaveLength(3)
  })

  test('a stop from within the start of a turn settles when the turn has ended', async () => {
    const { session } = start([[new Promise(() => {})]])
    const started = heard(session, 'turnStarted')
    let stopped: Promise<string> | undefined
    session.onEvent(({ type }) => {
      if (type === 'turnStarted') stopped = session.stop().then(() => session.state.status)
    })
    void session.send('go', { source: 'api' })
    await started
    expect(await stopped).toBe('idle')
  })

  test('gives queued messages back in the next window when VS Code ends', async () => {
    const { session } = start([[new Promise(() => {})]])
    void session.send('first', { source: 'panel' })
    const queued = session.send('and then', { source: 'panel' })
    await sessions.dispose()
    expect((await queued).status).toBe('stopped')
    sessions = new Sessions(
      sessionParts(new ScriptedModel([]), folder),
      new Journals(join(folder, 'journals'), silentLog),
    )
    const again = await sessions.open(session.id)
    expect(again?.takeReturned()).toEqual(['and then'])
    expect(again?.takeReturned()).toEqual([])
    expect(again?.state.queue).toEqual([])
  })

  test('fails in words without a model, and in an untrusted workspace, without asking one', async () => {
    const none = start([], { models: { acquire: () => Promise.reject(new ModelError('no_model', 'Choose a model.')) } })
    expect(await none.session.send('go', { source: 'api' })).toMatchObject({
      status: 'failed',
      error: { code: 'no_model' },
    })
    await sessions.dispose()
    const untrusted = start([[stop]], { workspace: { folders: () => [], trusted: () => false } })
    expect(await untrusted.session.send('go', { source: 'api' })).toMatchObject({
      status: 'failed',
      error: { code: 'untrusted' },
    })
    expect(untrusted.model.requests).toHaveLength(0)
  })

  test('is read back from its journal, as it was, and goes on with new ids', async () => {
    const { session } = start([[text('Hello.'), stop]])
    await session.send('hi', { source: 'panel' })
    const before = session.state
    await sessions.dispose()
    const model = new ScriptedModel([[text('Again.'), stop]])
    sessions = new Sessions(sessionParts(model, folder), new Journals(join(folder, 'journals'), silentLog))
    const again = await sessions.open(session.id)
    expect(again?.state).toEqual(before)
    await again?.send('more', { source: 'panel' })
    expect(model.requests[0]?.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user'])
    const ids = again?.state.messages.map(({ id }) => id) ?? []
    expect(new Set(ids).size).toBe(ids.length)
    expect(await sessions.open('unknown')).toBeUndefined()
  })

  test('is let go when it is closed, what it ran ended, and is whole when it is opened meanwhile', async () => {
    const { session, model } = start([[text('Hello.'), new Promise(() => {})]])
    const turn = session.send('hi', { source: 'panel' })
    await heard(session, 'textAdded')
    const closed = sessions.close(session.id)
    expect(sessions.get(session.id)).toBeUndefined()
    const again = await sessions.open(session.id)
    await closed
    expect(await turn).toMatchObject({ status: 'stopped', text: 'Hello.' })
    expect(model.open).toBe(0)
    expect(again).not.toBe(session)
    expect(again?.state).toEqual(session.state)
    await sessions.close('unknown')
  })

  test('ends what a crash left open, runs nothing of it again and restores no question', async () => {
    const { session } = start([[command('true'), new Promise(() => {})]])
    const asked = heard(session, 'callApproval')
    void session.send('go', { source: 'panel' })
    const { request } = await asked
    const journals = new Journals(join(folder, 'journals'), silentLog)
    let events = await journals.read(session.id)
    while (!events?.some(({ type }) => type === 'callApproval')) events = await journals.read(session.id)
    const crashed = new Sessions(sessionParts(new ScriptedModel([]), folder), journals)
    const again = await crashed.open(session.id)
    expect(again?.state).toMatchObject({ status: 'idle', calls: [{ status: 'cancelled', fact: 'effect unknown' }] })
    expect(again?.state.calls[0]?.approval).toBeUndefined()
    expect(again?.approve('c1', request.fingerprint, 'once')).toBe(false)
    await crashed.dispose()
  })
})
