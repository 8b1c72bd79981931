import { diffArrays } from 'diff'

/** Some lines of a text, from 0; `end` is not among them. */
export interface LineRange {
  start: number
  end: number
}

/** Lines of one text that stand in place of lines of the other; either may be none. */
export interface LineChange {
  from: LineRange
  to: LineRange
}

/** Beyond this many differing lines between two anchors, they count as wholly replaced. */
const MOST_DIFFERENT = 400

/** Texts longer than this are first walked along together, which costs least where they differ in a few places. */
const FAR = 400
/** How many lines of a change that walk looks over, of both texts together. */
const NEAR = 60
/** After so many shared lines in a row, the texts go on together. */
const TOGETHER = 8

/** The lines of a text; its final newline is a last, empty line. None of a file that is not there. */
export function linesOf(text: string | undefined): string[] {
  return text === undefined ? [] : text.split('\n')
}

/**
 * How lines of one text stand in another, in order; between two changes is at least one line that both share. Lines
 * that are unique in both hold the texts together, so that large texts and far changes cost little more than reading.
 */
export function align(from: readonly string[], to: readonly string[]): LineChange[] {
  const changes: LineChange[] = []
  compare(from, to, { start: 0, end: from.length }, { start: 0, end: to.length }, changes)
  return changes
}

function compare(
  from: readonly string[],
  to: readonly string[],
  wholeFrom: LineRange,
  wholeTo: LineRange,
  changes: LineChange[],
): void {
  const a = { ...wholeFrom }
  const b = { ...wholeTo }
  for (;;) {
    trim(from, to, a, b)
    if (a.start === a.end || b.start === b.end) return add(changes, { from: a, to: b })
    const met = a.end - a.start > FAR ? meeting(from, to, a, b) : undefined
    if (met === undefined) break
    add(changes, { from: { start: a.start, end: met.from }, to: { start: b.start, end: met.to } })
    a.start = met.from
    b.start = met.to
  }
  const anchors = anchorsOf(from, to, a, b)
  if (anchors.length === 0) {
    compareClosely(from.slice(a.start, a.end), to.slice(b.start, b.end), a.start, b.start, changes)
    return
  }
  const at = { from: a.start, to: b.start }
  for (const anchor of [...anchors, { from: a.end, to: b.end }]) {
    compare(from, to, { start: at.from, end: anchor.from }, { start: at.to, end: anchor.to }, changes)
    at.from = anchor.from
    at.to = anchor.to
  }
}

/** Takes away what both share at either end. */
function trim(from: readonly string[], to: readonly string[], a: LineRange, b: LineRange): void {
  while (a.start < a.end && b.start < b.end && from[a.start] === to[b.start]) {
    a.start++
    b.start++
  }
  while (a.start < a.end && b.start < b.end && from[a.end - 1] === to[b.end - 1]) {
    a.end--
    b.end--
  }
}

/** Where two long texts go on together after a small change: the nearest place with several lines that both share. */
function meeting(from: readonly string[], to: readonly string[], a: LineRange, b: LineRange): Anchor | undefined {
  for (let distance = 1; distance <= NEAR; distance++) {
    for (let skipped = 0; skipped <= distance; skipped++) {
      const [x, y] = [a.start + skipped, b.start + distance - skipped]
      if (x + TOGETHER > a.end || y + TOGETHER > b.end) continue
      let lines = 0
      while (lines < TOGETHER && from[x + lines] === to[y + lines]) lines++
      if (lines === TOGETHER) return { from: x, to: y }
    }
  }
  return undefined
}

function compareClosely(
  from: readonly string[],
  to: readonly string[],
  fromStart: number,
  toStart: number,
  changes: LineChange[],
): void {
  const found = diffArrays([...from], [...to], { maxEditLength: MOST_DIFFERENT })
  if (found === undefined) {
    const whole = { start: fromStart, end: fromStart + from.length }
    add(changes, { from: whole, to: { start: toStart, end: toStart + to.length } })
    return
  }
  let [a, b] = [fromStart, toStart]
  for (const { added, removed, value } of found) {
    const next = [added ? a : a + value.length, removed ? b : b + value.length] as const
    if (added || removed) add(changes, { from: { start: a, end: next[0] }, to: { start: b, end: next[1] } })
    ;[a, b] = next
  }
}

/** Changes without a shared line between them are one. */
function add(changes: LineChange[], change: LineChange): void {
  if (change.from.start === change.from.end && change.to.start === change.to.end) return
  const last = changes.at(-1)
  if (last !== undefined && last.from.end === change.from.start && last.to.end === change.to.start) {
    last.from = { start: last.from.start, end: change.from.end }
    last.to = { start: last.to.start, end: change.to.end }
  } else changes.push(change)
}

interface Anchor {
  from: number
  to: number
}

/** The longest run of lines, in the order of both, that are there once in each. */
function anchorsOf(from: readonly string[], to: readonly string[], a: LineRange, b: LineRange): Anchor[] {
  const inFrom = onlyOnce(from, a)
  const pairs = [...onlyOnce(to, b)]
    .map(([line, at]) => ({ from: inFrom.get(line), to: at }))
    .filter((pair): pair is Anchor => pair.from !== undefined && pair.from >= 0 && pair.to >= 0)
  return longestRising(pairs)
}

/** Where each line is; −1 for one that is there more often. */
function onlyOnce(lines: readonly string[], { start, end }: LineRange): Map<string, number> {
  const places = new Map<string, number>()
  for (let at = start; at < end; at++) {
    const line = lines[at] ?? ''
    places.set(line, places.has(line) ? -1 : at)
  }
  return places
}

/** @param pairs rising in `to` */
function longestRising(pairs: readonly Anchor[]): Anchor[] {
  const tails: { pair: Anchor; before: number }[][] = []
  for (const pair of pairs) {
    const pile = lowestPile(tails, pair.from)
    const before = pile === 0 ? -1 : (tails[pile - 1]?.length ?? 0) - 1
    ;(tails[pile] ??= []).push({ pair, before })
  }
  const run: Anchor[] = []
  let at = (tails.at(-1)?.length ?? 0) - 1
  for (let pile = tails.length - 1; pile >= 0; pile--) {
    const node = tails[pile]?.[at]
    if (node === undefined) break
    run.push(node.pair)
    at = node.before
  }
  return run.toReversed()
}

function lowestPile(tails: readonly { pair: Anchor }[][], from: number): number {
  let [low, high] = [0, tails.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((tails[middle]?.at(-1)?.pair.from ?? -1) < from) low = middle + 1
    else high = middle
  }
  return low
}
