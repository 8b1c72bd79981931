import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Frames, frame } from '../../../../src/core/rpc/frames.ts'
import { runs } from '../../../support/settled.ts'

test('bodies come out as they went in, however the stream is cut', () => {
  const body = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\r\n\r\n', 'Content-Length: 3\r\n\r\nabc'))
  fc.assert(
    fc.property(
      fc.array(body, { maxLength: 8 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
      (bodies, cuts) => {
        const bytes = Buffer.from(bodies.map(frame).join(''))
        const frames = new Frames()
        const out: string[] = []
        for (let at = 0; at < bytes.length;) {
          const end = at + (cuts.next().value ?? 1)
          frames.push(bytes.subarray(at, end), (found) => out.push(found.toString()))
          at = end
        }
        expect(out).toEqual(bodies.map((one) => Buffer.from(one).toString()))
      },
    ),
    { seed: 51, numRuns: runs(1_000) },
  )
})

test('a large body that comes in many pieces is put together once', () => {
  const large = 'x'.repeat(8 * 1024 * 1024)
  const bytes = Buffer.from(frame(large))
  const frames = new Frames()
  let found = 0
  for (let at = 0; at < bytes.length; at += 1_000)
    frames.push(bytes.subarray(at, at + 1_000), (one) => (found = one.length))
  expect(found).toBe(large.length)
})
