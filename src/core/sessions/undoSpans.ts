import { diff3Merge } from 'node-diff3'
import type { Span } from './checkpoint.ts'

/** A text with `\n`; undefined where there is no file. */
export type Text = string | undefined

export type Undone =
  /** `merged`: with somebody else's changes in it. */
  | { kind: 'undone'; text: Text; merged: boolean }
  /** It cannot be without losing somebody else's changes. */
  | { kind: 'conflict'; why: string }

/** Takes changes back out of a text, the last one first, and leaves what others changed between them and since. */
export function undoSpans(now: Text, spans: readonly Span<Text>[]): Undone {
  let text = now
  let merged = false
  for (const { before, after } of spans.toReversed()) {
    if (text === before) continue
    if (text === after) {
      text = before
      continue
    }
    if (text === undefined) return conflict('it was deleted since')
    if (before === undefined) return conflict('it was created then, and changed since')
    if (after === undefined) return conflict('it was deleted then, and another one stands in its place')
    const undone = merge(text, after, before)
    if (undone === undefined) return conflict('the same lines were changed since')
    text = undone
    merged = true
  }
  return { kind: 'undone', text, merged }
}

/** Undefined where both changed the same lines. */
function merge(mine: string, base: string, theirs: string): string | undefined {
  const [a, o, b] = [mine, base, theirs].map((text) => text.split('\n'))
  if (a === undefined || o === undefined || b === undefined) return undefined
  const regions = diff3Merge(a, o, b)
  const lines: string[] = []
  for (const region of regions) {
    if (region.ok === undefined) return undefined
    for (const line of region.ok) lines.push(line)
  }
  return lines.join('\n')
}

function conflict(why: string): Undone {
  return { kind: 'conflict', why }
}
