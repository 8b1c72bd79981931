import { describe, expect, it } from 'vitest'
import { ApiKeys } from '../../../src/host/secrets.ts'

/** Secrets whose writes settle when the test says so. */
function storage(): { keys: ApiKeys; stored: Map<string, string>; writes: (() => void)[] } {
  const stored = new Map<string, string>()
  const writes: (() => void)[] = []
  const later = (write: () => void): Promise<void> =>
    new Promise((resolve) => {
      writes.push(() => {
        write()
        resolve()
      })
    })
  const keys = new ApiKeys({
    get: async (name) => stored.get(name),
    store: (name, value) => later(() => void stored.set(name, value)),
    delete: (name) => later(() => void stored.delete(name)),
    keys: async () => [...stored.keys()],
    onDidChange: () => ({ dispose: () => undefined }),
  })
  return { keys, stored, writes }
}

describe('ApiKeys', () => {
  it('gives a key to the endpoint that it was stored for, and to no other', async () => {
    const { keys, writes } = storage()
    const done = keys.set('https://API.example.com/v1/', 'secret')
    await Promise.resolve()
    writes[0]?.()
    expect(await done).toBe(true)
    expect(await keys.get('https://api.example.com/v1')).toBe('secret')
    for (const other of [
      'http://api.example.com/v1',
      'https://api.example.com/v2',
      'https://api.example.com:8443/v1',
      'https://api.example.com.evil.com/v1',
      'https://evil.com/https://api.example.com/v1',
      'nothing',
    ])
      expect(await keys.get(other)).toBeUndefined()
  })

  it('writes one after another, so that the last one wins', async () => {
    const { keys, stored, writes } = storage()
    const first = keys.set('https://a/v1', 'one')
    const second = keys.set('https://a/v1', '')
    await Promise.resolve()
    expect(writes).toHaveLength(1)
    writes[0]?.()
    await first
    expect(stored.size).toBe(1)
    await Promise.resolve()
    writes[1]?.()
    await second
    expect(stored.size).toBe(0)
  })

  it('refuses what is no endpoint', async () => {
    expect(await storage().keys.set('file:///etc', 'secret')).toBe(false)
  })
})
