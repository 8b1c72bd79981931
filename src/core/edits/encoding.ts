import { isUtf8 } from 'node:buffer'
import type { TextEdit } from '../ports.ts'
import { lineEdits } from './lines.ts'
import { normalise } from './textEdits.ts'

/** Encodings that a file's bytes tell by themselves. The names are VS Code's. */
export type Encoding = 'utf8' | 'utf8bom' | 'utf16le' | 'utf16be'

export interface Decoded {
  /** Without BOM, line endings as they are. */
  text: string
  encoding: Encoding
}

/** Undefined for bytes of another encoding. */
export function decode(bytes: Uint8Array): Decoded | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe && bytes.length % 2 === 0) {
    return { text: utf16(bytes.subarray(2)), encoding: 'utf16le' }
  }
  if (bytes[0] === 0xfe && bytes[1] === 0xff && bytes.length % 2 === 0) {
    return { text: utf16(swapped(bytes.subarray(2))), encoding: 'utf16be' }
  }
  if (!isUtf8(bytes)) return undefined
  const hasBom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  const text = buffer(hasBom ? bytes.subarray(3) : bytes).toString('utf8')
  return { text, encoding: hasBom ? 'utf8bom' : 'utf8' }
}

export function encode({ text, encoding }: Decoded): Uint8Array {
  switch (encoding) {
    case 'utf8':
      return Buffer.from(text)
    case 'utf8bom':
      return Buffer.from(`\uFEFF${text}`)
    case 'utf16le':
      return Buffer.from(`\uFEFF${text}`, 'utf16le')
    case 'utf16be':
      return swapped(Buffer.from(`\uFEFF${text}`, 'utf16le'))
  }
}

/** A file with NUL bytes near its beginning is no text, unless they are halves of UTF-16. */
export function isBinary(bytes: Uint8Array): boolean {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  return !isUtf16 && bytes.subarray(0, 64 * 1024).includes(0)
}

/** Whether an editor that knows one line ending a file would change this text by saving it. */
export function hasMixedEndings(raw: string): boolean {
  const normal = normalise(raw)
  return raw !== normal && raw !== normal.replaceAll('\n', '\r\n')
}

/** `raw` made to say `text`, its line endings kept where the lines are the same; new lines end like their neighbours. */
export function withEndingsOf(raw: string, text: string): string {
  const normal = normalise(raw)
  return applyRaw(raw, lineEdits(normal, text))
}

/** Applies edits in coordinates of the normalised text to the text as it is. */
function applyRaw(raw: string, edits: readonly TextEdit[]): string {
  const map = offsetMap(raw)
  let result = ''
  let at = 0
  for (const { start, end, text } of edits) {
    const from = map(start)
    const to = map(end)
    result = joined(joined(result, raw.slice(at, from)), text.replaceAll('\n', endingNear(raw, from)))
    at = to
  }
  return joined(result, raw.slice(at))
}

/** Two line breaks that meet do not become one. */
function joined(a: string, b: string): string {
  return a.endsWith('\r') && b.startsWith('\n') ? `${a}\n${b}` : a + b
}

/** From offsets of the normalised text to those of `raw`; to be asked in ascending order. */
function offsetMap(raw: string): (offset: number) => number {
  let extra = 0
  let next = raw.indexOf('\r\n')
  return (offset) => {
    while (next !== -1 && next - extra < offset) {
      extra++
      next = raw.indexOf('\r\n', next + 2)
    }
    return offset + extra
  }
}

/** The ending of the line that holds `offset`, or of the line before where that is the last. */
function endingNear(raw: string, offset: number): string {
  const after = /\r\n|\r|\n/.exec(raw.slice(offset, offset + 10_000))?.[0]
  return after ?? /(\r\n|\r|\n)[^\r\n]*$/.exec(raw.slice(Math.max(0, offset - 10_000), offset))?.[1] ?? '\n'
}

function utf16(bytes: Uint8Array): string {
  return buffer(bytes).toString('utf16le')
}

function swapped(bytes: Uint8Array): Uint8Array {
  return Buffer.from(bytes).swap16()
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
