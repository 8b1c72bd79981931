import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CancellationSource, CancelledError, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { type Held, Locks, type LockRequest } from '../../../../src/core/scheduling/locks.ts'
import { runs, settled } from '../../../support/settled.ts'

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

  test('tell each waiter its place as the queue moves', async () => {
    const locks = new Locks()
    const holder = await locks.hold([write('a')], neverCancelled)
    const places: Record<string, number[]> = { b: [], c: [] }
    const b = locks.hold([write('a')], neverCancelled, (place) => places['b']?.push(place))
    const c = locks.hold([write('a')], neverCancelled, (place) => places['c']?.push(place))
    expect(places).toEqual({ b: [1], c: [2] })
    holder[Symbol.dispose]()
    const held = await b
    await settled()
    expect(places).toEqual({ b: [1, 0], c: [2, 1] })
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

  test('hold to a simple model under any schedule of holders, several keys and cancellations', async () => {
    const step = fc.record({
      keys: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
      mode: fc.constantFrom('read' as const, 'write' as const),
      cancel: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(step, { minLength: 2, maxLength: 8 }), async (scheduler, steps) => {
        const locks = new Locks()
        const inside = new Map<string, { readers: number; writers: number }>()
        let finished = 0
        const tasks = steps.map(async ({ keys, mode, cancel }, i) => {
          const source = new CancellationSource()
          await scheduler.schedule(Promise.resolve(), `arrive ${i}`)
          const hold = locks.hold(
            keys.map((key) => ({ key, mode })),
            source.token,
          )
          if (cancel) void scheduler.schedule(Promise.resolve(), `cancel ${i}`).then(() => source.cancel('stop'))
          const held = await hold.catch((error: unknown) => {
            expect(error).toBeInstanceOf(CancelledError)
            return undefined
          })
          if (held !== undefined)
            await occupy(held, keys, mode, inside, () => scheduler.schedule(Promise.resolve(), `leave ${i}`))
          finished++
          expect(source.attached.listeners).toBe(0)
        })
        await scheduler.waitFor(Promise.all(tasks))
        await settled(2)
        expect(finished).toBe(steps.length)
        expect(locks.size).toBe(0)
      }),
      { seed: 20, numRuns: runs(500) },
    )
  }, 120_000)
})

async function occupy(
  held: Held,
  keys: string[],
  mode: 'read' | 'write',
  inside: Map<string, { readers: number; writers: number }>,
  leave: () => Promise<unknown>,
): Promise<void> {
  const states = keys.map((key) => inside.get(key) ?? { readers: 0, writers: 0 })
  for (const [at, state] of states.entries()) {
    inside.set(keys[at] ?? '', state)
    if (mode === 'write') expect(state).toEqual({ readers: 0, writers: 0 })
    else expect(state.writers).toBe(0)
    state[mode === 'write' ? 'writers' : 'readers']++
  }
  await leave()
  for (const state of states) state[mode === 'write' ? 'writers' : 'readers']--
  held[Symbol.dispose]()
}
