import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GRACE_MS } from '../../../../src/core/scheduling/work.ts'
import { hops, propertyMs, runs } from '../../../support/settled.ts'
import { Actor } from './actor.ts'
import { type Move, type Schedule, schedule } from './arbitraries.ts'
import { faultsAtRest } from './model.ts'
import { World } from './world.ts'

test(
  'any batch under any schedule does what the sequential model says, and leaves nothing behind',
  async () => {
    await fc.assert(fc.asyncProperty(schedule, play), { seed: 3, numRuns: runs(6_000) })
  },
  propertyMs,
)

async function play({ specs, moves, limit }: Schedule): Promise<void> {
  const world = new World({ limit })
  const unborn = specs.map((spec) => new Actor(spec, world))
  for (const move of moves) {
    // Whether a child that is just ending still works, nobody can say.
    if (move.kind === 'advance' && world.actors.some(({ children }) => children.length > 0)) await hops(undefined)
    make(move, world, unborn)
    await hops(move.depth)
    if (move.depth === undefined) expect(faultsAtRest(world)).toEqual([])
  }
  for (const actor of unborn.splice(0)) world.submit(actor)
  await finish(world)
  await letGo(world)
}

function make(move: Move, world: World, unborn: Actor[]): void {
  switch (move.kind) {
    case 'submit': {
      const actor = unborn.shift()
      if (actor !== undefined) world.submit(actor)
      break
    }
    case 'open':
      ;[...world.doors][move.pick % Math.max(1, world.doors.size)]?.open('once')
      break
    case 'deny':
      ;[...world.doors][move.pick % Math.max(1, world.doors.size)]?.open('deny')
      break
    case 'stopOne': {
      const actor = world.actors[move.pick % Math.max(1, world.actors.length)]
      if (actor !== undefined) world.stopOne(actor)
      break
    }
    case 'steer':
      world.steer()
      break
    case 'stopAll':
      world.stopAll()
      break
    case 'advance':
      world.advance(move.ms)
      break
  }
}

/** Lets every call come to its end; only those that hang have to be stopped. */
async function finish(world: World): Promise<void> {
  for (let round = 0; world.actors.some(({ outcome }) => outcome === undefined); round++) {
    await hops(undefined)
    expect(faultsAtRest(world)).toEqual([])
    if (round > 80) expect.fail('some calls never end')
    const [door] = world.doors
    if (door !== undefined) {
      door.open('once')
      continue
    }
    const hanging = world.actors.find(
      ({ begun, outcome, reason }) => begun && outcome === undefined && reason === undefined,
    )
    if (hanging !== undefined) world.stopOne(hanging)
    else world.advance(GRACE_MS)
  }
}

/** Those that were given up go on at last, and use every port that they have: nothing happens. */
async function letGo(world: World): Promise<void> {
  for (let round = 0; world.doors.size > 0; round++) {
    if (round > 80) expect.fail('some scripts never end')
    for (const door of world.doors) door.open('once')
    await hops(undefined)
  }
  await hops(undefined)
  expect(faultsAtRest(world)).toEqual([])
  const results = await world.batch.results()
  const own = world.actors.filter(({ parent }) => parent === undefined)
  expect(results.map(({ result }) => result)).toEqual(own.map(({ outcome }) => outcome?.result))
  expect([world.slots.taken, world.clock.pending, world.locks.size]).toEqual([0, 0, 0])
  // A script that hangs in the background keeps its scope.
  const scopes = own.filter(
    ({ outcome, scriptOver, made }) => outcome?.status === 'backgrounded' && !scriptOver && made > 0,
  )
  expect(world.source.attached).toEqual({ listeners: 0, children: scopes.length })
  expect(world.open.size).toBe(0)
  for (const { outcome, id, scriptOver } of world.actors) {
    const late = world.warnings.filter((words) => words.includes(`(${id}) ended after it was abandoned`))
    expect(late).toHaveLength(outcome?.fact === 'effect unknown' && scriptOver ? 1 : 0)
  }
}
