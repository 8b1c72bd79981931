import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CancelReason } from '../../../../src/protocol/events.ts'
import { CancellationSource, CancelledError, orCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { settled } from '../../../support/settled.ts'

const reasons: CancelReason[] = ['steer', 'timeout', 'stop', 'dispose']

describe('a cancellation token', () => {
  test('is untouched until its source cancels it, then aborts its signal with the reason', () => {
    const source = new CancellationSource()
    expect(source.token.isCancellationRequested).toBe(false)
    expect(source.token.reason).toBeUndefined()
    source.cancel('stop')
    expect(source.token.isCancellationRequested).toBe(true)
    expect(source.token.signal.aborted).toBe(true)
    expect(source.token.signal.reason).toBeInstanceOf(CancelledError)
    expect(() => source.token.throwIfCancelled()).toThrow(CancelledError)
  })

  test('takes a stronger reason in place of a weaker one and never the reverse', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...reasons), { minLength: 1 }), (sequence) => {
        const source = new CancellationSource()
        for (const reason of sequence) source.cancel(reason)
        const strongest = Math.max(...sequence.map((reason) => reasons.indexOf(reason)))
        expect(source.token.reason).toBe(reasons[strongest])
      }),
      { seed: 1, numRuns: 200 },
    )
  })

  test('hears its parent, also a later escalation, and does not touch its siblings', () => {
    const parent = new CancellationSource()
    const child = new CancellationSource(parent)
    const sibling = new CancellationSource(parent)
    child.cancel('timeout')
    expect(sibling.token.isCancellationRequested).toBe(false)
    expect(parent.token.isCancellationRequested).toBe(false)
    parent.cancel('stop')
    expect(child.token.reason).toBe('stop')
    expect(sibling.token.reason).toBe('stop')
    expect(new CancellationSource(parent).token.reason).toBe('stop')
  })

  test('tells each listener once, a late one in a microtask, and none that was disposed', async () => {
    const source = new CancellationSource()
    let early = 0
    let removed = 0
    source.token.onCancellationRequested(() => early++)
    source.token.onCancellationRequested(() => removed++).dispose()
    source.cancel('steer')
    source.cancel('stop')
    let late = 0
    source.token.onCancellationRequested(() => late++)
    expect(late).toBe(0)
    await Promise.resolve()
    expect([early, removed, late]).toEqual([1, 0, 1])
  })

  test('tells the others when a listener throws, and the fault is reported', async () => {
    const source = new CancellationSource()
    const faults: unknown[] = []
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => faults.push(error))
    let heard = 0
    source.token.onCancellationRequested(() => {
      throw new Error('a bug')
    })
    source.token.onCancellationRequested(() => heard++)
    source.cancel('stop')
    await settled()
    process.removeAllListeners('uncaughtException')
    for (const listener of others) process.on('uncaughtException', listener)
    expect([heard, faults]).toEqual([1, [new Error('a bug')]])
  })

  test('leaves nothing behind on its parent or on itself', async () => {
    const parent = new CancellationSource()
    for (let i = 0; i < 100; i++) {
      const child = new CancellationSource(parent)
      await orCancelled(Promise.resolve(i), child.token)
      expect(child.attached).toEqual({ listeners: 0, children: 0 })
      child.dispose()
    }
    expect(parent.attached).toEqual({ listeners: 0, children: 0 })
  })
})

describe('orCancelled', () => {
  test('rejects at the cancellation and hands a late value over', async () => {
    const source = new CancellationSource()
    const { promise, resolve } = Promise.withResolvers<string>()
    const late: string[] = []
    const wait = orCancelled(promise, source.token, (value) => late.push(value))
    source.cancel('stop')
    await expect(wait).rejects.toMatchObject({ reason: 'stop' })
    resolve('ticket')
    await promise
    expect(late).toEqual(['ticket'])
  })

  test('rejects at once for a token that is cancelled already', async () => {
    const source = new CancellationSource()
    source.cancel('timeout')
    await expect(orCancelled(new Promise(() => {}), source.token)).rejects.toMatchObject({ reason: 'timeout' })
  })
})
