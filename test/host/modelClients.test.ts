import assert from 'node:assert/strict'
import type { ModelLease } from '../../src/core/models/source.ts'
import { Owner } from '../../src/core/models/owner.ts'
import { CancelledError, neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { WindowModels } from '../../src/host/models.ts'
import { ApiKeys } from '../../src/host/secrets.ts'
import { delta, events, type FaultyServer, faultyServer } from '../support/faultyServer.ts'
import { silentLog } from '../support/openGate.ts'
import { setUserSetting } from './withModel.ts'

const CHANGES = process.env['STRETTO_LONG'] === undefined ? 1_000 : 10_000
const consented = { onDidChange: () => ({ dispose: () => undefined }), canSendRequest: () => true }
const request = { messages: [{ role: 'user' as const, text: 'Hello' }], tools: [] }

/** The extension itself, which the settings tell of this server too, may ask it which models it has. */
const endpoint: typeof faultyServer = (answer) => faultyServer(answer, ({ method }) => method === 'POST')

/** A storage whose word of a change is never heard: what is known of it is known from the writer. */
function deafStorage() {
  const stored = new Map<string, string>()
  return {
    get: async (name: string) => stored.get(name),
    store: async (name: string, value: string) => void stored.set(name, value),
    delete: async (name: string) => void stored.delete(name),
    keys: async () => [...stored.keys()],
    onDidChange: () => ({ dispose: () => undefined }),
  }
}

async function ask({ model }: ModelLease): Promise<string> {
  let said = ''
  for await (const part of model.stream(request, neverCancelled)) if (part.type === 'text') said += part.text
  return said
}

describe('the clients of a window', function () {
  this.timeout(120_000)
  let keys: ApiKeys
  let models: WindowModels

  beforeEach(() => {
    keys = new ApiKeys(deafStorage(), async () => ({ [Symbol.dispose]() {} }))
    models = new WindowModels({ keys, log: silentLog, access: consented })
  })
  afterEach(async () => {
    await models.dispose()
    await setUserSetting('model.baseUrl', undefined)
    await setUserSetting('model.name', undefined)
    await setUserSetting('model.api', undefined)
  })

  async function use(server: FaultyServer): Promise<void> {
    await setUserSetting('model.baseUrl', server.baseUrl)
    await setUserSetting('model.name', 'm')
  }

  it(`leave no socket after ${CHANGES} changes of the key, each with a request that has the newest`, async function () {
    this.timeout(600_000)
    await using server = await endpoint((response) => {
      events(response, delta({ content: 'ok' }, 'stop'), '[DONE]')
      response.end()
    })
    await use(server)
    let most = 0
    for (let change = 0; change < CHANGES; change++) {
      await keys.set(server.baseUrl, `key ${change}`)
      await using lease = await models.acquire(undefined, neverCancelled)
      assert.equal(await ask(lease), 'ok')
      assert.equal(server.headers.at(-1)?.authorization, `Bearer key ${change}`)
      most = Math.max(most, server.sockets.size)
    }
    await models.dispose()
    await server.quiet()
    assert.equal(server.sockets.size, 0)
    assert.ok(most < 20, `${most} sockets at once`)
  })

  it('are shared by a hundred who ask at once for the first time', async () => {
    const open = Promise.withResolvers<void>()
    await using server = await endpoint((response) => {
      void open.promise.then(() => {
        events(response, delta({ content: 'ok' }, 'stop'), '[DONE]')
        response.end()
      })
    })
    await use(server)
    const leases = await Promise.all(Array.from({ length: 100 }, () => models.acquire(undefined, neverCancelled)))
    assert.equal(new Set(leases.map(({ model }) => model)).size, 1)
    open.resolve()
    for (const lease of leases) await lease[Symbol.asyncDispose]()
  })

  it('of before a change of the key end their request with it, while the next has the new one', async () => {
    const half = Promise.withResolvers<void>()
    await using server = await endpoint((response, count) => {
      events(response, delta({ content: 'half' }))
      void (count === 1 ? half.promise : Promise.resolve()).then(() => {
        events(response, delta({ content: ' whole' }, 'stop'), '[DONE]')
        response.end()
      })
    })
    await use(server)
    await keys.set(server.baseUrl, 'old')
    await using before = await models.acquire(undefined, neverCancelled)
    const first = before.model.stream(request, neverCancelled)[Symbol.asyncIterator]()
    const begun = await first.next()
    assert.deepEqual(begun.value, { type: 'text', text: 'half' })
    await keys.set(server.baseUrl, 'new')
    await using after = await models.acquire(undefined, neverCancelled)
    assert.equal(await ask(after), 'half whole')
    half.resolve()
    assert.deepEqual((await first.next()).value, { type: 'text', text: ' whole' })
    assert.equal((await first.next()).value?.type, 'end')
    assert.deepEqual(
      server.headers.map(({ authorization }) => authorization),
      ['Bearer old', 'Bearer new'],
    )
  })

  it('that a session has for itself end with it, and the window keeps its own', async () => {
    await using server = await endpoint((response) => {
      events(response, delta({ content: 'ok' }, 'stop'), '[DONE]')
      response.end()
    })
    await use(server)
    const session = new Owner('session:s1')
    for (const override of [undefined, { model: 'other', owner: session }]) {
      await using lease = await models.acquire(override, neverCancelled)
      assert.equal(await ask(lease), 'ok')
    }
    assert.deepEqual(
      server.bodies.map(({ model }) => model),
      ['m', 'other'],
    )
    session.end()
    await assert.rejects(models.acquire({ model: 'other', owner: session }, neverCancelled), CancelledError)
    await using lease = await models.acquire(undefined, neverCancelled)
    assert.equal(await ask(lease), 'ok')
  })

  it('speak as the setting says: Responses', async () => {
    await using server = await endpoint((response) => {
      const output = [{ type: 'message', content: [{ type: 'output_text', text: 'ok' }] }]
      events(response, { type: 'response.completed', response: { status: 'completed', output } })
      response.end()
    })
    await use(server)
    await setUserSetting('model.api', 'responses')
    await using lease = await models.acquire(undefined, neverCancelled)
    assert.equal(await ask(lease), 'ok')
    assert.equal(server.bodies[0]?.['store'], false)
  })
})
