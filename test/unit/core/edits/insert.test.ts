import { describe, expect, it } from 'vitest'
import { insertText, type Insertion } from '../../../../src/core/edits/insert.ts'
import { applyEdits } from '../../../../src/core/edits/textEdits.ts'

function inserted(text: string | undefined, insertion: Insertion): string {
  const result = insertText(text, insertion)
  return 'kind' in result ? `${result.code}: ${result.message}` : applyEdits(text ?? '', result.edits)
}

describe('insertText', () => {
  it.each([
    ['a\nb\n', { text: 'x', line: 1 }, 'x\na\nb\n'],
    ['a\nb\n', { text: 'x\n', line: 2 }, 'a\nx\nb\n'],
    ['a\nb\n', { text: 'x', line: 3 }, 'a\nb\nx\n'],
    ['a\nb', { text: 'x', line: 3 }, 'a\nb\nx'],
    ['a\nb', { text: 'x\n' }, 'a\nb\nx\n'],
    ['a\n', { text: 'x' }, 'a\nx\n'],
    ['', { text: 'x' }, 'x'],
    [undefined, { text: 'x\r\ny\r\n' }, 'x\ny\n'],
    [undefined, { text: 'x', line: 1 }, 'x'],
    ['a b\nc\n', { text: 'x', after: 'a' }, 'a b\nx\nc\n'],
    ['a\nb', { text: 'x', after: 'b' }, 'a\nb\nx'],
    ['a\nb\nc\n', { text: 'x', after: 'a\nb\n' }, 'a\nb\nx\nc\n'],
  ])('%j with %j is %j', (text, insertion, result) => {
    expect(inserted(text, insertion)).toBe(result)
  })
  it.each([
    [{ text: 'x', line: 4 }, 'out_of_range: There is no line 4: the file has 2. Give 1 to 3'],
    [{ text: 'x', line: 0 }, 'out_of_range'],
    [{ text: 'x', after: 'none' }, 'not_matched'],
    [{ text: 'x', after: '\n' }, 'ambiguous: after is in 2 places, at lines 1 and 2'],
    [{ text: 'x', after: '' }, 'invalid_input'],
    [{ text: 'x', after: 'a', line: 1 }, 'invalid_input'],
  ])('%j fails and says why', (insertion, message) => {
    expect(inserted('a\nb\n', insertion)).toContain(message)
  })
})
