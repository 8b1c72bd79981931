import assert from 'node:assert/strict'
import { ModelError } from '../../src/core/models/model.ts'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { ModelClients } from '../../src/host/modelClients.ts'
import { ApiKeys } from '../../src/host/secrets.ts'
import { reply, text } from '../support/model/scriptedModel.ts'
import { silentLog } from '../support/openGate.ts'
import { setUserSetting, withModel } from './withModel.ts'

const request = { messages: [{ role: 'user' as const, text: 'Hello' }], tools: [] }

describe('the way to a model', () => {
  const stored = new Map<string, string>()
  const keys = new ApiKeys({
    get: async (name) => stored.get(name),
    store: async (name, value) => void stored.set(name, value),
    delete: async (name) => void stored.delete(name),
    keys: async () => [...stored.keys()],
    onDidChange: () => ({ dispose: () => undefined }),
  })
  let clients: ModelClients

  beforeEach(() => {
    stored.clear()
    clients = new ModelClients(keys, silentLog)
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
    const offers = await clients.offers(neverCancelled)
    assert.deepEqual(offers[0], { name: new URL(model.url).host, baseUrl: model.url, models: ['scripted'] })
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
