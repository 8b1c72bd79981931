import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import * as vscode from 'vscode'
import { gate } from '../support/model/gate.ts'
import { call, pause, raw, reply, text } from '../support/model/scriptedModel.ts'
import { begin, file, immediate, isRunning, statuses, until, waiting } from './support/turns.ts'
import { nextEvent, setUserSetting, stretto, withModel } from './withModel.ts'

describe('interruption', () => {
  before(() => setUserSetting('approvals.mode', 'all'))
  after(() => setUserSetting('approvals.mode', undefined))

  it('is possible early: a call whose arguments are whole runs while the model is silent, and only once', async () => {
    const api = await stretto()
    const hold = gate()
    await using model = await withModel(
      reply(
        call('terminal', { command: 'echo once >> early.txt' }),
        pause(hold),
        raw(
          'data: {"id":"x","object":"chat.completion.chunk","created":0,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"command\\":\\"echo twice >> early.txt\\"}"}}]},"finish_reason":null}]}',
        ),
        call('read_file', { path: 'package.json' }),
      ),
      reply(text('Done.')),
    )
    const ended = nextEvent(api, 'callEnded')
    const { turn } = await begin(api)
    await hold.reached
    assert.equal((await ended).event.status, 'completed')
    assert.equal(readFileSync(file('early.txt'), 'utf8'), 'once\n')
    hold.open()
    assert.deepEqual(statuses((await turn).calls), ['completed', 'completed'])
    assert.equal(readFileSync(file('early.txt'), 'utf8'), 'once\n')
    const results = model.requests[1]?.messages.filter(({ role }) => role === 'tool')
    assert.match(String(results?.[0]?.content), /bytes came for this call/)
  })

  it('by steer: edits finish, a command goes on as the same process, what had not begun is deferred', async () => {
    const api = await stretto()
    const hold = gate()
    await using model = await withModel(
      reply(
        text('Working.'),
        call('write_file', { path: 'finished.txt', content: 'whole\n' }),
        call('terminal', { command: waiting('steered') }),
        call('write_file', { path: 'deferred.txt', content: 'never\n' }),
        pause(hold),
        text('never read'),
      ),
      reply(text('As you wish.')),
    )
    const ready = nextEvent(api, 'callOutput')
    const { sessionId, turn } = await begin(api)
    await ready
    await api.steer(sessionId, 'Otherwise, please')
    const result = await turn
    hold.open()
    assert.equal(result.status, 'completed')
    assert.deepEqual(statuses(result.calls), ['completed', 'backgrounded', 'deferred'])
    assert.equal(readFileSync(file('finished.txt'), 'utf8'), 'whole\n')
    assert.equal(existsSync(file('deferred.txt')), false)
    const sent = model.requests[1]?.messages ?? []
    assert.deepEqual(sent.at(-1), { role: 'user', content: 'Otherwise, please' })
    assert.match(String(sent.at(-2)?.content), /^Deferred: /)
    writeFileSync(file('steered.go'), '')
    while (!existsSync(file('steered.end')) || readFileSync(file('steered.end'), 'utf8') === '') await immediate()
    assert.equal(readFileSync(file('steered.end'), 'utf8'), readFileSync(file('steered.pid'), 'utf8'))
  })

  it('by steer: a question is withdrawn, and the stream’s text so far is kept', async () => {
    const api = await stretto()
    const hold = gate()
    await using model = await withModel(
      reply(text('Half a sen'), call('ask_user', { question: 'Which?' }), pause(hold)),
      reply(text('Good.')),
    )
    const asked = nextEvent(api, 'callAsked')
    const { sessionId, turn } = await begin(api)
    await asked
    await api.steer(sessionId, 'Forget it')
    assert.deepEqual(statuses((await turn).calls), ['deferred'])
    hold.open()
    assert.equal(model.requests[1]?.messages[2]?.content, 'Half a sen')
  })

  it('of one call leaves its sibling running', async () => {
    const api = await stretto()
    await using _ = await withModel(
      reply(call('terminal', { command: waiting('stopped') }), call('terminal', { command: waiting('sibling') })),
      reply(text('Done.')),
    )
    const both = nextEvent(api, 'callOutput').then(() => nextEvent(api, 'callOutput'))
    const { sessionId, turn } = await begin(api)
    await both
    await api.stop(sessionId, 'c1')
    assert.equal(isRunning(readFileSync(file('stopped.pid'), 'utf8')), false)
    assert.equal(isRunning(readFileSync(file('sibling.pid'), 'utf8')), true)
    writeFileSync(file('sibling.go'), '')
    assert.deepEqual(statuses((await turn).calls), ['cancelled', 'completed'])
  })

  it('by stop ends what streams output, waits for a sibling and waits for an answer; none has an effect afterwards', async () => {
    const api = await stretto()
    const hold = gate()
    await using model = await withModel(
      reply(
        call('terminal', { command: waiting('running') }),
        call('write_file', { path: 'waited.txt', content: 'never\n' }),
        call('write_file', { path: '.vscode/settings.json', content: '{}' }),
        pause(hold),
      ),
    )
    const { sessionId, turn } = await begin(api)
    await until(
      api,
      sessionId,
      ({ calls: [running, waits, asks] }) =>
        running?.output.includes('ready') === true && waits?.status === 'waiting' && asks?.status === 'approval',
    )
    await api.stop(sessionId)
    const result = await turn
    assert.equal(result.status, 'stopped')
    assert.deepEqual(statuses(result.calls), ['cancelled', 'cancelled', 'cancelled'])
    assert.equal(isRunning(readFileSync(file('running.pid'), 'utf8')), false)
    writeFileSync(file('running.go'), '')
    hold.open()
    await immediate()
    for (const name of ['waited.txt', '.vscode/settings.json', 'running.end'])
      assert.equal(existsSync(file(name)), false, name)
    assert.equal(model.requests.length, 1)
  })

  it('by stop ends a call that is queued for a place: it never runs', async () => {
    await setUserSetting('limits.parallelCalls', 1)
    const api = await stretto()
    await using _ = await withModel(
      reply(call('terminal', { command: waiting('placed') }), call('terminal', { command: 'echo never > queued.txt' })),
    )
    const { sessionId, turn } = await begin(api)
    await until(
      api,
      sessionId,
      ({ calls: [placed, queued] }) => placed?.output.includes('ready') === true && queued?.status === 'queued',
    )
    await api.stop(sessionId)
    await setUserSetting('limits.parallelCalls', undefined)
    assert.deepEqual(statuses((await turn).calls), ['cancelled', 'cancelled'])
    assert.equal(isRunning(readFileSync(file('placed.pid'), 'utf8')), false)
    assert.equal(existsSync(file('queued.txt')), false)
  })

  it('by stop ends an edit that waits for a document’s lock: it never happens, and the one before it does', async () => {
    const api = await stretto()
    writeFileSync(file('locked.txt'), 'one\ntwo\n')
    const saving = gate()
    const slow = vscode.workspace.onWillSaveTextDocument((event) => {
      if (event.document.uri.fsPath !== file('locked.txt')) return
      saving.reach()
      event.waitUntil(saving.opened.then(() => []))
    })
    const edit = (old: string, now: string) =>
      call('edit_file', { path: 'locked.txt', edits: [{ old_text: old, new_text: now }] })
    await using _ = await withModel(reply(edit('one', 'first')), reply(edit('two', 'second')), reply(text('Done.')))
    const first = await begin(api)
    await saving.reached
    const second = await begin(api)
    const { calls } = await until(api, second.sessionId, ({ calls: [waits] }) => waits?.status === 'waiting')
    assert.deepEqual(calls[0]?.waitingFor, { kind: 'lock', resource: 'locked.txt', place: 1 })
    await api.stop(second.sessionId)
    saving.open()
    assert.equal((await second.turn).calls[0]?.status, 'cancelled')
    assert.equal((await first.turn).calls[0]?.status, 'completed')
    slow.dispose()
    assert.equal(readFileSync(file('locked.txt'), 'utf8'), 'first\ntwo\n')
  })
})
