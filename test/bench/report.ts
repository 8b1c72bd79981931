/** One line of the bench: a ratio or a figure against its target. */
export interface Row {
  name: string
  /** The figures behind it, in words. */
  detail: string
  value: number
  unit: '×' | 'ms' | 'KiB' | 'MiB' | ''
  /** At most this, or at least that; none where the row only informs. */
  target?: number
  least?: number
}

export function print(rows: readonly Row[]): void {
  for (const row of rows) {
    const { name, detail, value, unit } = row
    const figure = `${value.toFixed(unit === '×' ? 2 : 1)} ${unit}`.trim()
    console.log(`${name.padEnd(52)} ${figure.padStart(10)}${verdict(row)}\n    ${detail}`)
  }
}

function verdict({ value, target, least }: Row): string {
  if (target !== undefined) return value <= target ? `  ok (≤ ${target})` : `  OVER (≤ ${target})`
  if (least !== undefined) return value >= least ? `  ok (≥ ${least})` : `  UNDER (≥ ${least})`
  return ''
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
