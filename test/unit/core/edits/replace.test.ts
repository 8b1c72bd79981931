import { describe, expect, it } from 'vitest'
import { replaceText, type Replacement } from '../../../../src/core/edits/replace.ts'
import { applyEdits } from '../../../../src/core/edits/textEdits.ts'

function replaced(text: string, ...replacements: Replacement[]): string {
  const result = replaceText(text, replacements)
  return 'kind' in result ? `${result.code}: ${result.message}` : applyEdits(text, result.edits)
}

describe('replaceText', () => {
  it('replaces what is there exactly once', () => {
    expect(replaced('one two three', { oldText: 'two', newText: '2' })).toBe('one 2 three')
  })
  it('takes CRLF in its input for line breaks', () => {
    expect(replaced('a\nb\nc', { oldText: 'a\r\nb', newText: 'A\r\nB' })).toBe('A\nB\nc')
  })
  it('computes each edit on the text that the ones before left', () => {
    expect(replaced('a b', { oldText: 'a', newText: 'x' }, { oldText: 'x b', newText: 'y' })).toBe('y')
  })
  it('replaces every place when asked to', () => {
    expect(replaced('a-a-a', { oldText: 'a', newText: 'bb', all: true })).toBe('bb-bb-bb')
  })
  it('applies none when one does not fit', () => {
    const result = replaceText('a b', [
      { oldText: 'a', newText: 'x' },
      { oldText: 'c', newText: 'y' },
    ])
    expect(result).toMatchObject({ kind: 'failed', code: 'not_matched' })
    expect('message' in result && result.message).toContain('Edit 2 of 2')
  })
  it('names the lines of several places', () => {
    expect(replaced('a\nb\na\na', { oldText: 'a', newText: 'x' })).toMatch(
      /^ambiguous: .* 3 places, at lines 1, 3 and 4/,
    )
  })
  it.each([
    [
      '  if (x) {\n    go()\n  }',
      'if (x) {\n  go()\n}',
      'Line 1 differs only in the white space at its beginning or end',
    ],
    ['const a = b+c', 'const a = b + c', 'Line 1 differs only in white space'],
    ['x\nconst Name = 1', 'const name = 1', 'Line 2 differs only in upper and lower case'],
    ['say “yes”', 'say "yes"', 'characters that look alike'],
    ['first\nsecond line here\n', 'second line hers', 'The nearest line is 2'],
    ['a\nb\n', '     1\ta\n     2\tb', 'line numbers'],
    ['a\n', 'something quite different', 'Nothing in the file is like it'],
  ])('says what %j has instead of %j', (text, oldText, message) => {
    expect(replaced(text, { oldText, newText: '' })).toContain(message)
  })
  it('refuses an empty old text and an edit that changes nothing', () => {
    expect(replaced('a', { oldText: '', newText: 'x' })).toMatch(/^empty_old_text/)
    expect(replaced('a', { oldText: 'a', newText: 'a' })).toMatch(/^no_change/)
  })
  it('touches only what differs', () => {
    expect(replaceText('keep old keep', [{ oldText: 'keep old keep', newText: 'keep new keep' }])).toEqual({
      edits: [{ start: 5, end: 8, text: 'new' }],
    })
  })
})
