import assert from 'node:assert/strict'
import * as vscode from 'vscode'
import { reduce, emptySession } from '../../src/protocol/state.ts'
import { gate } from '../support/model/gate.ts'
import { call, pause, reply, text } from '../support/model/scriptedModel.ts'
import { nextEvent, setUserSetting, stretto, withModel } from './withModel.ts'

describe('the API', () => {
  it('has no member that answers a question', async () => {
    const api = await stretto()
    assert.deepEqual(Object.keys(api).sort(), ['ask', 'onEvent', 'state', 'steer', 'stop', 'version'])
    assert.equal(api.version, 1)
  })

  it('runs a turn with real tools to its end', async () => {
    const api = await stretto()
    await using model = await withModel(
      reply(
        text('I look.'),
        call('todo', { items: [{ text: 'look', status: 'done' }] }),
        call('read_file', { path: 'package.json' }),
      ),
      reply(text('There it is.')),
    )
    const result = await api.ask('Look around')
    assert.equal(result.error, undefined)
    assert.equal(result.status, 'completed')
    assert.equal(result.text, 'There it is.')
    assert.deepEqual(
      result.calls.map(({ name }) => name),
      ['todo', 'read_file'],
    )
    assert.equal(result.calls[1]?.status, 'completed')
    const seen = model.requests[1]?.messages.filter(({ role }) => role === 'tool')
    assert.match(String(seen?.[1]?.content), /"name"/)
  })

  it('tells every event from which its state is made', async () => {
    const api = await stretto()
    await using _ = await withModel(reply(text('Hello.')))
    const states = new Map<string, ReturnType<typeof emptySession>>()
    const listener = api.onEvent(({ sessionId, event }) => {
      states.set(sessionId, reduce(states.get(sessionId) ?? emptySession(sessionId), event))
    })
    const { sessionId } = await api.ask('Say hello')
    listener.dispose()
    const state = api.state(sessionId)
    assert.deepEqual(state, states.get(sessionId))
    assert.deepEqual(JSON.parse(JSON.stringify(state)), JSON.parse(JSON.stringify(states.get(sessionId))))
    assert.equal(api.state('nobody'), undefined)
  })

  it('goes on with a session, and rejects for one that does not exist', async () => {
    const api = await stretto()
    await using model = await withModel(reply(text('One.')), reply(text('Two.')))
    const { sessionId } = await api.ask('First')
    const second = await api.ask('Second', { sessionId })
    assert.equal(second.sessionId, sessionId)
    const users = model.requests[1]?.messages.filter(({ role }) => role === 'user').map(({ content }) => content)
    assert.deepEqual(users, ['First', 'Second'])
    await assert.rejects(api.ask('Third', { sessionId: 'nobody' }), /no session nobody/)
  })

  it('stops a turn by its token, and by stop()', async () => {
    const api = await stretto()
    const [first, second] = [gate(), gate()]
    await using _ = await withModel(reply(text('On'), pause(first)), reply(text('On'), pause(second)))
    const source = new vscode.CancellationTokenSource()
    const byToken = api.ask('Go on', { token: source.token })
    await first.reached
    source.cancel()
    assert.equal((await byToken).status, 'stopped')
    const started = nextEvent(api, 'turnStarted')
    const byStop = api.ask('Go on')
    const { sessionId } = await started
    await second.reached
    await api.stop(sessionId)
    assert.equal(api.state(sessionId)?.status, 'idle')
    assert.equal((await byStop).status, 'stopped')
    await api.stop(sessionId)
    await api.stop('nobody')
  })

  it('asks for approval at most as little as the user’s setting allows', async () => {
    const api = await stretto()
    await using _ = await withModel(reply(call('terminal', { command: 'touch asked.txt' })), reply(text('Denied.')))
    const asked = nextEvent(api, 'callApproval')
    const turn = api.ask('Run it', { approvals: 'all' })
    const { sessionId, event } = await asked
    assert.equal(event.request.action, 'touch asked.txt')
    await api.stop(sessionId)
    assert.equal((await turn).status, 'stopped')
  })

  it('fails with words when the endpoint is not an address', async () => {
    const api = await stretto()
    await setUserSetting('model.baseUrl', 'nowhere')
    const { status, error } = await api.ask('Hello')
    await setUserSetting('model.baseUrl', undefined)
    assert.equal(status, 'failed')
    assert.equal(error?.code, 'bad_endpoint')
  })
})
