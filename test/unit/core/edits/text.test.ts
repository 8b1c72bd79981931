import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Composition } from '../../../../src/core/edits/composition.ts'
import { lineDiff, describeChange } from '../../../../src/core/edits/diff.ts'
import { decode, encode, hasMixedEndings, withEndingsOf } from '../../../../src/core/edits/encoding.ts'
import { applyEdits, normalise, ordered, trimmed } from '../../../../src/core/edits/textEdits.ts'
import { replaceWhole } from '../../../../src/core/edits/whole.ts'

const runs = { seed: 20261120, numRuns: 300 }
const someText = fc.array(fc.constantFrom('a', 'b', '😀', '\n', ' ')).map((parts) => parts.join(''))
const rawText = fc.array(fc.constantFrom('a', 'b', '\n', '\r\n', '\r', '😀')).map((parts) => parts.join(''))
const lines = fc.array(fc.constantFrom('one', 'two', 'three', ''), { maxLength: 30 }).map((all) => all.join('\n'))

describe('Composition', () => {
  it('is what the edits come to one after another', () => {
    const step = fc.record({ at: fc.nat(), size: fc.nat(5), text: someText })
    fc.assert(
      fc.property(someText, fc.array(step, { maxLength: 12 }), (base, steps) => {
        const composition = new Composition(base.length)
        let text = base
        for (const { at, size, text: added } of steps) {
          const start = at % (text.length + 1)
          const edits = [{ start, end: Math.min(text.length, start + size), text: added }]
          composition.add(edits)
          text = applyEdits(text, edits)
        }
        expect(applyEdits(base, ordered(composition.edits(), base.length))).toBe(text)
      }),
      runs,
    )
  })
})

describe('ordered', () => {
  it('keeps the order of inserts at one place, and refuses what overlaps or lies outside', () => {
    const at = (start: number, end: number, text = '') => ({ start, end, text })
    expect(applyEdits('ab', ordered([at(1, 1, 'x'), at(1, 1, 'y')], 2))).toBe('axyb')
    expect(() => ordered([at(0, 2), at(1, 2)], 2)).toThrow(RangeError)
    expect(() => ordered([at(0, 3)], 2)).toThrow(RangeError)
  })
})

describe('replaceWhole', () => {
  it('makes exactly the content, and leaves alone what is shared', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        expect(applyEdits(before, replaceWhole(before, after).edits)).toBe(after)
      }),
      runs,
    )
    expect(replaceWhole('a\nb\nc\nd\n', 'a\nB\nc\nD\n').edits).toEqual([
      { start: 2, end: 3, text: 'B' },
      { start: 6, end: 7, text: 'D' },
    ])
  })
  it('never cuts a surrogate pair', () => {
    expect(trimmed({ start: 0, end: 2, text: '😁' }, '😀')).toEqual({ start: 0, end: 2, text: '😁' })
  })
})

describe('bytes', () => {
  it('are the same after decoding and encoding', () => {
    const encodings = fc.constantFrom('utf8' as const, 'utf8bom' as const, 'utf16le' as const, 'utf16be' as const)
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), encodings, (text, encoding) => {
        if (text.startsWith('\uFEFF')) return
        const bytes = encode({ text, encoding })
        expect(decode(bytes)).toEqual({ text, encoding })
      }),
      runs,
    )
  })
  it('that are no UTF-8 are not decoded', () => {
    expect(decode(new Uint8Array([0x63, 0xe9]))).toBeUndefined()
  })
  it('keep every line ending outside of an edit', () => {
    fc.assert(
      fc.property(rawText, fc.nat(), fc.nat(3), someText, (raw, at, size, added) => {
        const text = normalise(raw)
        const start = at % (text.length + 1)
        const after = applyEdits(text, [{ start, end: Math.min(text.length, start + size), text: added }])
        const result = withEndingsOf(raw, after)
        expect(normalise(result)).toBe(after)
      }),
      runs,
    )
    expect(withEndingsOf('a\r\nb\nc\rd', 'a\nB\nB2\nc\nD')).toBe('a\r\nB\nB2\nc\rD')
    expect(withEndingsOf('a\r\nb', 'a\nb\nc')).toBe('a\r\nb\r\nc')
  })
  it('have mixed endings when an editor would change them', () => {
    const mixed = ['a\r\nb\n', 'a\rb', 'a\r\r\n'].map(hasMixedEndings)
    expect([...mixed, ...['a', 'a\nb\n', 'a\r\nb\r\n'].map(hasMixedEndings)]).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ])
  })
})

describe('lineDiff', () => {
  it('counts and numbers the lines of both sides, with three lines around them', () => {
    const before = ['1', '2', '3', '4', '5', '6', '7', '8', '9', ''].join('\n')
    const { added, removed, diff } = lineDiff(before, before.replace('5', 'five\nfive and a half'))
    expect([added, removed]).toEqual([2, 1])
    expect(diff.map(({ kind, line, text }) => `${kind} ${line} ${text}`)).toEqual([
      'context 2 2',
      'context 3 3',
      'context 4 4',
      'removed 5 5',
      'added 5 five',
      'added 6 five and a half',
      'context 7 6',
      'context 8 7',
      'context 9 8',
    ])
  })
  it('tells the later text when it is given the earlier one', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const { added, removed, diff, omitted } = lineDiff(before, after)
        if (omitted > 0) return
        expect(added - removed).toBe(after.split('\n').length - before.split('\n').length)
        const now = after.split('\n')
        const old = before.split('\n')
        for (const { kind, line, text } of diff) expect((kind === 'removed' ? old : now)[line - 1]).toBe(text)
      }),
      runs,
    )
  })
  it('is cut after 60 lines, and counts the rest', () => {
    const target = { path: '/a', asked: '/a', display: 'a', inside: true }
    const text = Array.from({ length: 100 }, (_, index) => `line ${index}\n`).join('')
    const change = describeChange(target, undefined, text)
    expect([change.kind, change.added, change.diff.length, change.omitted]).toEqual(['added', 100, 60, 40])
  })
  it('stays quick for texts that have nothing in common', () => {
    const many = (word: string) => Array.from({ length: 20_000 }, (_, index) => `${word} ${index}`).join('\n')
    expect(lineDiff(many('a'), many('b'))).toMatchObject({ added: 20_000, removed: 20_000 })
  })
})
