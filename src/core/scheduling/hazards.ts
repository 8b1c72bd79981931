import type { Call } from './call.ts'
import { orCancelled } from './cancellation.ts'
import { conflicts, ordered } from './claims.ts'

/**
 * Waits until no earlier sibling is in the way: one with a conflicting claim must have ended, an edit of the same
 * document must have begun. Says whether anything can have changed meanwhile, so that the call must be planned again.
 *
 * @param earlier the siblings that the model wrote before this call
 * @param onWait hears which sibling the call waits for, each time that changes
 * @throws {CancelledError}
 */
export async function passHazards(
  call: Call,
  earlier: readonly Call[],
  onWait: (cause: Call) => void,
): Promise<boolean> {
  const { token } = call.source
  const unplanned = earlier.filter(({ status }) => status === 'proposed' || status === 'queued')
  if (unplanned.length > 0) await orCancelled(Promise.all(unplanned.map(({ planned }) => planned.promise)), token)
  let changed = false
  for (;;) {
    const cause = earlier.find((sibling) => sibling.outcome === undefined && conflict(sibling, call))
    if (cause === undefined) break
    onWait(cause)
    await orCancelled(cause.ended.promise, token)
    changed = true
  }
  return (await passOrder(call, earlier, onWait)) || changed
}

async function passOrder(call: Call, earlier: readonly Call[], onWait: (cause: Call) => void): Promise<boolean> {
  const before = earlier.findLast((sibling) => sibling.outcome === undefined && sameDocument(sibling, call))
  if (before === undefined || before.begun) return false
  const asked = before.status === 'approval'
  if (asked) onWait(before)
  await orCancelled(before.started.promise, call.source.token)
  return asked
}

function conflict(earlier: Call, later: Call): boolean {
  return earlier.claims.some((a) => later.claims.some((b) => conflicts(a, b)))
}

function sameDocument(earlier: Call, later: Call): boolean {
  return earlier.claims.some((a) => later.claims.some((b) => ordered(a, b)))
}
