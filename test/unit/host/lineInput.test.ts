import { expect, test } from 'vitest'
import { LineInput } from '../../../src/host/lineInput.ts'

function typed(...keys: string[]) {
  const lines: string[] = []
  let shown = ''
  let interrupts = 0
  const input = new LineInput({
    echo: (text) => (shown += text),
    line: (text) => lines.push(text),
    interrupt: () => interrupts++,
  })
  for (const key of keys) input.add(key)
  return { lines, shown, interrupts }
}

test('gives lines, and shows what is typed', () => {
  expect(typed('h', 'i', '\r', 'pasted\r\nin two\r')).toEqual({
    lines: ['hi\n', 'pasted\n', 'in two\n'],
    shown: 'hi\r\npasted\r\nin two\r\n',
    interrupts: 0,
  })
})

test('Backspace takes back whole characters and nothing before the line', () => {
  expect(typed('a𝄞', '\u007f', 'b', '\r', '\u007f')).toMatchObject({ lines: ['ab\n'], shown: 'a𝄞\b \bb\r\n' })
})

test('Ctrl+D closes the input, Ctrl+C interrupts, other keys do nothing', () => {
  expect(typed('x', '\u0004')).toMatchObject({ lines: ['x\u0004'] })
  expect(typed('\u0003')).toMatchObject({ lines: [], interrupts: 1 })
  expect(typed('\u001b[A', '\u001bOP', '\u001b', '\u0007', 'a\r')).toMatchObject({ lines: ['a\n'], shown: 'a\r\n' })
})
