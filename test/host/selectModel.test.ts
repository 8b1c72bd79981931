import assert from 'node:assert/strict'
import * as vscode from 'vscode'
import { modelSettings } from '../../src/host/settings.ts'
import { offering } from './support/scriptedProvider.ts'
import { nextEvent, setUserSetting, stretto } from './withModel.ts'

/** Opens the list, and takes its first line as soon as there is one. */
async function takeFirst(): Promise<void> {
  const chosen = Promise.resolve(vscode.commands.executeCommand('stretto.selectModel')).then(() => true)
  for (;;) {
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem')
    const moment = new Promise<false>((resolve) => setTimeout(() => resolve(false), 50))
    if (await Promise.race([chosen, moment])) return
  }
}

describe('the choice of a model', () => {
  afterEach(async () => {
    for (const key of ['provider', 'name', 'baseUrl']) await setUserSetting(`model.${key}`, undefined)
  })

  it('is that of the panel’s session, for its next turns, and can be taken back', async () => {
    const api = await stretto()
    await using provider = await offering({ id: 'b', name: 'The B' }, { id: 'a' })
    provider.answer = async (progress) => {
      progress.report(new vscode.LanguageModelTextPart(`From ${provider.requests.at(-1)?.model}.`))
    }
    await setUserSetting('model.name', 'stretto-test/a')
    await setUserSetting('model.provider', 'vscode')
    const first = await api.ask('Who are you?', { reveal: true })
    assert.deepEqual([first.status, first.text], ['completed', 'From a.'])
    const chosen = nextEvent(api, 'modelChosen')
    await takeFirst()
    const { sessionId, event } = await chosen
    assert.deepEqual([sessionId, event.model, event.label], [first.sessionId, 'vscode:stretto-test/b', 'The B'])
    assert.equal(modelSettings().name, 'stretto-test/a')

    const result = await api.ask('And now?', { sessionId })
    assert.deepEqual([result.status, result.text], ['completed', 'From b.'])
    assert.deepEqual(
      api.state(sessionId)?.turns.map(({ model }) => model),
      ['', 'vscode:stretto-test/b'],
    )

    provider.offer()
    const takenBack = nextEvent(api, 'modelChosen')
    await takeFirst()
    assert.equal((await takenBack).event.model, '')
    assert.equal(api.state(sessionId)?.chosenModel, undefined)
  })

  it('is that of all sessions when there was none before', async () => {
    await stretto()
    await setUserSetting('model.provider', 'openai')
    await using _ = await offering({ id: 'b', name: 'The B' })
    await takeFirst()
    assert.deepEqual([modelSettings().provider, modelSettings().name], ['vscode', 'stretto-test/b'])
  })
})
