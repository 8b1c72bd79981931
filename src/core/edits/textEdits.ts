import type { TextEdit } from '../ports.ts'

/**
 * The edits in order, line endings `\n`. Inserts at one offset keep their order.
 *
 * @throws {RangeError} when they overlap or lie outside a text of this length
 */
export function ordered(edits: readonly TextEdit[], length: number): TextEdit[] {
  const sorted = edits
    .map(({ start, end, text }) => ({ start, end, text: normalise(text) }))
    .sort((a, b) => a.start - b.start || a.end - b.end)
  let at = 0
  for (const { start, end } of sorted) {
    if (start < at || end < start || end > length) throw new RangeError(`edit [${start}, ${end}) does not fit`)
    at = end
  }
  return sorted
}

/** The text after the edits, which `ordered` has put in order. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = []
  let at = 0
  for (const edit of edits) {
    parts.push(text.slice(at, edit.start), edit.text)
    at = edit.end
  }
  parts.push(text.slice(at))
  return parts.join('')
}

/** With `\n` line endings, as every text in the core has. */
export function normalise(text: string): string {
  return text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text
}

/** The edit without what it leaves as it is at either end, so that cursors and markers there stay. */
export function trimmed(edit: TextEdit, text: string): TextEdit {
  const old = text.slice(edit.start, edit.end)
  const prefix = commonPrefix(old, edit.text)
  const suffix = commonSuffix(old.slice(prefix), edit.text.slice(prefix))
  const newEnd = edit.text.length - suffix
  return { start: edit.start + prefix, end: edit.end - suffix, text: edit.text.slice(prefix, newEnd) }
}

const CHUNK = 1024

/** Length of the common beginning in UTF-16 units; never between the halves of a surrogate pair. */
export function commonPrefix(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  let at = 0
  while (at + CHUNK <= most && a.slice(at, at + CHUNK) === b.slice(at, at + CHUNK)) at += CHUNK
  while (at < most && a.charCodeAt(at) === b.charCodeAt(at)) at++
  return at > 0 && isHigh(a.charCodeAt(at - 1)) ? at - 1 : at
}

/** Length of the common end; see `commonPrefix`. */
export function commonSuffix(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  let size = 0
  while (size + CHUNK <= most && endOf(a, size) === endOf(b, size)) size += CHUNK
  while (size < most && a.charCodeAt(a.length - 1 - size) === b.charCodeAt(b.length - 1 - size)) size++
  return size > 0 && isLow(a.charCodeAt(a.length - size)) ? size - 1 : size
}

function endOf(text: string, size: number): string {
  return text.slice(text.length - size - CHUNK, text.length - size)
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}
