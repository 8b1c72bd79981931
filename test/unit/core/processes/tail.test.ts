import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Tail } from '../../../../src/core/processes/tail.ts'

test('holds the last bytes, however they come, and all while they are few', () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 40 })
  const property = fc.property(chunks, fc.integer({ min: 1, max: 50 }), (list, most) => {
    const tail = new Tail(most)
    let all = Buffer.alloc(0)
    for (const chunk of list) {
      tail.add(Buffer.from(chunk))
      all = Buffer.concat([all, chunk])
      const kept = tail.bytes()
      expect(kept.length).toBe(tail.length)
      expect(kept.length).toBeGreaterThanOrEqual(Math.min(most, all.length))
      expect(kept.length).toBeLessThanOrEqual(2 * most)
      expect(kept).toEqual(all.subarray(all.length - kept.length))
    }
  })
  fc.assert(property, { seed: 3, numRuns: 500 })
})
