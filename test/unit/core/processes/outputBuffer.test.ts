import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { OutputBuffer } from '../../../../src/core/processes/outputBuffer.ts'
import { OutputFiles } from '../../../../src/core/processes/outputFiles.ts'

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
  const chunk = `${'x'.repeat(99)}\n`.repeat(640)
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  for (let at = 0; at < 1_600; at++) buffer.add(Buffer.from(chunk))
  buffer.end()
  expect(Buffer.byteLength(buffer.text())).toBeLessThan(31_000)
  expect(process.memoryUsage().rss - before).toBeLessThan(80 * 1024 * 1024)
})

test('what was read is not read again, wherever it was cut; a line that has not ended comes again when it has', () => {
  const buffer = new OutputBuffer(1_000)
  const read = (text: string): string => {
    buffer.add(Buffer.from(text))
    return buffer.unread()
  }
  expect(read('one\ntw')).toBe('one\ntw')
  expect(read('')).toBe('')
  expect(read('o\n')).toBe('two\n')
  const long = Array.from({ length: 500 }, (_, at) => `line ${at}\n`).join('')
  const first = read(long)
  expect(first.startsWith('line 0\n')).toBe(true)
  expect(first).toContain(' left out …\n')
  expect(first.endsWith('line 499\n')).toBe(true)
  expect(read('end\n')).toBe('end\n')
})

test('reads in pieces are the whole, as long as each fits', () => {
  const pieces = fc.array(fc.stringMatching(/^[a-zé\n]{0,30}$/), { maxLength: 60 })
  const property = fc.property(pieces, (texts) => {
    const buffer = new OutputBuffer(400)
    const all = texts.map((text) => `${text}\n`)
    let read = ''
    for (const text of all) {
      buffer.add(Buffer.from(text))
      read += buffer.unread()
    }
    expect(read).toBe(all.join(''))
  })
  fc.assert(property, { seed: 11, numRuns: 200 })
})

test('what is too long for memory is whole in a file, which goes with its folder', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'outputs-'))
  const files = new OutputFiles(join(parent, 'out'))
  const buffer = new OutputBuffer(1_000, files)
  buffer.add(Buffer.from('short\n'))
  expect(await readdir(parent)).toEqual([])
  const lines = Array.from({ length: 2_000 }, (_, at) => `line ${at}\n`)
  for (const line of lines) buffer.add(Buffer.from(line))
  const [, path = ''] = / left out; all of it is in (\S+) …\n/.exec(buffer.text()) ?? []
  await expect.poll(() => readFile(path, 'utf8')).toBe(`short\n${lines.join('')}`)
  await files.dispose()
  expect(await readdir(parent)).toEqual([])
  await rm(parent, { recursive: true })
})

test('a file has an end, says so, and holds its writer back', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'outputs-'))
  const files = new OutputFiles(join(parent, 'out'))
  const buffer = new OutputBuffer(1_000, files)
  const chunk = `${'x'.repeat(1_023)}\n`.repeat(1_024)
  let waits = 0
  for (let at = 0; at < 40; at++) {
    buffer.add(Buffer.from(chunk))
    const { full } = buffer
    if (full !== undefined) waits++
    await full
  }
  expect(waits).toBeGreaterThan(10)
  const [, path = ''] = /; the first 32 MB are in (\S+) …/.exec(buffer.text()) ?? []
  expect((await readFile(path)).length).toBe(32 * 1024 * 1024)
  await files.dispose()
  await rm(parent, { recursive: true })
})

test('a folder that cannot be written is told in the text', async () => {
  const files = new OutputFiles('/proc/none')
  const buffer = new OutputBuffer(1_000, files)
  buffer.add(Buffer.from('x\n'.repeat(2_000)))
  expect(buffer.text()).toMatch(/left out; it could not be kept: ENOENT/)
  expect(buffer.full).toBeUndefined()
  await files.dispose()
})

test('of a flood head and tail are right, all is counted, and what is read is cleaned', () => {
  const buffer = new OutputBuffer(1_000)
  buffer.add(Buffer.from('first\n'))
  const chunk = `${'x'.repeat(1_023)}\n`.repeat(1_024)
  for (let at = 0; at < 45; at++) buffer.add(Buffer.from(chunk))
  expect(buffer.unread()).toContain(' lines (')
  buffer.add(Buffer.from('\u001b[31mred\u001b[0m\n1%\r2%\r100%\r\nlast\n'))
  expect(buffer.unread()).toBe('red\n100%\nlast\n')
  const text = buffer.text()
  expect(text.startsWith('first\nxxx')).toBe(true)
  expect(text.endsWith('red\n100%\nlast\n')).toBe(true)
  expect(buffer.lastLines(2)).toEqual(['100%', 'last'])
  const [, left = 0] = /… (\d+) lines \(/.exec(text) ?? []
  expect(Number(left)).toBeGreaterThan(45 * 1_024 - 5)
})
