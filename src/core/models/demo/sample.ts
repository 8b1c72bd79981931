/** What the script knows of the sample workspace: each known fault, the line that has it, and the line that has not. */
export interface KnownFault {
  path: string
  bad: string
  good: string
  /** What was wrong, as a clause. */
  what: string
}

/** The two that its tests find. */
export const testedFaults: readonly KnownFault[] = [
  {
    path: 'src/price.js',
    bad: '(cents * percent) / 10)',
    good: '(cents * percent) / 100)',
    what: 'a percentage was divided by 10 instead of 100',
  },
  {
    path: 'src/cart.js',
    bad: 'cents + item.cents, 0)',
    good: 'cents + item.cents * item.quantity, 0)',
    what: 'the total left out how many pieces of an item there are',
  },
]

/** The one that the editor underlines. */
export const underlinedFault: KnownFault = {
  path: 'src/opening.js',
  bad: 'time.getHour()',
  good: 'time.getHours()',
  what: '`Date` has `getHours`, not `getHour`',
}
