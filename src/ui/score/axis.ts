/** Beyond as many lanes, neighbours share one. */
const MOST_LANES = 32

/** The height of a lane for so many calls, in px: the score keeps its height. */
export function pitchOf(calls: number): number {
  if (calls <= 8) return 8
  if (calls <= 10) return 6
  if (calls <= 16) return 4
  return calls <= 21 ? 3 : 2
}

/** The calls of each lane. */
export function lanesOf<T>(calls: readonly T[]): T[][] {
  const rows = Math.min(calls.length, MOST_LANES)
  const edge = (row: number): number => Math.ceil((row * calls.length) / rows)
  return Array.from({ length: rows }, (_, row) => calls.slice(edge(row), edge(row + 1)))
}

const seconds = (list: readonly number[]): number[] => list.map((s) => s * 1000)
const ENDS = seconds([1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400])
const STEPS = seconds([0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600])

/** Where a live axis ends: the next round time, in ms. */
export function niceEnd(ms: number): number {
  return ENDS.find((end) => end >= ms) ?? ms
}

/** At most five ticks, in ms; the axis' end is labelled too and is not among them. */
export function ticksOf(domain: number): number[] {
  const step = STEPS.find((size) => domain / size <= 5) ?? domain
  const ticks = [0]
  for (let at = step; at <= domain - step * 0.35; at += step) ticks.push(at)
  return ticks
}
