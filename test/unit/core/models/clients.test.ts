import { describe, expect, test } from 'vitest'
import { Clients } from '../../../../src/core/models/clients.ts'

const a = { baseUrl: 'https://a.example', model: 'm', api: 'chat' as const }
const b = { baseUrl: 'https://b.example', model: 'm', api: 'chat' as const }

/** A cache of clients that count what happens to them. */
function start(fails = 0) {
  const log: string[] = []
  let failures = fails
  const clients = new Clients(async ({ baseUrl, apiKey = '' }) => {
    log.push(`open ${baseUrl}${apiKey}`)
    await Promise.resolve()
    if (failures-- > 0) throw new Error('no')
    return {
      [Symbol.asyncDispose]: () => {
        log.push(`close ${baseUrl}${apiKey}`)
        return Promise.resolve()
      },
    }
  })
  return { clients, log }
}

describe('Clients', () => {
  test('concurrent first users share one client, which stays open between uses', async () => {
    const { clients, log } = start()
    const leases = await Promise.all([clients.acquire(a), clients.acquire(a), clients.acquire(a)])
    expect(new Set(leases.map(({ client }) => client)).size).toBe(1)
    for (const lease of leases) await lease[Symbol.asyncDispose]()
    await (await clients.acquire(a))[Symbol.asyncDispose]()
    expect(log).toEqual(['open https://a.example'])
  })

  test('a replaced client closes once, with its last lease', async () => {
    const { clients, log } = start()
    const [one, two] = await Promise.all([clients.acquire(a), clients.acquire(a)])
    const other = await clients.acquire(b)
    expect(log).toEqual(['open https://a.example', 'open https://b.example'])
    await one[Symbol.asyncDispose]()
    await one[Symbol.asyncDispose]()
    expect(log).toHaveLength(2)
    await two[Symbol.asyncDispose]()
    expect(log.slice(2)).toEqual(['close https://a.example'])
    await other[Symbol.asyncDispose]()
    expect([log.length, clients.size]).toEqual([3, 1])
  })

  test('another key is another client, and the old one closes', async () => {
    const { clients, log } = start()
    await (await clients.acquire({ ...a, apiKey: '#1' }))[Symbol.asyncDispose]()
    await clients.acquire({ ...a, apiKey: '#2' })
    expect([...log].sort()).toEqual([
      'close https://a.example#1',
      'open https://a.example#1',
      'open https://a.example#2',
    ])
  })

  test('a creation that failed is tried again by the next', async () => {
    const { clients, log } = start(1)
    const results = await Promise.allSettled([clients.acquire(a), clients.acquire(a)])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await clients.acquire(a)
    expect([log.length, clients.size]).toEqual([2, 1])
  })

  test('disposed, it closes what is idle now and the rest when it is given back', async () => {
    const { clients, log } = start()
    const lease = await clients.acquire(a)
    await clients[Symbol.asyncDispose]()
    expect(log).toHaveLength(1)
    await lease[Symbol.asyncDispose]()
    expect([log[1], clients.size]).toEqual(['close https://a.example', 0])
  })
})
