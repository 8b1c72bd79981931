import type { Claim } from '../../../../src/core/scheduling/claims.ts'
import { GRACE_MS } from '../../../../src/core/scheduling/work.ts'
import type { Actor } from './actor.ts'
import type { World } from './world.ts'

/** The design's table, written out once more: which later claims wait for an earlier one. */
const waits: Record<Claim['kind'], readonly Claim['kind'][]> = {
  read: ['edit', 'write'],
  edit: ['read', 'write', 'run'],
  write: ['read', 'edit', 'write', 'run'],
  run: ['edit', 'write'],
  process: ['process'],
}

function conflict(earlier: Claim, later: Claim): boolean {
  if (!waits[earlier.kind].includes(later.kind)) return false
  if (earlier.kind === 'run' || later.kind === 'run') return true
  return `${earlier.path}/`.startsWith(`${later.path}/`) || `${later.path}/`.startsWith(`${earlier.path}/`)
}

function inOrder(earlier: Claim, later: Claim): boolean {
  return earlier.kind === 'edit' && later.kind === 'edit' && earlier.path === later.path
}

function some(earlier: Actor, later: Actor, how: typeof conflict): boolean {
  const [a = [], b = []] = [earlier.call?.claims, later.call?.claims]
  return a.some((one) => b.some((other) => how(one, other)))
}

/** Which earlier sibling keeps a call from beginning, in words. */
export function inTheWay(actor: Actor, world: World): string | undefined {
  const siblings = world.actors.filter(({ parent }) => parent === actor.parent)
  for (const earlier of siblings.slice(0, siblings.indexOf(actor))) {
    if (earlier.outcome !== undefined) continue
    if (earlier.plans === 0) return `${earlier.id} is not planned`
    if (some(earlier, actor, conflict)) return `${earlier.id} conflicts with it`
    if (!earlier.begun && some(earlier, actor, inOrder)) return `${earlier.id} edits it first`
  }
  return undefined
}

/** Once nothing more moves by itself: what is wrong with where each call stands. */
export function faultsAtRest(world: World): string[] {
  const faults = [...world.faults]
  const working = world.actors.filter(({ holdsPlace }) => holdsPlace).length
  if (world.slots.taken !== working) faults.push(`${world.slots.taken} places for ${working} that work`)
  for (const actor of world.actors) {
    const fault = actor.outcome === undefined ? faultOfOpen(actor, world, working) : undefined
    if (fault !== undefined) faults.push(`${actor.id} ${fault}`)
  }
  return faults
}

function faultOfOpen(actor: Actor, world: World, working: number): string | undefined {
  const token = actor.call?.source.token
  if (token?.reason !== actor.reason) return `is cancelled by ${token?.reason}, not by ${actor.reason}`
  if (!actor.begun) {
    if (actor.reason !== undefined) return `was cancelled (${actor.reason}) and has no result`
    if (waitsForTest(actor, world) || inTheWay(actor, world) !== undefined) return undefined
    return working >= world.limit ? undefined : 'has nothing in its way and does not begin'
  }
  if (actor.goneOn > 0) return 'went to the background and has no result'
  if (actor.openChildren.length > 0) return undefined
  if (actor.reason !== undefined && world.clock.now() - graceOf(actor) >= GRACE_MS) return 'was never given up'
  if (actor.scriptOver || actor.returned !== undefined) return 'came to its end and has no result'
  if (waitsForTest(actor, world)) return undefined
  const ticket = world.tickets.find((one) => one.actor === actor)
  if (ticket !== undefined) return waitsForLock(ticket, world) ? undefined : 'waits for a lock that is free'
  if (actor.spec.end !== 'hangs') return 'stands still'
  return actor.reason !== undefined && actor.spec.obeys
    ? `was cancelled (${actor.reason}) and has no result`
    : undefined
}

/** When its grace began: with its cancellation, or with the end of the last of its calls. */
export function graceOf({ cancelledAt, lastChildAt }: Actor): number {
  return Math.max(cancelledAt, lastChildAt)
}

function waitsForTest(actor: Actor, world: World): boolean {
  return [...world.doors].some((door) => door.actor === actor)
}

function waitsForLock(ticket: World['tickets'][number], world: World): boolean {
  const before = world.tickets.slice(0, world.tickets.indexOf(ticket))
  return before.some(({ keys }) => keys.some((key) => ticket.keys.includes(key)))
}
