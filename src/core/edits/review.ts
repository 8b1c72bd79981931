import { hash } from 'node:crypto'
import type { HunkVerdict } from '../../protocol/events.ts'
import type { TurnText } from '../sessions/turnTexts.ts'
import { align, type LineChange, type LineRange, linesOf } from './align.ts'
import { type Place, placesAlong, placesOf } from './place.ts'

/** Neighbouring lines that a turn changed. A file that it made or deleted is one hunk. */
export interface Hunk {
  /** Names it by its content, so that it is the same after a reload. */
  id: string
  kind: 'lines' | 'added' | 'deleted'
  before: LineRange
  after: LineRange
  removed: readonly string[]
  added: readonly string[]
}

/** A hunk in the text as it is now. */
export interface PlacedHunk {
  hunk: Hunk
  verdict: HunkVerdict | undefined
  /** Its lines now, from 0. */
  place: LineRange
  /**
   * `intact`: as the turn left it, or as its rejection did. `edited`: changed since. `flipped`: the other side of it
   * stands there, since it was undone, or its rejection was.
   */
  state: 'intact' | 'edited' | 'flipped'
  /** What was changed in it since. */
  touching: readonly LineChange[]
}

export type Verdicts = ReadonlyMap<string, HunkVerdict>

/** What a turn changed in a file, in order. */
export function hunksOf({ before, after }: TurnText): Hunk[] {
  if (before === after) return []
  const [old, now] = [linesOf(before), linesOf(after)]
  const kind = before === undefined ? 'added' : after === undefined ? 'deleted' : 'lines'
  const whole = { from: { start: 0, end: old.length }, to: { start: 0, end: now.length } }
  const seen = new Map<string, number>()
  return (kind === 'lines' ? align(old, now) : [whole]).map(({ from, to }) => {
    const [removed, added] = [old.slice(from.start, from.end), now.slice(to.start, to.end)]
    const print = hash('sha256', JSON.stringify([kind, removed, added]), 'base64url').slice(0, 16)
    const again = seen.get(print) ?? 0
    seen.set(print, again + 1)
    return { id: again === 0 ? print : `${print}-${again}`, kind, before: from, after: to, removed, added }
  })
}

/** The hunks where they stand in the text as it is now, moved by what was changed since. */
export function placeHunks(
  sides: TurnText,
  hunks: readonly Hunk[],
  current: string | undefined,
  verdicts: Verdicts,
): PlacedHunk[] {
  const [only] = hunks
  if (only !== undefined && only.kind !== 'lines') return [placeFile(sides, only, current, verdicts.get(only.id))]
  const [after, now] = [linesOf(sides.after), linesOf(current)]
  const isRejected = ({ id }: Hunk): boolean => verdicts.get(id) === 'rejected'
  const { lines, places } = expected(after, hunks, isRejected)
  const changes = align(lines, now)
  const found = placesAlong(places, changes)
  const isDoubtful = (index: number): boolean => isNear(found[index], places[index], changes)
  const flipped = flips(after, now, hunks, isRejected, isDoubtful)
  return hunks.map((hunk, index) => {
    const verdict = verdicts.get(hunk.id)
    const { start, end, touching } = found[index] ?? { start: 0, end: 0, touching: [] }
    const other = flipped.get(hunk)
    if (other !== undefined) return { hunk, verdict, place: other, state: 'flipped', touching: [] }
    if (touching.length === 0) return { hunk, verdict, place: { start, end }, state: 'intact', touching }
    const isGone = start === end && (isRejected(hunk) ? hunk.added : hunk.removed).length === 0
    return { hunk, verdict, place: { start, end }, state: isGone ? 'flipped' : 'edited', touching }
  })
}

/**
 * What the text itself says of verdicts: a hunk that was undone is rejected, and one whose rejection was undone is open
 * again.
 */
export function verdictsOfText(placed: readonly PlacedHunk[]): { id: string; verdict: HunkVerdict | 'open' }[] {
  return placed
    .filter(({ state, verdict }) => state === 'flipped' && verdict !== 'accepted')
    .map(({ hunk: { id }, verdict }) => ({ id, verdict: verdict === 'rejected' ? 'open' : 'rejected' }))
}

/** Hunks that still need a verdict. */
export function openHunks(placed: readonly PlacedHunk[]): PlacedHunk[] {
  return placed.filter(({ state, verdict }) =>
    verdict === 'rejected' ? state === 'flipped' : verdict === undefined && state !== 'flipped',
  )
}

/** The text if nobody had changed it since but by rejections, and where the hunks are in it. */
function expected(
  after: readonly string[],
  hunks: readonly Hunk[],
  isRejected: (hunk: Hunk) => boolean,
): { lines: string[]; places: LineRange[] } {
  const parts: (readonly string[])[] = []
  const places: LineRange[] = []
  let [at, size] = [0, 0]
  for (const hunk of hunks) {
    const kept = after.slice(at, hunk.after.start)
    const own = isRejected(hunk) ? hunk.removed : hunk.added
    const start = size + kept.length
    parts.push(kept, own)
    places.push({ start, end: start + own.length })
    size = start + own.length
    at = hunk.after.end
  }
  return { lines: [...parts, after.slice(at)].flat(), places }
}

/** Of hunks whose lines are not what they were, those whose other side stands in the text, and where. */
function flips(
  after: readonly string[],
  now: readonly string[],
  hunks: readonly Hunk[],
  isRejected: (hunk: Hunk) => boolean,
  isDoubtful: (index: number) => boolean,
): Map<Hunk, LineRange> {
  const doubtful = new Set(hunks.filter((_, index) => isDoubtful(index)))
  if (doubtful.size === 0) return new Map()
  const { lines, places } = expected(after, hunks, (hunk) => isRejected(hunk) !== doubtful.has(hunk))
  const found = placesOf(places, lines, now)
  return new Map(
    hunks.flatMap((hunk, index): [Hunk, LineRange][] => {
      const { start = 0, end = 0, touching = [] } = found[index] ?? {}
      return doubtful.has(hunk) && start < end && touching.length === 0 ? [[hunk, { start, end }]] : []
    }),
  )
}

/** Whether lines of a hunk were changed, or next to the point where it has none. */
function isNear(place: Place | undefined, range: LineRange | undefined, changes: readonly LineChange[]): boolean {
  if (place === undefined || range === undefined) return false
  if (place.touching.length > 0) return true
  return range.start === range.end && changes.some(({ from }) => from.start <= range.start && from.end >= range.start)
}

function placeFile(
  { before, after }: TurnText,
  hunk: Hunk,
  current: string | undefined,
  verdict: HunkVerdict | undefined,
): PlacedHunk {
  const [own, other] = verdict === 'rejected' ? [before, after] : [after, before]
  const place = { start: 0, end: linesOf(current).length }
  if (current === own) return { hunk, verdict, place, state: 'intact', touching: [] }
  if (current === other) return { hunk, verdict, place, state: 'flipped', touching: [] }
  const touching = align(linesOf(own), linesOf(current))
  return { hunk, verdict, place, state: 'edited', touching }
}
