import assert from 'node:assert/strict'
import * as vscode from 'vscode'
import { gate } from '../support/model/gate.ts'
import { call, pause, reply, text } from '../support/model/scriptedModel.ts'
import { nextEvent, press, stretto, withModel } from './withModel.ts'

const names = [
  'ask',
  'newSession',
  'stop',
  'steer',
  'openChat',
  'explainSelection',
  'fixDiagnostics',
  'editSelection',
  'setApiKey',
  'selectModel',
  'reviewChanges',
  'restoreCheckpoint',
]

describe('the commands', () => {
  afterEach(async () => {
    await vscode.commands.executeCommand('notifications.clearAll')
    await vscode.commands.executeCommand('workbench.action.closeAllEditors')
  })

  it('are registered, and none that is not built', async () => {
    await stretto()
    const registered = await vscode.commands.getCommands(true)
    for (const name of names) assert.ok(registered.includes(`stretto.${name}`), name)
    for (const later of ['showHistory', 'generateCommitMessage'])
      assert.ok(!registered.includes(`stretto.${later}`), later)
  })

  it('ask runs a turn in the panel’s session, newSession begins another one', async () => {
    const api = await stretto()
    await using model = await withModel(reply(text('One.')), reply(text('Two.')), reply(text('Three.')))
    const ids: string[] = []
    const listener = api.onEvent(({ sessionId, event }) => event.type === 'turnStarted' && ids.push(sessionId))
    await vscode.commands.executeCommand('stretto.newSession')
    await vscode.commands.executeCommand('stretto.ask', 'First')
    await vscode.commands.executeCommand('stretto.ask', 'Second')
    await vscode.commands.executeCommand('stretto.newSession')
    await vscode.commands.executeCommand('stretto.ask', 'Third')
    listener.dispose()
    assert.equal(ids.length, 3)
    assert.equal(ids[0], ids[1])
    assert.notEqual(ids[1], ids[2])
    const asked = model.requests[2]?.messages.filter(({ role }) => role === 'user').map(({ content }) => content)
    assert.deepEqual(asked, ['Third'])
  })

  it('steer redirects the turn: the message goes with the next request', async () => {
    const api = await stretto()
    const held = gate()
    await using model = await withModel(reply(text('Half'), pause(held)), reply(text('Otherwise.')))
    const words = nextEvent(api, 'textAdded')
    const ended = nextEvent(api, 'turnEnded')
    const asked = vscode.commands.executeCommand('stretto.ask', 'Go on')
    await words
    await vscode.commands.executeCommand('stretto.steer', 'Do it otherwise')
    assert.equal((await ended).event.status, 'completed')
    await asked
    assert.deepEqual(
      model.requests[1]?.messages.slice(-2).map(({ role, content }) => [role, content]),
      [
        ['assistant', 'Half'],
        ['user', 'Do it otherwise'],
      ],
    )
  })

  it('stop ends the turn', async () => {
    const api = await stretto()
    const held = gate()
    await using _ = await withModel(reply(text('On'), pause(held)))
    const ended = nextEvent(api, 'turnEnded')
    const asked = vscode.commands.executeCommand('stretto.ask', 'Go on')
    await held.reached
    await vscode.commands.executeCommand('stretto.stop')
    assert.equal((await ended).event.status, 'stopped')
    await asked
  })

  it('the cancel button of the progress reaches the turn’s token', async () => {
    const api = await stretto()
    const held = gate()
    await using _ = await withModel(reply(text('On'), pause(held)))
    const stop = nextEvent(api, 'stopRequested')
    const ended = nextEvent(api, 'turnEnded')
    const asked = vscode.commands.executeCommand('stretto.ask', 'Go on')
    await held.reached
    await press(stop)
    assert.equal((await ended).event.status, 'stopped')
    await asked
  })

  it('the progress is shown for a turn while the panel is hidden, whoever started it', async () => {
    const api = await stretto()
    const held = gate()
    await using _ = await withModel(reply(text('On'), pause(held)))
    await vscode.commands.executeCommand('stretto.openChat')
    await vscode.commands.executeCommand('workbench.action.closeSidebar')
    const stop = nextEvent(api, 'stopRequested')
    const turn = api.ask('Go on')
    await held.reached
    await press(stop)
    assert.equal((await turn).status, 'stopped')
  })

  it('clearing the notifications answers no question', async () => {
    const api = await stretto()
    await using _ = await withModel(reply(call('terminal', { command: 'touch asked.txt' })), reply(text('Done.')))
    await vscode.commands.executeCommand('workbench.action.closeSidebar')
    const asked = nextEvent(api, 'callApproval')
    const turn = vscode.commands.executeCommand('stretto.ask', 'Run it')
    const { sessionId, event } = await asked
    await vscode.commands.executeCommand('notifications.clearAll')
    const state = api.state(sessionId)?.calls.find(({ id }) => id === event.callId)
    assert.equal(state?.status, 'approval')
    await api.stop(sessionId)
    await turn
  })

  it('say what to do where there is nothing to work on', async () => {
    const api = await stretto()
    let turns = 0
    const listener = api.onEvent(({ event }) => event.type === 'turnStarted' && turns++)
    for (const name of ['explainSelection', 'editSelection', 'fixDiagnostics'])
      await vscode.commands.executeCommand(`stretto.${name}`)
    listener.dispose()
    assert.equal(turns, 0)
  })

  it('explainSelection sends the selected code', async () => {
    await stretto()
    await using model = await withModel(reply(text('It is code.')))
    const document = await vscode.workspace.openTextDocument({
      language: 'javascript',
      content: 'let a\nlet b\nlet c\n',
    })
    const editor = await vscode.window.showTextDocument(document)
    editor.selection = new vscode.Selection(1, 0, 1, 5)
    await vscode.commands.executeCommand('stretto.explainSelection')
    const prompt = model.requests[0]?.messages.findLast(({ role }) => role === 'user')?.content
    assert.match(String(prompt), /Selected: line 2, column 1 to line 2, column 6/)
    assert.match(String(prompt), /2 \| let b/)
  })
})
