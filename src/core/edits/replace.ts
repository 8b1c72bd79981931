import type { Failure, TextEdit } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import { Composition } from './composition.ts'
import { explainMiss } from './nearest.ts'
import { lineList, occurrences } from './occurrences.ts'
import { applyEdits, normalise, trimmed } from './textEdits.ts'

export interface Replacement {
  oldText: string
  newText: string
  /** Replaces every place; otherwise there must be exactly one. */
  all?: boolean | undefined
}

/**
 * Replaces exact pieces of a text, each on the text that the ones before left: all of them, or a failure that says
 * which one does not fit and what the text has instead.
 */
export function replaceText(text: string, replacements: readonly Replacement[]): { edits: TextEdit[] } | Failure {
  const composition = new Composition(text.length)
  let now = text
  for (const [index, replacement] of replacements.entries()) {
    const which = replacements.length === 1 ? '' : `Edit ${index + 1} of ${replacements.length}: `
    const found = replaceOne(now, replacement, which)
    if ('kind' in found) return found
    composition.add(found.edits)
    now = applyEdits(now, found.edits)
  }
  return { edits: composition.edits() }
}

function replaceOne(
  text: string,
  { oldText, newText, all }: Replacement,
  which: string,
): { edits: TextEdit[] } | Failure {
  const old = normalise(oldText)
  const wanted = normalise(newText)
  if (old === '')
    return failed('empty_old_text', `${which}old_text is empty. Give the text to replace, or use insert_text.`)
  if (old === wanted) return failed('no_change', `${which}old_text and new_text are the same. Leave this edit out.`)
  const found = occurrences(text, old)
  const [first] = found
  if (first === undefined)
    return failed('not_matched', `${which}old_text is not in the file. ${explainMiss(text, old)} Nothing was changed.`)
  if (found.length > 1 && all !== true) {
    const places = `${found.length} places, at lines ${lineList(text, found)}`
    return failed(
      'ambiguous',
      `${which}old_text is in ${places}. Give more of the text around it, or set all. Nothing was changed.`,
    )
  }
  return { edits: found.map((start) => trimmed({ start, end: start + old.length, text: wanted }, text)) }
}
