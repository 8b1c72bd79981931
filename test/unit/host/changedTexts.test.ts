import { structuredPatch } from 'diff'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { textAfter, textBefore } from '../../../src/host/changedTexts.ts'
import type { DiffLine, FileChange } from '../../../src/protocol/events.ts'

/** A change whose diff is made as the cards get it. */
function changeOf(before: string, after: string): FileChange {
  const diff: DiffLine[] = []
  for (const hunk of structuredPatch('a', 'a', before, after, '', '', { context: 2 }).hunks) {
    let [oldLine, newLine] = [hunk.oldStart, hunk.newStart]
    for (const line of hunk.lines) {
      if (line.startsWith('-')) diff.push({ kind: 'removed', line: oldLine++, text: line.slice(1) })
      else if (line.startsWith('+')) diff.push({ kind: 'added', line: newLine++, text: line.slice(1) })
      else if (line.startsWith(' ')) {
        diff.push({ kind: 'context', line: newLine++, text: line.slice(1) })
        oldLine++
      }
    }
  }
  const count = (kind: string): number => diff.filter((line) => line.kind === kind).length
  return {
    path: 'a',
    uri: 'file:///a',
    kind: 'modified',
    added: count('added'),
    removed: count('removed'),
    diff,
    omitted: 0,
    saved: true,
  }
}

const texts = fc
  .array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 12 })
  .map((lines) => `${lines.join('\n')}\n`)

describe('textBefore and textAfter', () => {
  it('rebuild one side of a change from the other', () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const change = changeOf(before, after)
        expect(textBefore(after, change)).toBe(before)
        expect(textAfter(before, change)).toBe(after)
      }),
      { seed: 2, numRuns: 500 },
    )
  })

  it('say so when the text is not the one that was changed', () => {
    const change = changeOf('a\nb\n', 'a\nc\n')
    expect(textBefore('a\nd\n', change)).toBeUndefined()
    expect(textAfter('x\nx\n', change)).toBeUndefined()
  })

  it('say so when the diff was cut', () => {
    expect(textBefore('a\nc\n', { ...changeOf('a\nb\n', 'a\nc\n'), omitted: 3 })).toBeUndefined()
  })

  it('know a new file and a deleted one by their kind', () => {
    const change = changeOf('', 'a\n')
    expect(textBefore('a\nand more\n', { ...change, kind: 'added' })).toBe('')
    expect(textAfter('a\n', { ...change, kind: 'deleted' })).toBe('')
  })
})
