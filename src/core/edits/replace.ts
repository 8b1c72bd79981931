import type { Failure, TextEdit } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import { Composition } from './composition.ts'
import { lineOf } from './lines.ts'
import { editsAt, looseOccurrences } from './loose.ts'
import { explainMiss } from './nearest.ts'
import { everywhere, lineList, occurrences } from './occurrences.ts'
import { applyEdits, normalise, trimmed } from './textEdits.ts'

export interface Replacement {
  oldText: string
  newText: string
  /** Replaces every place; otherwise there must be exactly one. */
  all?: boolean | undefined
}

/** Edits, and what was not taken to the letter to find their place, as a sentence. */
export interface Found {
  edits: TextEdit[]
  note?: string
}

/**
 * Replaces exact pieces of a text, each on the text that the ones before left: all of them, or a failure that says
 * which one does not fit and what the text has instead. Where there is no such piece, but one that differs only in the
 * white space at the ends of its lines, that is meant.
 */
export function replaceText(text: string, replacements: readonly Replacement[]): Found | Failure {
  const composition = new Composition(text.length)
  const notes: string[] = []
  let now = text
  for (const [index, replacement] of replacements.entries()) {
    const which = replacements.length === 1 ? '' : `Edit ${index + 1} of ${replacements.length}: `
    const found = replaceOne(now, replacement, which)
    if ('kind' in found) return explainedByEarlier(found, text, now, replacement, which)
    if (found.note !== undefined) notes.push(found.note)
    composition.add(found.edits)
    now = applyEdits(now, found.edits)
  }
  return { edits: composition.edits(), ...(notes.length > 0 && { note: notes.join(' ') }) }
}

function replaceOne(text: string, { oldText, newText, all }: Replacement, which: string): Found | Failure {
  const old = normalise(oldText)
  const wanted = normalise(newText)
  if (old === '')
    return failed('empty_old_text', `${which}old_text is empty. Give the text to replace, or use insert_text.`)
  if (old === wanted) return failed('no_change', `${which}old_text and new_text are the same. Leave this edit out.`)
  const found = all === true ? occurrences(text, old) : everywhere(text, old)
  if (found.length === 0) return replaceLoosely(text, old, wanted, which)
  if (found.length > 1 && all !== true) return ambiguous(text, found, which)
  return { edits: found.map((start) => trimmed({ start, end: start + old.length, text: wanted }, text)) }
}

function replaceLoosely(text: string, old: string, wanted: string, which: string): Found | Failure {
  const found = looseOccurrences(text, old)
  const [place] = found
  if (place === undefined) {
    const done = alreadyThere(text, wanted)
    return failed('not_matched', `${which}old_text is not in the file. ${done ?? explainMiss(text, old)} ${UNCHANGED}`)
  }
  if (found.length > 1) {
    const starts = found.map(({ start }) => start)
    return ambiguous(text, starts, which)
  }
  const at = `${which}Line ${lineOf(text, place.start)} and following`
  return { edits: editsAt(text, place, old, wanted), note: `${at} matched but for white space at the ends of lines.` }
}

const UNCHANGED = 'Nothing was changed.'

function ambiguous(text: string, found: readonly number[], which: string): Failure {
  const places = `${found.length} places, at lines ${lineList(text, found)}`
  const message = `${which}old_text is in ${places}. Give more of the text around it, or set all. ${UNCHANGED}`
  return failed('ambiguous', message)
}

const SHORTEST_TELLING = 12

/** Whether an edit seems to have been made already. */
function alreadyThere(text: string, wanted: string): string | undefined {
  const at = wanted.trim().length < SHORTEST_TELLING ? -1 : text.indexOf(wanted)
  return at === -1 ? undefined : `But new_text is there, at line ${lineOf(text, at)}: this edit may be made already.`
}

/** A piece that was there until an earlier edit of the same call changed it. */
function explainedByEarlier(
  failure: Failure,
  before: string,
  now: string,
  { oldText }: Replacement,
  which: string,
): Failure {
  if (failure.code !== 'not_matched' || before === now || !before.includes(normalise(oldText))) return failure
  const why = 'old_text was in the file until an edit before this one changed it'
  const how = 'Make one edit of the two, or give old_text as the edits before leave it.'
  return failed('not_matched', `${which}${why}. ${how} ${UNCHANGED}`)
}
