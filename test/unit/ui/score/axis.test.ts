import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lanesOf, niceEnd, pitchOf, ticksOf } from '../../../../src/ui/score/axis.ts'

describe('the axis', () => {
  it('ends at the next round time', () => {
    expect([0, 1000, 1001, 14_200, 61_000].map(niceEnd)).toEqual([1000, 1000, 2000, 20_000, 120_000])
  })

  it('has at most five ticks besides its end, none too near to it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 86_400_000 }), (domain) => {
        const ticks = ticksOf(domain)
        expect(ticks.length).toBeLessThanOrEqual(5)
        expect(ticks[0]).toBe(0)
        expect(ticks.at(-1)).toBeLessThan(domain)
      }),
      { seed: 7, numRuns: 500 },
    )
    expect(ticksOf(20_000)).toEqual([0, 5000, 10_000, 15_000])
    expect(ticksOf(9300)).toEqual([0, 2000, 4000, 6000, 8000])
  })
})

describe('the lanes', () => {
  it('keep the score as high as for eight calls', () => {
    for (const [calls, pitch] of [
      [8, 8],
      [9, 6],
      [10, 6],
      [16, 4],
      [21, 3],
      [22, 2],
      [200, 2],
    ] as const) {
      expect(pitchOf(calls)).toBe(pitch)
    }
  })

  it('hold every call once, in order, in at most 32', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (n) => {
        const calls = Array.from({ length: n }, (_, i) => i)
        const lanes = lanesOf(calls)
        expect(lanes.flat()).toEqual(calls)
        expect(lanes.length).toBe(Math.min(n, 32))
        expect(lanes.every((lane) => lane.length > 0)).toBe(true)
      }),
      { seed: 7, numRuns: 100 },
    )
  })
})
