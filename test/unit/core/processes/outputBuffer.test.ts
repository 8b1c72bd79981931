import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { OutputBuffer } from '../../../../src/core/processes/outputBuffer.ts'

function cleaned(chunks: (string | Buffer)[], limit = 30_000): string {
  const buffer = new OutputBuffer(limit)
  for (const chunk of chunks) buffer.add(Buffer.from(chunk))
  buffer.end()
  return buffer.text()
}

test('colours, titles, links and other control sequences are taken out', () => {
  const text =
    '\u001b[1;31mred\u001b[0m \u001b]0;title\u0007\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\ \u001b(B\u0000end\n'
  expect(cleaned([text])).toBe('red link end\n')
})

test('a progress line that draws itself again leaves what it said last', () => {
  expect(cleaned(['10%\r20%\r100%\ndone\r\n', 'abc\b\bxy\n'])).toBe('100%\ndone\naxy\n')
})

test('the result does not depend on where chunks are cut', () => {
  const whole = Buffer.from('é\u001b[31m日本\u001b[0m\r\n1%\r2%\r\n\u001b]0;t\u001b\\𝄞 end\r\nlast')
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: whole.length - 1 }), { maxLength: 12 })
  const property = fc.property(cuts, (at) => {
    const borders = [0, ...at.toSorted((a, b) => a - b), whole.length]
    const chunks = borders.slice(1).map((end, index) => whole.subarray(borders[index], end))
    expect(cleaned(chunks)).toBe('é日本\n2%\n𝄞 end\nlast')
  })
  fc.assert(property, { seed: 7, numRuns: 300 })
})

test('short output is whole, long output keeps head and tail and says what is left out', () => {
  const lines = Array.from({ length: 10_000 }, (_, at) => `line ${at}\n`)
  expect(cleaned(lines.slice(0, 20), 1_000)).toBe(lines.slice(0, 20).join(''))
  const text = cleaned(lines, 1_000)
  expect(Buffer.byteLength(text)).toBeLessThan(1_100)
  expect(text.startsWith('line 0\nline 1\n')).toBe(true)
  expect(text.endsWith('line 9998\nline 9999\n')).toBe(true)
  const [, left] = /\n… (\d+) lines \(\d+ KB\) left out …\n/.exec(text) ?? []
  expect(Number(left) + text.trimEnd().split('\n').length - 1).toBe(10_000)
})

test('one endless line is cut between characters', () => {
  const text = cleaned(['日本語'.repeat(100_000)], 1_000)
  expect(text).not.toContain('\uFFFD')
  expect(Buffer.byteLength(text)).toBeLessThan(1_100)
})

test('what it keeps does not grow with what it is given', () => {
  const buffer = new OutputBuffer(30_000)
  const chunk = Buffer.from(`${'x'.repeat(99)}\n`.repeat(640))
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  for (let at = 0; at < 1_600; at++) buffer.add(chunk)
  buffer.end()
  expect(Buffer.byteLength(buffer.text())).toBeLessThan(31_000)
  expect(process.memoryUsage().rss - before).toBeLessThan(80 * 1024 * 1024)
})
