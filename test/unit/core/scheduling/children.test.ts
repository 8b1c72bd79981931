import { describe, expect, test } from 'vitest'
import type { Call, CallEvent } from '../../../../src/core/scheduling/call.ts'
import { CancellationSource, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { MOST_DEEP, MOST_IN_FLIGHT } from '../../../../src/core/scheduling/children.ts'
import type { Outcome } from '../../../../src/core/scheduling/outcome.ts'
import type { Gate } from '../../../../src/core/scheduling/parts.ts'
import { Batch } from '../../../../src/core/scheduling/scheduler.ts'
import { Slots } from '../../../../src/core/scheduling/slots.ts'
import { GRACE_MS } from '../../../../src/core/scheduling/work.ts'
import type { ChildCalls, Plan, Tool } from '../../../../src/core/tools/tool.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { openGate, silentLog, someTurn } from '../../../support/openGate.ts'
import { done, hangs, type Script, scriptedTool, until, untilCancelled } from '../../../support/scriptedTool.ts'
import { hops, settled } from '../../../support/settled.ts'

function setUp(scripts: Script[] = [], { limit = 128, gate = openGate }: { limit?: number; gate?: Gate } = {}) {
  const clock = new ManualClock()
  const slots = new Slots(() => limit)
  const source = new CancellationSource()
  const events: CallEvent[] = []
  const tools = new Map<string, Tool>(scripts.map((script) => [script.name ?? '', scriptedTool(script)]))
  const open = new Map<string, Call>()
  let count = 0
  const newCallId = (): string => `c${++count}`
  const emit = (event: CallEvent) => events.push(event)
  const parts = { turn: someTurn, stepId: 'm1', tools, newCallId, open, slots, clock, log: silentLog, gate, emit }
  const batch = new Batch(parts, source)
  const submit = (script: Script): Promise<Outcome> =>
    batch.submit({ id: newCallId(), tool: scriptedTool(script), input: {}, summary: '' })
  const of = (id: string): string[] => events.filter(({ callId }) => callId === id).map(({ type }) => type)
  const statuses = (): string[] =>
    events.flatMap((event) => (event.type === 'callEnded' ? [`${event.callId} ${event.status}`] : []))
  const leftBehind = () => [slots.taken, clock.pending, open.size, source.attached.listeners, source.attached.children]
  return { clock, slots, source, events, open, batch, submit, of, statuses, leftBehind }
}

const nothingLeft = [0, 0, 0, 0, 0]

/** A script that makes these calls at once, and ends with their results. */
const makes =
  (...names: string[]): Plan['run'] =>
  async (progress, token) => {
    const results = names.map((name) => progress.children().call(name, {}, token))
    return done((await Promise.all(results)).map(({ result }) => result).join())
  }

describe('the calls of a call', () => {
  test('are proposed as its own, and it gets their results', async () => {
    const { submit, events, leftBehind } = setUp([{ name: 'a', run: async () => done('A') }])
    expect(await submit({ run: makes('a', 'a') })).toMatchObject({ status: 'completed', result: 'A,A' })
    const proposed = events.filter(({ type }) => type === 'callProposed')
    expect(proposed).toMatchObject([
      { callId: 'c2', stepId: 'm1', name: 'a', summary: 'a', parentId: 'c1' },
      { callId: 'c3', parentId: 'c1' },
    ])
    expect(leftBehind()).toEqual(nothingLeft)
  })

  test('wait for each other in order of arrival, and neither for it nor for its siblings', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const log: string[] = []
    const writes =
      (at: number): Plan['run'] =>
      async (_progress, token) => {
        log.push(`${at} begins`)
        return until(gates[at]?.promise ?? Promise.resolve(), `${at}`)(_progress, token)
      }
    const all: Script['claims'] = [{ kind: 'write', path: '/w' }]
    const { submit, events } = setUp([
      { name: 'first', claims: all, run: writes(0) },
      { name: 'second', claims: all, run: writes(1) },
    ])
    const script = submit({ claims: all, run: makes('first', 'second') })
    const sibling = submit({ claims: [], run: makes('first') })
    await settled()
    expect(log).toEqual(['0 begins', '0 begins'])
    expect(events.find(({ type }) => type === 'callWaiting')).toMatchObject({ waitingFor: { name: 'first' } })
    gates[0]?.resolve()
    await settled()
    expect(log.at(-1)).toBe('1 begins')
    gates[1]?.resolve()
    expect([(await script).result, (await sibling).result]).toEqual(['0,1', '0'])
  })

  test('that are refused have their card and their reason', async () => {
    const { submit, of } = setUp([{ name: 'a', run: async () => done() }])
    expect((await submit({ run: makes('b') })).result).toMatch(/^Error \(unknown_tool\): .*The tools are: a\./)
    expect(of('c2')).toEqual(['callProposed', 'callEnded'])
  })

  test('need no place of its own: one place is enough for five scripts inside each other', async () => {
    const nested = [1, 2, 3, 4].map((n) => ({ name: `s${n}`, run: makes(`s${n + 1}`) }))
    const { submit, slots, leftBehind } = setUp([...nested, { name: 's5', run: async () => done(`${slots.taken}`) }], {
      limit: 1,
    })
    expect((await submit({ run: makes('s1') })).result).toBe('1')
    const both = await Promise.all([submit({ run: makes('s1') }), submit({ run: makes('s1') })])
    expect(both.map(({ status }) => status)).toEqual(['completed', 'completed'])
    expect(leftBehind()).toEqual(nothingLeft)
  })

  test('nest so deep and no deeper', async () => {
    const { submit, of } = setUp([{ name: 's', run: makes('s') }])
    expect((await submit({ run: makes('s') })).result).toMatch(/^Error \(too_deep\): /)
    expect(of(`c${MOST_DEEP + 2}`)).toEqual(['callProposed', 'callEnded'])
    expect(of(`c${MOST_DEEP + 3}`)).toEqual([])
  })

  test('beyond so many at a time wait until others have ended, in order of arrival', async () => {
    const opened = Promise.withResolvers<void>()
    const began: number[] = []
    const { submit, events, slots, leftBehind } = setUp([
      {
        name: 'a',
        run: async (progress, token) => {
          began.push(Number(progress.owner.callId.slice(1)))
          return until(opened.promise)(progress, token)
        },
      },
    ])
    const script = submit({ run: makes(...Array<string>(1_000).fill('a')) })
    await settled()
    expect(events.filter(({ type }) => type === 'callProposed')).toHaveLength(MOST_IN_FLIGHT)
    expect(slots.taken).toBe(128)
    opened.resolve()
    expect((await script).result.split(',')).toHaveLength(1_000)
    expect(began).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 2))
    expect(leftBehind()).toEqual(nothingLeft)
  })
})

describe('the deadline of a script', () => {
  test('stands still while all of its open calls wait, and runs while one works or none is open', async () => {
    const answer = Promise.withResolvers<void>()
    const opened = Promise.withResolvers<void>()
    let asked = false
    const gate: Gate = {
      ...openGate,
      check: async ({ tool }, hooks) => {
        if (tool !== 'asks' || asked) return { kind: 'allowed', fingerprint: '' }
        hooks.ask({ fingerprint: '', action: '', reason: '', canRemember: true })
        await answer.promise
        asked = true
        return { kind: 'allowed', fingerprint: '' }
      },
    }
    const works: Script = { name: 'works', run: until(opened.promise) }
    const { submit, clock, slots } = setUp([{ name: 'asks', run: async () => done() }, works], { gate })
    const run: Plan['run'] = async (progress, token) => {
      await makes('asks')(progress, token)
      await makes('works')(progress, token)
      return untilCancelled()(progress, token)
    }
    const script = submit({ run, deadlineMs: 1_000 })
    await settled()
    clock.advance(60_000)
    expect(slots.taken).toBe(0)
    answer.resolve()
    await settled()
    clock.advance(600)
    opened.resolve()
    await settled()
    clock.advance(399)
    await settled()
    expect(slots.taken).toBe(1)
    clock.advance(1)
    expect(await script).toMatchObject({ status: 'cancelled', reason: 'timeout' })
  })

  test('stands still while a script inside it waits, and ends what runs inside when it is over', async () => {
    const { submit, clock, locks, leftBehind } = withLock()
    const script = submit({ run: makes('inner'), deadlineMs: 1_000 })
    await settled()
    clock.advance(60_000)
    locks.resolve()
    await settled()
    clock.advance(1_000)
    expect(await script).toMatchObject({ result: 'Cancelled (timeout): part' })
    expect(leftBehind()).toEqual(nothingLeft)
  })

  function withLock() {
    const locks = Promise.withResolvers<void>()
    const run: Plan['run'] = async (progress, token) => {
      progress.waiting({ kind: 'lock', resource: 'a.txt', place: 1 })
      await locks.promise
      progress.waiting(undefined)
      return untilCancelled()(progress, token)
    }
    return {
      locks,
      ...setUp([
        { name: 'waits', run },
        { name: 'inner', run: makesAndSays('waits') },
      ]),
    }
  }
})

/** A script that ends as its call did. */
function makesAndSays(name: string): Plan['run'] {
  return async (progress, token) => {
    const { result } = await progress.children().call(name, {}, token)
    return { kind: 'cancelled', partial: result.replace(/^.*: /, '') }
  }
}

describe('Stop', () => {
  const working: Script[] = [
    { name: 'works', claims: [{ kind: 'write', path: '/w' }], run: untilCancelled() },
    { name: 'queued', claims: [{ kind: 'edit', path: '/w/a' }], run: async () => done('edited') },
    { name: 'finishes', run: async () => done('finished') },
  ]

  test('of a script ends its calls before it, and none begins afterwards', async () => {
    const { submit, batch, events, statuses, leftBehind } = setUp(working)
    let late: Promise<Outcome> | undefined
    const run: Plan['run'] = async (progress, token) => {
      const result = await makes('works', 'queued')(progress, token)
      late = progress.children().call('finishes', {}, neverCancelled)
      return result
    }
    const script = submit({ run })
    await settled()
    await batch.cancel('c1', 'stop')
    expect(statuses()).toEqual(['c3 cancelled', 'c2 cancelled', 'c1 completed'])
    expect((await script).result).toContain('Cancelled (stop): it did not run; nothing was changed.')
    expect((await late)?.status).toBe('cancelled')
    expect(events.filter(({ type }) => type === 'callProposed')).toHaveLength(2)
    expect(leftBehind()).toEqual(nothingLeft)
  })

  test('of one call of a script leaves the script and its other calls running', async () => {
    const { submit, open } = setUp(working)
    const script = submit({ run: makes('works', 'finishes') })
    await settled()
    open.get('c2')?.source.cancel('stop')
    expect((await script).result).toBe('Cancelled (stop): part,finished')
  })

  test('by the script of one of its calls ends that call alone', async () => {
    const { submit } = setUp(working)
    const mine = new CancellationSource()
    const run: Plan['run'] = async (progress, token) => {
      const calls = progress.children()
      const given = [calls.call('works', {}, mine.token), calls.call('finishes', {}, token)]
      return done((await Promise.all(given)).map(({ result }) => result).join())
    }
    const script = submit({ run })
    await settled()
    mine.cancel('stop')
    expect((await script).result).toBe('Cancelled (stop): part,finished')
  })

  test('of a script whose call ignores it waits for that call’s grace, then for its own', async () => {
    const { submit, batch, clock, statuses } = setUp([{ name: 'ignores', run: hangs }])
    const ignores = submit({ run: (...given) => makes('ignores')(...given).then(() => hangs(...given)) })
    const heeds = submit({ run: makes('ignores') })
    await settled()
    void batch.cancel('c1', 'stop')
    void batch.cancel('c2', 'stop')
    clock.advance(GRACE_MS)
    expect(await heeds).toMatchObject({ status: 'completed' })
    expect(statuses().filter((words) => words.startsWith('c1'))).toEqual([])
    clock.advance(GRACE_MS)
    expect(await ignores).toMatchObject({ fact: 'effect unknown' })
  })
})

describe('a script that has ended', () => {
  test('has cancelled what it left open, and can begin nothing more', async () => {
    const { submit, events, statuses, leftBehind } = setUp([{ name: 'works', run: untilCancelled() }])
    let calls: ChildCalls | undefined
    const run: Plan['run'] = async (progress, token) => {
      calls = progress.children()
      void calls.call('works', {}, token)
      await settled(1)
      return done('early')
    }
    expect((await submit({ run })).result).toBe('early')
    expect(statuses()).toEqual(['c2 cancelled', 'c1 completed'])
    const late = await calls?.call('works', {}, neverCancelled)
    expect(late?.result).toMatch(/^Error \(ended\): /)
    expect(events.at(-1)).toMatchObject({ type: 'callEnded', callId: 'c1' })
    expect(leftBehind()).toEqual(nothingLeft)
  })
})

test('a call that makes its first call as it ends has that one’s result before its own, or none at all', async () => {
  for (let depth = 0; depth < 12; depth++) {
    const { submit, events, leftBehind } = setUp([{ name: 'works', run: untilCancelled() }])
    const run: Plan['run'] = async (progress) => {
      void hops(depth).then(() => progress.children().call('works', {}, neverCancelled))
      return done('early')
    }
    await submit({ run })
    await settled()
    expect(events.at(-1), `after ${depth}`).toMatchObject({ type: 'callEnded', callId: 'c1' })
    expect(leftBehind()).toEqual(nothingLeft)
  }
})

describe('a steer', () => {
  function inBackground(gate?: Gate) {
    const opened = Promise.withResolvers<void>()
    const world = setUp([{ name: 'works', run: until(opened.promise, 'whole') }], gate && { gate })
    const ended = Promise.withResolvers<string>()
    let calls: ChildCalls | undefined
    const run: Plan['run'] = async (progress) => {
      calls = progress.children()
      progress.onBackground(() => ({ id: 'script', output: 'so far' }))
      const { result } = await calls.call('works', {}, calls.token)
      const { result: next } = await calls.call('works', {}, calls.token)
      ended.resolve(`${result} ${next}`)
      return done()
    }
    const script = world.submit({ run, onSteer: 'background', deadlineMs: 1_000 })
    return { ...world, script, opened, ended: ended.promise, calls: () => calls }
  }

  test('leaves the calls of a script alone, which goes on and makes others', async () => {
    const { script, batch, clock, opened, ended, leftBehind } = inBackground()
    await settled()
    batch.steer()
    expect(await script).toMatchObject({ status: 'backgrounded', fact: 'script' })
    clock.advance(60_000)
    opened.resolve()
    expect(await ended).toBe('whole whole')
    await settled()
    expect(leftBehind()).toEqual(nothingLeft)
  })

  test('leaves a question of a script’s call open', async () => {
    const answer = Promise.withResolvers<string>()
    const gate: Gate = { ...openGate, ask: () => answer.promise }
    const world = setUp(
      [
        {
          name: 'asks',
          run: async (p, token) => done(JSON.stringify(await p.ask({ question: '?', options: [] }, token))),
        },
      ],
      { gate },
    )
    const said = Promise.withResolvers<string>()
    const run: Plan['run'] = async (progress) => {
      progress.onBackground(() => ({ id: 'script', output: '' }))
      const { call, token } = { call: progress.children(), token: progress.children().token }
      said.resolve((await call.call('asks', {}, token)).result)
      return done()
    }
    const script = world.submit({ run, onSteer: 'background' })
    await settled()
    world.batch.steer()
    await script
    answer.resolve('yes')
    expect(await said.promise).toBe('"yes"')
  })

  test.each(['its turn', 'itself', 'its call'])('and then a Stop of %s ends what goes on', async (what) => {
    const { script, batch, source, open, ended, calls, statuses, leftBehind } = inBackground()
    await settled()
    batch.steer()
    await script
    if (what === 'its turn') source.cancel('stop')
    else if (what === 'itself') calls()?.stop()
    else open.get('c2')?.source.cancel('stop')
    if (what === 'its call') {
      await settled()
      expect(open.size).toBe(1)
      return
    }
    expect(await ended).toMatch(/^Cancelled \(stop\): .* Cancelled \(stop\): it did not run/)
    expect(statuses()).toEqual(['c1 backgrounded', 'c2 cancelled'])
    await settled()
    expect(leftBehind()).toEqual(nothingLeft)
  })
})
