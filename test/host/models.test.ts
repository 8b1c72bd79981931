import assert from 'node:assert/strict'
import { ModelError } from '../../src/core/models/model.ts'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { ModelClients } from '../../src/host/modelClients.ts'
import { ApiKeys } from '../../src/host/secrets.ts'
import { reply, scriptedModel, text } from '../support/model/scriptedModel.ts'
import { offering } from './support/scriptedProvider.ts'
import { silentLog } from '../support/openGate.ts'
import { setUserSetting, withModel } from './withModel.ts'

const consented = { onDidChange: () => ({ dispose: () => undefined }), canSendRequest: () => true }
const facts = { contextTokens: 12_000, inputUsd: 1, outputUsd: 2, images: false, reasoning: false, tools: true }
const request = { messages: [{ role: 'user' as const, text: 'Hello' }], tools: [] }

describe('the way to a model', () => {
  const stored = new Map<string, string>()
  const keys = new ApiKeys(
    {
      get: async (name) => stored.get(name),
      store: async (name, value) => void stored.set(name, value),
      delete: async (name) => void stored.delete(name),
      keys: async () => [...stored.keys()],
      onDidChange: () => ({ dispose: () => undefined }),
    },
    async () => ({ [Symbol.dispose]() {} }),
  )
  let clients: ModelClients

  beforeEach(() => {
    stored.clear()
    clients = new ModelClients({
      keys,
      log: silentLog,
      access: consented,
      known: () => Promise.resolve({ models: { scripted: facts } }),
    })
  })
  afterEach(() => clients.dispose())

  it('sends the endpoint’s own key, and another model when a turn asks for it', async () => {
    await using model = await withModel(reply(text('One.')), reply(text('Two.')))
    await keys.set(model.url, 'sk-its-own')
    await keys.set('https://api.openai.com/v1', 'sk-of-another')
    for (const override of [undefined, 'other']) {
      await using lease = await clients.acquire(override, neverCancelled)
      for await (const _ of lease.model.stream(request, neverCancelled));
    }
    assert.deepEqual(
      model.requests.map((each) => each.model),
      ['scripted', 'other'],
    )
    assert.deepEqual(
      model.headers.map(({ authorization }) => authorization),
      ['Bearer sk-its-own', 'Bearer sk-its-own'],
    )
  })

  it('is described as the settings say, at once after they change', async () => {
    await using model = await withModel()
    assert.deepEqual((await clients.describe()).model, {
      id: 'scripted',
      provider: 'openai',
      host: new URL(model.url).host,
    })
    await setUserSetting('model.provider', 'demo')
    clients.forget()
    assert.deepEqual((await clients.describe()).model, { id: 'demo', provider: 'demo' })
    await setUserSetting('model.provider', undefined)
  })

  it('lists the models of the endpoint to choose from', async () => {
    await using model = await withModel()
    const offers = (await Promise.all(await clients.offers(neverCancelled))).flat()
    assert.deepEqual(offers[0], {
      name: new URL(model.url).host,
      models: [
        {
          reference: `${model.url}#scripted`,
          settings: { provider: 'openai', baseUrl: model.url, name: 'scripted' },
          label: 'scripted',
          facts,
        },
      ],
    })
  })

  it('knows of a model what the user’s file says', async () => {
    await using model = await withModel()
    await using lease = await clients.acquire(undefined, neverCancelled)
    assert.deepEqual([lease.facts, lease.label], [facts, 'scripted'])
    assert.ok(model.url)
  })

  it('finds VS Code’s models before a local server, by reference, and no longer when they have gone', async () => {
    const provider = await offering({ id: 'a', name: 'The A', maxInputTokens: 5000 }, { id: 'b' })
    try {
      assert.deepEqual((await clients.describe()).model, { id: 'The A', provider: 'vscode', host: 'VS Code' })
      await using first = await clients.acquire(undefined, neverCancelled)
      assert.deepEqual([first.model.id, first.label, first.facts?.contextTokens], ['a', 'The A', 5000])
      await using second = await clients.acquire('vscode:stretto-test/b', neverCancelled)
      assert.equal(second.model.id, 'b')
      const [group] = (await Promise.all(await clients.offers(neverCancelled))).flat()
      assert.deepEqual(
        [group?.name, group?.models.map(({ reference }) => reference)],
        ['Models in VS Code', ['vscode:stretto-test/a', 'vscode:stretto-test/b']],
      )
      await setUserSetting('model.provider', 'openai')
      clients.forget()
      assert.deepEqual((await clients.describe()).ways.vscode, ['The A', 'b'])
      await setUserSetting('model.provider', undefined)
      clients.forget()
    } finally {
      await provider[Symbol.asyncDispose]()
    }
    await assert.rejects(clients.acquire('vscode:stretto-test/b', neverCancelled), { code: 'unknown_model' })
  })

  it('sends nothing to an endpoint that the user has not set up, whatever names it', async () => {
    await using model = await withModel()
    await using other = await scriptedModel(reply(text('Mine now.')))
    const reference = `${other.url}#m`
    await assert.rejects(clients.acquire(reference, neverCancelled), { code: 'unknown_endpoint' })
    await keys.set(other.url, 'sk-other')
    await using lease = await clients.acquire(reference, neverCancelled)
    for await (const _ of lease.model.stream(request, neverCancelled));
    assert.deepEqual(
      other.headers.map(({ authorization }) => authorization),
      ['Bearer sk-other'],
    )
    assert.equal(model.requests.length, 0)
  })

  it('says what to do when there is none', async () => {
    await setUserSetting('model.provider', 'openai')
    await assert.rejects(clients.acquire(undefined, neverCancelled), (error) => {
      assert.ok(error instanceof ModelError)
      assert.equal(error.code, 'no_model')
      return true
    })
    assert.equal((await clients.describe()).model, undefined)
    await setUserSetting('model.provider', undefined)
  })
})
