import { describe, expect, test } from 'vitest'
import { CancellationSource, CancelledError, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { Locks, type LockRequest } from '../../../../src/core/scheduling/locks.ts'
import { settled } from '../../../support/settled.ts'

const write = (key: string): LockRequest => ({ key, mode: 'write' })
const read = (key: string): LockRequest => ({ key, mode: 'read' })

describe('locks', () => {
  test('give one key to one writer at a time, first come, first served', async () => {
    const locks = new Locks()
    const order: number[] = []
    let inside = 0
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        using _held = await locks.hold([write('a')], neverCancelled)
        expect(++inside).toBe(1)
        order.push(i)
        await settled(1)
        inside--
      }),
    )
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect(locks.size).toBe(0)
  })

  test('let readers in together, and keep a later reader behind an earlier writer', async () => {
    const locks = new Locks()
    const first = await locks.hold([read('a')], neverCancelled)
    const second = await locks.hold([read('a')], neverCancelled)
    let written = false
    let readAfter = false
    const writer = locks.hold([write('a')], neverCancelled).then((held) => ((written = true), held))
    const reader = locks.hold([read('a')], neverCancelled).then((held) => ((readAfter = true), held))
    await settled()
    expect([written, readAfter]).toEqual([false, false])
    first[Symbol.dispose]()
    second[Symbol.dispose]()
    const held = await writer
    await settled()
    expect(readAfter).toBe(false)
    held[Symbol.dispose]()
    ;(await reader)[Symbol.dispose]()
    expect(locks.size).toBe(0)
  })

  test('cancel one waiter without touching those before and behind it', async () => {
    const locks = new Locks()
    const holder = await locks.hold([write('a')], neverCancelled)
    const source = new CancellationSource()
    const cancelled = locks.hold([write('a')], source.token)
    const behind = locks.hold([write('a')], neverCancelled)
    source.cancel('stop')
    await expect(cancelled).rejects.toBeInstanceOf(CancelledError)
    holder[Symbol.dispose]()
    ;(await behind)[Symbol.dispose]()
    await settled()
    expect(locks.size).toBe(0)
    expect(source.attached.listeners).toBe(0)
  })

  test('let in who waited only behind one that is cancelled', async () => {
    const locks = new Locks()
    const holder = await locks.hold([read('a')], neverCancelled)
    const source = new CancellationSource()
    const writer = locks.hold([write('a')], source.token)
    const reader = locks.hold([read('a')], neverCancelled)
    source.cancel('stop')
    await expect(writer).rejects.toBeInstanceOf(CancelledError)
    ;(await reader)[Symbol.dispose]()
    holder[Symbol.dispose]()
    expect(locks.size).toBe(0)
  })

  test('are given back once, however often that is said', async () => {
    const locks = new Locks()
    const first = await locks.hold([write('a')], neverCancelled)
    first[Symbol.dispose]()
    const second = await locks.hold([write('a')], neverCancelled)
    first[Symbol.dispose]()
    let third = false
    const waiter = locks.hold([write('a')], neverCancelled).then((held) => ((third = true), held))
    await settled()
    expect(third).toBe(false)
    second[Symbol.dispose]()
    ;(await waiter)[Symbol.dispose]()
    expect(locks.size).toBe(0)
  })

  test('tell each waiter its place as the queue moves', async () => {
    const locks = new Locks()
    const holder = await locks.hold([write('a')], neverCancelled)
    const places: Record<string, number[]> = { b: [], c: [] }
    const b = locks.hold([write('a')], neverCancelled, (place) => places['b']?.push(place))
    const c = locks.hold([write('a')], neverCancelled, (place) => places['c']?.push(place))
    expect(places).toEqual({ b: [1, 1], c: [2] })
    holder[Symbol.dispose]()
    const held = await b
    await settled()
    expect(places).toEqual({ b: [1, 1, 0], c: [2, 1] })
    held[Symbol.dispose]()
    ;(await c)[Symbol.dispose]()
    expect(places['c']).toEqual([2, 1, 0])
  })

  test('do nothing for a token that is cancelled already', async () => {
    const locks = new Locks()
    const source = new CancellationSource()
    source.cancel('stop')
    await expect(locks.hold([write('a')], source.token)).rejects.toBeInstanceOf(CancelledError)
    expect(locks.size).toBe(0)
  })

  test('let a reader in when the writer before it gives up', async () => {
    const locks = new Locks()
    const reader = await locks.hold([read('a')], neverCancelled)
    const source = new CancellationSource()
    const writer = locks.hold([write('a')], source.token)
    const second = locks.hold([read('a')], neverCancelled)
    source.cancel('stop')
    await expect(writer).rejects.toBeInstanceOf(CancelledError)
    ;(await second)[Symbol.dispose]()
    reader[Symbol.dispose]()
    expect(locks.size).toBe(0)
  })
})
