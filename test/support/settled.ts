/** Lets everything that is ready run: promise reactions and what they start, without waiting for any clock. */
export async function settled(rounds = 20): Promise<void> {
  for (let round = 0; round < rounds; round++) await new Promise((resolve) => setImmediate(resolve))
}

/** Lets promise reactions run to this depth and no further; enough for all of them when there is no depth. */
export async function hops(depth: number | undefined): Promise<void> {
  if (depth === undefined) return settled(1)
  for (let hop = 0; hop < depth; hop++) await Promise.resolve()
}

const long = process.env['STRETTO_LONG'] !== undefined

/** Runs of a property test: many more in the long suite. */
export function runs(usual: number): number {
  return long ? usual * 100 : usual
}

/** How long a property test may take, in ms. */
export const propertyMs = long ? 6 * 60 * 60_000 : 120_000
