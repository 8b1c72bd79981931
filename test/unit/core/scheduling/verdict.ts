import { GRACE_MS } from '../../../../src/core/scheduling/work.ts'
import type { Actor } from './actor.ts'
import { graceOf } from './model.ts'

/** What is wrong with the result that a call has just got, after all that was done to it; nothing when it is right. */
export function faultOfEnd(actor: Actor, now: number): string | undefined {
  const { status, reason, fact } = actor.outcome ?? {}
  const because = `${status ?? ''} (${reason ?? ''}) after ${actor.reason ?? 'no cancellation'}`
  if (!actor.begun) return faultOfUnbegun(actor, because)
  const abandoned = fact === 'effect unknown'
  const since = actor.reason === undefined ? actor.perhapsLateAt : graceOf(actor)
  if (abandoned && now - (since ?? now) < GRACE_MS) return `is abandoned too early: ${because}`
  switch (status) {
    case 'completed':
      return actor.returned === 'done' ? undefined : `did not complete: ${because}`
    case 'failed':
      return actor.returned === 'failed' ? undefined : `did not fail: ${because}`
    case 'cancelled':
      if (reason === 'steer' && actor.askingWhenSteered && !abandoned) return `asked, and is not deferred: ${because}`
      return actor.reason === undefined && actor.perhapsLateAt === undefined
        ? `was not cancelled: ${because}`
        : undefined
    case 'backgrounded':
      return actor.goneOn === 1 ? undefined : `did not go on ${actor.goneOn} times: ${because}`
    case 'deferred':
      if (actor.effects > 0) return `did something and is deferred: ${because}`
      if (actor.reason !== 'steer') return `is deferred: ${because}`
      return actor.askingWhenSteered || actor.spec.onSteer === 'background' ? undefined : `had begun: ${because}`
    case undefined:
      return 'has no status'
  }
}

function faultOfUnbegun(actor: Actor, because: string): string | undefined {
  const { status, reason } = actor.outcome ?? {}
  if (actor.effects > 0) return `acted and never began: ${because}`
  if (status === 'failed') return actor.canFail ? undefined : `failed for no reason: ${because}`
  if (actor.reason === undefined) return `ended for no reason: ${because}`
  if (actor.reason === 'steer') return status === 'deferred' ? undefined : `should be deferred: ${because}`
  return status === 'cancelled' && reason === actor.reason ? undefined : `should be cancelled: ${because}`
}
