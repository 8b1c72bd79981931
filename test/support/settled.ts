/** Lets everything that is ready run: promise reactions and what they start, without waiting for any clock. */
export async function settled(rounds = 20): Promise<void> {
  for (let round = 0; round < rounds; round++) await new Promise((resolve) => setImmediate(resolve))
}

/** Runs of a property test: many more in the long suite. */
export function runs(usual: number): number {
  return process.env['STRETTO_LONG'] === undefined ? usual : usual * 100
}
