import type { Clock } from '../ports.ts'

/** What `bounded` gives for work that has not come to its end in time. It goes on all the same. */
export const LATE = Symbol('late')

/** The work's outcome, or `LATE` when its deadline passes first. */
export function bounded<T>(work: Promise<T>, ms: number, clock: Clock): Promise<T | typeof LATE> {
  return new Promise((resolve, reject) => {
    const deadline = clock.after(ms, () => resolve(LATE))
    work.then(
      (value) => {
        deadline.dispose()
        resolve(value)
      },
      (error: unknown) => {
        deadline.dispose()
        reject(error instanceof Error ? error : new Error(String(error)))
      },
    )
  })
}
