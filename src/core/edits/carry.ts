import type { TurnText } from '../sessions/turnTexts.ts'
import { align, linesOf } from './align.ts'
import { placesOf, replaceLines } from './place.ts'
import { applyEdits } from './textEdits.ts'

export interface Carried {
  text: string
  /** How many of the changes could not be made, since their lines are others there. */
  missed: number
}

/** Makes on `onto`, which has come of `from` too, the changes that make `to` of `from`. */
export function carry(from: string, to: string, onto: string): Carried {
  const changes = align(linesOf(from), linesOf(to))
  const wanted = linesOf(to)
  const places = placesOf(
    changes.map((change) => change.from),
    linesOf(from),
    linesOf(onto),
  )
  const free = changes.flatMap((change, index) => {
    const place = places[index]
    if (place === undefined || place.touching.length > 0) return []
    return [{ start: place.start, end: place.end, lines: wanted.slice(change.to.start, change.to.end) }]
  })
  return { text: applyEdits(onto, replaceLines(onto, free)), missed: changes.length - free.length }
}

/**
 * A turn's sides of a file from its edits, in order. What the user wrote between two of them counts as there before the
 * first, so that it is none of the turn's.
 */
export function sidesOf(edits: readonly TurnText[]): TurnText | undefined {
  const [first, ...later] = edits
  if (first === undefined) return undefined
  let { before, after } = first
  for (const edit of later) {
    if (before !== undefined && after !== undefined && edit.before !== undefined && edit.before !== after)
      before = carry(after, edit.before, before).text
    after = edit.after
  }
  return { before, after }
}
