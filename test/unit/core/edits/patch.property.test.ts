import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { applyHunks } from '../../../../src/core/edits/patchApply.ts'
import { type FilePatch, parsePatch } from '../../../../src/core/edits/patchParse.ts'
import { applyEdits, ordered } from '../../../../src/core/edits/textEdits.ts'
import { hunksBetween, patches, printPatch, texts } from '../../../support/patches.ts'
import { propertyMs, runs } from '../../../support/settled.ts'

/** Without the lines' numbers, which a patch that was never printed has not. */
function unnumbered(files: readonly FilePatch[]): FilePatch[] {
  return files.map((file) =>
    file.kind === 'update' ? { ...file, hunks: file.hunks.map((hunk) => ({ ...hunk, at: 0 })) } : file,
  )
}

it('what was printed is read back', { timeout: propertyMs }, () => {
  fc.assert(
    fc.property(patches, (files) => {
      const parsed = parsePatch(printPatch(files))
      expect(parsed.kind === 'patch' ? unnumbered(parsed.files) : parsed).toEqual(files)
    }),
    { numRuns: runs(500), seed: 1 },
  )
})

it(
  'the difference of two texts, applied to the one, gives the other or is refused as ambiguous',
  { timeout: propertyMs },
  () => {
    let applied = 0
    const count = runs(1_000)
    fc.assert(
      fc.property(texts, texts, fc.nat({ max: 3 }), (before, after, context) => {
        const result = applyHunks(before, hunksBetween(before, after, context))
        if ('kind' in result) {
          expect(result.code).toBe('ambiguous')
          return
        }
        applied++
        expect(applyEdits(before, ordered(result.edits, before.length))).toBe(after)
      }),
      { numRuns: count, seed: 2 },
    )
    expect(applied).toBeGreaterThan(count / 3)
  },
)

it('with the whole text as context it always gives the other', { timeout: propertyMs }, () => {
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const lines = [
        ...before
          .split('\n')
          .slice(0, -1)
          .map((text) => ({ kind: 'removed', text }) as const),
        ...after
          .split('\n')
          .slice(0, -1)
          .map((text) => ({ kind: 'added', text }) as const),
      ]
      const result = applyHunks(before, [{ at: 1, anchors: [], lines, atEnd: true }])
      expect('kind' in result ? result : applyEdits(before, ordered(result.edits, before.length))).toEqual(after)
    }),
    { numRuns: runs(300), seed: 3 },
  )
})

it(
  'white space that was lost at the ends of lines changes no line that the patch leaves alone',
  { timeout: propertyMs },
  () => {
    fc.assert(
      fc.property(texts, texts, fc.nat({ max: 3 }), (before, after, context) => {
        const spaced = before.replaceAll(/\n/g, ' \t\n')
        const hunks = hunksBetween(before, after, context)
        const result = applyHunks(spaced, hunks)
        if ('kind' in result) return
        const now = applyEdits(spaced, ordered(result.edits, spaced.length))
        const strip = (text: string): string => text.replaceAll(/[ \t]+(?=\n)/g, '')
        expect(strip(now)).toBe(strip(after))
      }),
      { numRuns: runs(500), seed: 4 },
    )
  },
)
