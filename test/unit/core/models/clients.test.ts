import { describe, expect, test } from 'vitest'
import { type ClientKey, Clients } from '../../../../src/core/models/clients.ts'
import type { Endpoint } from '../../../../src/core/models/endpoint.ts'
import { Owner } from '../../../../src/core/models/owner.ts'
import { CancellationSource, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { settled } from '../../../support/settled.ts'

const key = (more: Partial<Endpoint> = {}, network: ClientKey['network'] = {}): ClientKey => ({
  endpoint: { baseUrl: 'https://a.example', model: 'm', api: 'chat', ...more },
  network,
})
const a = key()
const b = key({ baseUrl: 'https://b.example' })

type Making = 'now' | 'fails' | 'hangs' | 'throws'

/** A cache of clients that say what happens to them; `making` says how the next are made, `closing` how they close. */
function start({ making = [] as Making[], limit = 8, closes = async (): Promise<void> => undefined } = {}) {
  const log: string[] = []
  const errors: string[] = []
  const clock = new ManualClock()
  const hanging: (() => void)[] = []
  let count = 0
  const create = ({ endpoint }: ClientKey) => {
    const name = `${endpoint.baseUrl.slice(8, 9)}${++count}`
    const how = making.shift() ?? 'now'
    log.push(`make ${name}`)
    const client = {
      name,
      [Symbol.asyncDispose]: () => {
        log.push(`close ${name}`)
        return closes()
      },
    }
    if (how === 'throws') throw new Error('at once')
    if (how === 'fails') return Promise.reject(new Error('no'))
    if (how === 'hangs') return new Promise<typeof client>((resolve) => hanging.push(() => resolve(client)))
    return Promise.resolve(client)
  }
  const report = { error: (message: string) => void errors.push(message) }
  const clients = new Clients({ create: async (each) => create(each), clock, log: report, limit })
  const owner = new Owner('window')
  const acquire = (which: ClientKey, from = owner, token = neverCancelled) => clients.acquire(which, from, token)
  const use = async (which: ClientKey, from = owner): Promise<string> => {
    await using lease = await acquire(which, from)
    return lease.client.name
  }
  return { clients, log, errors, clock, hanging, owner, acquire, use }
}

describe('a cache of clients', () => {
  test('a hundred concurrent first users share one client, which stays open between uses', async () => {
    const { acquire, use, log } = start()
    const leases = await Promise.all(Array.from({ length: 100 }, () => acquire(a)))
    expect(new Set(leases.map(({ client }) => client)).size).toBe(1)
    for (const lease of leases) await lease[Symbol.asyncDispose]()
    expect(await use(a)).toBe('a1')
    expect(log).toEqual(['make a1'])
  })

  test.each<[string, ClientKey]>([
    ['endpoint', b],
    ['model', key({ model: 'n' })],
    ['key', key({ apiKey: 'k' })],
    ['API', key({ api: 'responses' })],
    ['header', key({ headers: { 'x-team': 'a' } })],
    ['proxy', key({}, { httpsProxy: 'http://p' })],
    ['list of hosts without a proxy', key({}, { noProxy: 'b' })],
    ['certificate authority', key({}, { ca: ['pem'] })],
    ['trust in certificates', key({}, { strictTls: false })],
  ])('another %s is another client', async (_name, other) => {
    const { use, log } = start()
    await use(a)
    await use(other)
    await use({ ...other, endpoint: { ...other.endpoint } })
    expect(log.filter((line) => line.startsWith('make'))).toHaveLength(2)
  })

  test('the order of headers makes no difference', async () => {
    const { use } = start()
    await use(key({ headers: { a: '1', b: '2' } }))
    expect(await use(key({ headers: { b: '2', a: '1' } }))).toBe('a1')
  })

  test('each owner has its own', async () => {
    const { use } = start()
    expect([await use(a), await use(a, new Owner('s1')), await use(a, new Owner('s1')), await use(a)]).toEqual([
      'a1',
      'a2',
      'a2',
      'a1',
    ])
  })

  test('the least recently used of those that are idle is closed when there are too many', async () => {
    const { acquire, use, log, clients } = start({ limit: 2 })
    const held = await acquire(a)
    await use(b)
    await use(key({ model: 'n' }))
    expect(log.filter((line) => line.startsWith('close'))).toEqual(['close b2'])
    await held[Symbol.asyncDispose]()
    await use(key({ model: 'o' }))
    expect([log.at(-1), clients.size]).toEqual(['close a3', 2])
  })

  test('more than that stay open as long as they are in use', async () => {
    const { acquire, log, clients } = start({ limit: 1 })
    const leases = await Promise.all([acquire(a), acquire(b), acquire(key({ model: 'n' }))])
    expect([log.length, clients.size]).toEqual([3, 3])
    for (const lease of leases) await lease[Symbol.asyncDispose]()
    expect(clients.size).toBe(1)
  })
})

describe('a client that is not to be used any more', () => {
  test('closes at once when it is idle, and the next use gets a new one', async () => {
    const { clients, use, log } = start()
    await use(a)
    clients.retire()
    expect(await use(a)).toBe('a2')
    expect(log).toEqual(['make a1', 'close a1', 'make a2'])
  })

  test('is closed once, with its last lease', async () => {
    const { clients, acquire, log } = start()
    const [one, two] = await Promise.all([acquire(a), acquire(a)])
    clients.retire()
    clients.retire()
    await Promise.all([one[Symbol.asyncDispose](), one[Symbol.asyncDispose]()])
    expect(log).toEqual(['make a1'])
    await two[Symbol.asyncDispose]()
    await two[Symbol.asyncDispose]()
    expect(log).toEqual(['make a1', 'close a1'])
  })

  test('goes with its owner, who gets none afterwards; others keep theirs', async () => {
    const { acquire, use, log } = start()
    const session = new Owner('s1')
    const held = await acquire(b, session)
    await use(a, session)
    await use(a)
    session.end()
    expect(log.at(-1)).toBe('close a2')
    await expect(acquire(a, session)).rejects.toMatchObject({ name: 'CancelledError', reason: 'dispose' })
    await held[Symbol.asyncDispose]()
    expect(log.at(-1)).toBe('close b1')
    expect(await use(a)).toBe('a3')
  })

  test('is not given any more to who has just asked for it when its owner ends', async () => {
    const { acquire, use, log } = start()
    const session = new Owner('s1')
    await use(a, session)
    const asked = acquire(a, session)
    session.end()
    await expect(asked).rejects.toMatchObject({ reason: 'dispose' })
    expect(log).toEqual(['make a1', 'close a1'])
  })

  test('is not given to who waits for it when its owner ends meanwhile', async () => {
    const { acquire, log, hanging } = start({ making: ['hangs'] })
    const session = new Owner('s1')
    const waiting = acquire(a, session)
    session.end()
    await expect(waiting).rejects.toMatchObject({ reason: 'dispose' })
    hanging[0]?.()
    await settled()
    expect(log).toEqual(['make a1', 'close a1'])
  })

  test('that is being made when settings change goes to who asked before, and to nobody after', async () => {
    const { clients, acquire, use, log, hanging } = start({ making: ['hangs'] })
    const before = acquire(a)
    clients.retire()
    expect(await use(a)).toBe('a2')
    hanging[0]?.()
    const lease = await before
    expect(lease.client.name).toBe('a1')
    await lease[Symbol.asyncDispose]()
    expect([log.at(-1), await use(a)]).toEqual(['close a1', 'a2'])
  })
})

describe('creation', () => {
  test.each<Making>(['fails', 'throws'])(
    'that %s fails those who wait, and is tried again by the next',
    async (how) => {
      const { acquire, use, clients } = start({ making: [how] })
      const results = await Promise.allSettled([acquire(a), acquire(a)])
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      expect([await use(a), clients.size]).toEqual(['a2', 1])
    },
  )

  test('that hangs is given up in time, is in the way of no other, and closes what comes late', async () => {
    const { acquire, use, clock, log, hanging } = start({ making: ['hangs'] })
    const waiting = acquire(a)
    expect(await use(b)).toBe('b2')
    clock.advance(10_000)
    await expect(waiting).rejects.toMatchObject({ name: 'ModelError', code: 'timeout' })
    expect(await use(a)).toBe('a3')
    hanging[0]?.()
    await settled()
    expect([log.filter((line) => line.startsWith('close')), clock.pending]).toEqual([['close a1'], 0])
  })

  test('goes on when one of those who wait is cancelled', async () => {
    const { acquire, hanging, log } = start({ making: ['hangs'] })
    const source = new CancellationSource()
    const cancelled = acquire(a, undefined, source.token)
    const other = acquire(a)
    source.cancel('stop')
    await expect(cancelled).rejects.toMatchObject({ reason: 'stop' })
    hanging[0]?.()
    expect((await other).client.name).toBe('a1')
    expect(log).toEqual(['make a1'])
  })
})

describe('a cache that is disposed of', () => {
  test('closes what is idle now and the rest when it is given back, and makes no more', async () => {
    const { clients, acquire, use, log } = start()
    const lease = await acquire(a)
    await use(b)
    await Promise.all([clients[Symbol.asyncDispose](), clients[Symbol.asyncDispose]()])
    expect(log).toEqual(['make a1', 'make b2', 'close b2'])
    await lease[Symbol.asyncDispose]()
    expect([log.at(-1), clients.size]).toEqual(['close a1', 0])
    await expect(acquire(a)).rejects.toMatchObject({ reason: 'dispose' })
  })

  test('waits for no creation, and only so long for a client that does not close', async () => {
    const { clients, acquire, use, clock, errors } = start({
      making: ['now', 'hangs'],
      closes: () => new Promise(() => {}),
    })
    await use(a)
    const waiting = acquire(b)
    const disposed = clients[Symbol.asyncDispose]()
    await expect(waiting).rejects.toMatchObject({ reason: 'dispose' })
    clock.advance(2000)
    await disposed
    expect([errors, clock.pending]).toEqual([['A client has not closed in 2 s'], 0])
  })

  test('survives a client that fails to close', async () => {
    const { clients, use, errors } = start({ closes: () => Promise.reject(new Error('no')) })
    await use(a)
    await clients[Symbol.asyncDispose]()
    expect(errors).toEqual(['A client did not close'])
  })
})
