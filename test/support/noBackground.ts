import { BackgroundTable } from '../../src/core/processes/background.ts'
import { systemClock } from '../../src/host/clock.ts'

/** A table that nobody hears. */
export function noBackground(): BackgroundTable {
  return new BackgroundTable({ emit() {}, clock: systemClock })
}
