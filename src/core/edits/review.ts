import { hash } from 'node:crypto'
import type { HunkVerdict } from '../../protocol/events.ts'
import type { TurnText } from '../sessions/turnTexts.ts'
import { align, type LineChange, type LineRange, linesOf } from './align.ts'
import { type Place, placesAlong } from './place.ts'

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
  const now = linesOf(current)
  const { lines, places } = expected(linesOf(sides.after), hunks, verdicts)
  const changes = align(lines, now)
  const found = placesAlong(places, changes)
  return hunks.map((hunk, index) => {
    const place = found[index] ?? { start: 0, end: 0, touching: [] }
    const verdict = verdicts.get(hunk.id)
    const other = verdict === 'rejected' ? hunk.added : hunk.removed
    const flipped = flip(place, places[index], changes, other, now)
    if (flipped !== undefined) return { hunk, verdict, place: flipped, state: 'flipped', touching: [] }
    const { start, end, touching } = place
    return { hunk, verdict, place: { start, end }, state: touching.length === 0 ? 'intact' : 'edited', touching }
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
  verdicts: Verdicts,
): { lines: string[]; places: LineRange[] } {
  const parts: (readonly string[])[] = []
  const places: LineRange[] = []
  let [at, size] = [0, 0]
  for (const hunk of hunks) {
    const kept = after.slice(at, hunk.after.start)
    const own = verdicts.get(hunk.id) === 'rejected' ? hunk.removed : hunk.added
    const start = size + kept.length
    parts.push(kept, own)
    places.push({ start, end: start + own.length })
    size = start + own.length
    at = hunk.after.end
  }
  return { lines: [...parts, after.slice(at)].flat(), places }
}

/** Where the other side of a hunk stands in its place, if it does. */
function flip(
  { start, end, touching }: Place,
  range: LineRange | undefined,
  changes: readonly LineChange[],
  other: readonly string[],
  now: readonly string[],
): LineRange | undefined {
  if (touching.length > 0) return same(now, { start, end }, other) ? { start, end } : undefined
  if (range === undefined || range.start !== range.end) return undefined
  const put = changes.find(({ from }) => from.start === range.start && from.end === range.start)
  return put !== undefined && same(now, put.to, other) ? put.to : undefined
}

function same(lines: readonly string[], { start, end }: LineRange, others: readonly string[]): boolean {
  return end - start === others.length && others.every((line, at) => lines[start + at] === line)
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
