import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lastLines } from '../../../../src/ui/text/lastLines.ts'

describe('the last lines of an output', () => {
  it('are those that a split would give', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 60 })
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 8 }), (output, most) => {
        const all = output.replace(/\n$/, '').split('\n')
        const lines = output === '' || output === '\n' ? [] : all
        expect(lastLines(output, most)).toEqual({ lines: lines.slice(-most), above: Math.max(0, lines.length - most) })
      }),
      { seed: 7, numRuns: 2000 },
    )
  })
})
