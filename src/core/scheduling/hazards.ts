import type { Call } from './call.ts'
import { conflicts, ordered } from './claims.ts'

/** What keeps a call from beginning. */
export interface Obstacle {
  sibling: Call
  kind:
    | /** What it will do is not known yet. */ 'unplanned'
    /** Its claims conflict: it has to end. */
    | 'conflict'
    /** It edits the same document: it has to begin, so that the tickets are taken in call order. */
    | 'order'
  /** Settles when it is over, or the sibling's claims have changed. */
  over: Promise<unknown>
}

/**
 * The first thing in the way of a call, or none.
 *
 * @param earlier the siblings that the model wrote before it
 */
export function obstacleOf(call: Call, earlier: readonly Call[]): Obstacle | undefined {
  const open = earlier.filter(({ outcome }) => outcome === undefined)
  const unplanned = open.find(({ isPlanned }) => !isPlanned)
  if (unplanned !== undefined) return { sibling: unplanned, kind: 'unplanned', over: unplanned.planned.promise }
  const cause = open.find((sibling) => meet(sibling, call, conflicts))
  if (cause !== undefined)
    return { sibling: cause, kind: 'conflict', over: Promise.race([cause.ended.promise, cause.planned.promise]) }
  const before = open.find((sibling) => !sibling.begun && meet(sibling, call, ordered))
  return (
    before && { sibling: before, kind: 'order', over: Promise.race([before.started.promise, before.planned.promise]) }
  )
}

function meet(earlier: Call, later: Call, how: typeof conflicts): boolean {
  return earlier.claims.some((a) => later.claims.some((b) => how(a, b)))
}
