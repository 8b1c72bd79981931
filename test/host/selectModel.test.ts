import assert from 'node:assert/strict'
import * as vscode from 'vscode'
import { modelItems } from '../../src/host/commands/modelItems.ts'
import type { OfferedModel } from '../../src/host/modelOffers.ts'
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

  it('is made from all models by their sources, with what is known of each', async () => {
    await stretto()
    await setUserSetting('model.name', 'two')
    await setUserSetting('model.baseUrl', 'https://x.example/v1')
    await setUserSetting('model.provider', 'openai')
    const facts = { contextTokens: 1_050_000, inputUsd: 1, outputUsd: 5, images: true, reasoning: true, tools: true }
    const offered = (name: string, more: Partial<OfferedModel> = {}): OfferedModel => ({
      reference: `https://x.example/v1#${name}`,
      settings: { provider: 'openai', baseUrl: 'https://x.example/v1', name },
      label: name,
      facts: undefined,
      ...more,
    })
    const small = { contextTokens: 4096, images: false, reasoning: false, tools: false }
    const groups = [
      { name: 'x.example', models: [offered('one', { facts }), offered('two')] },
      { name: 'Ollama', models: [offered('three', { facts: small })] },
    ]
    const lines = (chosen?: { model: string; label: string }): string[] =>
      modelItems(groups, chosen).map(({ kind, label, description = '', detail = '' }) =>
        kind === vscode.QuickPickItemKind.Separator ? `-- ${label}` : [label, description, detail].join(' | '),
      )
    assert.deepEqual(lines().slice(0, 6), [
      '-- x.example',
      'one |  | 1,050,000 tokens · $1 in, $5 out a million tokens · sees images',
      'two | default | ',
      '-- Ollama',
      'three |  | 4,096 tokens · cannot use tools',
      '-- Other',
    ])
    const chosen = lines({ model: 'https://x.example/v1#one', label: 'one' })
    assert.deepEqual(
      [chosen[1]?.split(' | ')[1], ...chosen.slice(6, 8)],
      [
        'this session',
        'Use the default again |  | Instead of one',
        'Use this session’s model in all sessions |  | one',
      ],
    )
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
