import type { TextEdit } from '../ports.ts'
import type { TurnText } from '../sessions/turnTexts.ts'
import { type LineChange, type LineRange, linesOf } from './align.ts'
import { replaceLines } from './place.ts'
import type { PlacedHunk } from './review.ts'

/** What takes hunks back from a text and leaves all else in place. */
export interface Rejection {
  /** The hunks that it takes back. */
  ids: string[]
  change: { kind: 'none' } | { kind: 'edit'; edits: TextEdit[] } | { kind: 'create'; text: string } | { kind: 'remove' }
  /** Hunks that cannot be taken back without the user's own lines, from 0. */
  conflicts: { id: string; lines: LineRange }[]
}

/**
 * Three-way: of the text as it is now, only the hunks' own lines go. One in which the user has written is left alone and
 * named; where the user has only deleted in it, or put back what was there before, nothing is lost.
 */
export function rejection(
  { before }: TurnText,
  placed: readonly PlacedHunk[],
  current: string | undefined,
  ids: ReadonlySet<string>,
): Rejection {
  const asked = placed.filter(({ hunk }) => ids.has(hunk.id))
  const standing = asked.filter(({ state, verdict }) => (state === 'flipped') === (verdict === 'rejected'))
  const now = linesOf(current)
  const free = standing.filter((placedHunk) => isFree(placedHunk, now))
  const conflicts = standing.filter((placedHunk) => !free.includes(placedHunk))
  const stuck = new Set(conflicts.map(({ hunk }) => hunk.id))
  return {
    ids: asked.map(({ hunk }) => hunk.id).filter((id) => !stuck.has(id)),
    change: changeOf(before, free, current),
    conflicts: conflicts.map(({ hunk, place, touching }) => ({ id: hunk.id, lines: written(touching) ?? place })),
  }
}

function changeOf(
  before: string | undefined,
  free: readonly PlacedHunk[],
  current: string | undefined,
): Rejection['change'] {
  const [only] = free
  if (only === undefined) return { kind: 'none' }
  if (only.hunk.kind === 'added') return { kind: 'remove' }
  if (current === undefined) return { kind: 'create', text: before ?? '' }
  const replacements = free.map(({ hunk, place }) => ({ ...place, lines: hunk.removed }))
  return { kind: 'edit', edits: replaceLines(current, replacements) }
}

/** Whether it can be taken back without a line that the user has written. */
function isFree({ hunk, state, touching }: PlacedHunk, now: readonly string[]): boolean {
  if (state !== 'edited') return true
  const own = touching.flatMap(({ to }) => now.slice(to.start, to.end))
  return own.length === 0 || (hunk.kind === 'lines' && isWithin(own, hunk.removed))
}

/** Whether the lines are there in this order, maybe with others between. */
function isWithin(lines: readonly string[], others: readonly string[]): boolean {
  let at = 0
  for (const other of others) if (lines[at] === other) at++
  return at >= lines.length
}

/** From the first line that the user wrote to the last. */
function written(touching: readonly LineChange[]): LineRange | undefined {
  const own = touching.filter(({ to }) => to.end > to.start)
  const [first, last] = [own[0], own.at(-1)]
  return first && last && { start: first.to.start, end: last.to.end }
}
