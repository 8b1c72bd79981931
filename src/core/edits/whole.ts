import type { TextEdit } from '../ports.ts'
import { lineEdits } from './lines.ts'
import { normalise, trimmed } from './textEdits.ts'

/** Edits that make a text exactly `content`, leaving alone what they share, so that cursors and markers stay. */
export function replaceWhole(text: string | undefined, content: string): { edits: TextEdit[] } {
  const wanted = normalise(content.startsWith('\uFEFF') ? content.slice(1) : content)
  const before = text ?? ''
  return { edits: lineEdits(before, wanted).map((edit) => trimmed(edit, before)) }
}
