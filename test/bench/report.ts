/** One line of the bench: a ratio or a figure against its target. */
export interface Row {
  name: string
  /** The figures behind it, in words. */
  detail: string
  value: number
  unit: '×' | 'ms' | 'KiB' | 'MiB' | ''
  /** At most this; none where the row only informs. */
  target?: number
}

export function print(rows: readonly Row[]): void {
  for (const { name, detail, value, unit, target } of rows) {
    const figure = `${value.toFixed(unit === '×' ? 2 : 1)} ${unit}`.trim()
    const verdict = target === undefined ? '' : value <= target ? `  ok (≤ ${target})` : `  OVER (≤ ${target})`
    console.log(`${name.padEnd(52)} ${figure.padStart(10)}${verdict}\n    ${detail}`)
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
