import { describe, expect, it } from 'vitest'
import { CancellationSource, CancelledError } from '../../../src/core/scheduling/cancellation.ts'
import { Locks } from '../../../src/core/scheduling/locks.ts'
import { settled } from '../../support/settled.ts'
import { ApiKeys, type KeyLock } from '../../../src/host/secrets.ts'

/** Secrets whose writes settle when the test says so. */
function storage() {
  const stored = new Map<string, string>()
  const writes: (() => void)[] = []
  const later = (write: () => void): Promise<void> =>
    new Promise((resolve) => {
      writes.push(() => {
        write()
        resolve()
      })
    })
  const locks = new Locks()
  const lock: KeyLock = (token) => locks.hold([{ key: 'secrets', mode: 'write' }], token)
  const secrets = {
    get: async (name: string) => stored.get(name),
    store: (name: string, value: string) => later(() => void stored.set(name, value)),
    delete: (name: string) => later(() => void stored.delete(name)),
    keys: async () => [...stored.keys()],
    onDidChange: () => ({ dispose: () => undefined }),
  }
  return { keys: new ApiKeys(secrets, lock), secrets, stored, writes }
}

describe('ApiKeys', () => {
  it('gives a key to the endpoint that it was stored for, and to no other', async () => {
    const { keys, writes } = storage()
    const done = keys.set('https://API.example.com/v1/', 'secret')
    await settled()
    writes[0]?.()
    expect(await done).toBeUndefined()
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
    await settled()
    expect(writes).toHaveLength(1)
    writes[0]?.()
    await first
    expect(stored.size).toBe(1)
    await settled()
    writes[1]?.()
    await second
    expect(stored.size).toBe(0)
  })

  it('refuses what is no endpoint', async () => {
    const failure = await storage().keys.set('file:///etc', 'secret')
    expect(failure).toMatchObject({ code: 'bad_endpoint' })
    expect(JSON.stringify(failure)).not.toContain('secret')
  })

  it('does not write what was cancelled in the queue, nor what is there already', async () => {
    const { keys, stored, writes } = storage()
    const source = new CancellationSource()
    const first = keys.set('https://a/v1', 'one')
    const second = keys.set('https://a/v1', 'two', source.token)
    await settled()
    source.cancel('stop')
    writes[0]?.()
    await first
    await expect(second).rejects.toThrow(CancelledError)
    await keys.set('https://a/v1', 'one')
    expect([[...stored.values()], writes.length]).toEqual([['one'], 1])
  })

  it('is told when the lock is not to be had', async () => {
    const failure = { kind: 'failed' as const, code: 'locked', message: '' }
    const keys = new ApiKeys(storage().secrets, async () => failure)
    expect(await keys.set('https://a/v1', 'one')).toBe(failure)
  })
})
