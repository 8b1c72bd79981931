import { describe, expect, test } from 'vitest'
import type { CallEvent } from '../../../../src/core/scheduling/call.ts'
import { CancellationSource, orCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import type { Claim } from '../../../../src/core/scheduling/claims.ts'
import type { Outcome } from '../../../../src/core/scheduling/outcome.ts'
import type { Gate } from '../../../../src/core/scheduling/parts.ts'
import { Batch } from '../../../../src/core/scheduling/scheduler.ts'
import { Slots } from '../../../../src/core/scheduling/slots.ts'
import { GRACE_MS } from '../../../../src/core/scheduling/work.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { noChildren, openGate, silentLog, someTurn } from '../../../support/openGate.ts'
import { done, type Script, scriptedTool, untilCancelled } from '../../../support/scriptedTool.ts'
import { settled } from '../../../support/settled.ts'

function setUp(options: { limit?: number; gate?: Gate } = {}) {
  const clock = new ManualClock()
  const slots = new Slots(() => options.limit ?? 128)
  const events: CallEvent[] = []
  const source = new CancellationSource()
  const parts = {
    turn: someTurn,
    ...noChildren(),
    slots,
    clock,
    log: silentLog,
    gate: options.gate ?? openGate,
    emit: (event: CallEvent) => events.push(event),
  }
  const batch = new Batch(parts, source)
  let count = 0
  const submit = (script: Script): Promise<Outcome> => {
    const id = `c${++count}`
    return batch.submit({ id, tool: scriptedTool(script), input: {}, summary: script.name ?? id })
  }
  const states = (id: string): string[] => events.filter((event) => event.callId === id).map(({ type }) => type)
  return { clock, slots, events, source, batch, submit, states }
}

/** A call that runs until the test opens it. */
function gated(claims: Claim[] = [], log?: string[], name = '') {
  const opened = Promise.withResolvers<void>()
  const script: Script = {
    name,
    claims,
    run: async () => {
      log?.push(`${name} begins`)
      await opened.promise
      log?.push(`${name} ends`)
      return done(name)
    },
  }
  return { script, open: () => opened.resolve() }
}

describe('sibling calls', () => {
  test('run at the same time and give their results in call order', async () => {
    const { batch, submit } = setUp()
    const log: string[] = []
    const calls = ['a', 'b', 'c'].map((name) => gated([], log, name))
    for (const { script } of calls) void submit(script)
    await settled()
    expect(log).toEqual(['a begins', 'b begins', 'c begins'])
    for (const { open } of calls.toReversed()) {
      open()
      await settled()
    }
    expect(log.slice(3)).toEqual(['c ends', 'b ends', 'a ends'])
    expect((await batch.results()).map(({ result }) => result)).toEqual(['a', 'b', 'c'])
  })

  test('go on when one fails or throws, and each has exactly one result', async () => {
    const { batch, submit, events } = setUp()
    void submit({ run: async () => ({ kind: 'failed', code: 'not_found', message: 'No such file.' }) })
    void submit({ run: () => Promise.reject(new Error('bug')) })
    void submit({
      run: () => {
        throw new Error('sync bug')
      },
    })
    void submit({ run: async () => done() })
    const results = await batch.results()
    expect(results.map(({ status }) => status)).toEqual(['failed', 'failed', 'failed', 'completed'])
    expect(results[0]?.result).toBe('Error (not_found): No such file.')
    expect(events.filter(({ type }) => type === 'callEnded')).toHaveLength(4)
  })

  test('wait for an earlier one only if their claims conflict, and say for which', async () => {
    const { submit, events } = setUp()
    const log: string[] = []
    const edit = gated([{ kind: 'edit', path: '/w/a' }], log, 'edit a')
    const other = gated([{ kind: 'edit', path: '/w/b' }], log, 'edit b')
    const read = gated([{ kind: 'read', path: '/w/a' }], log, 'read a')
    const run = gated([{ kind: 'run' }], log, 'run')
    for (const { script } of [edit, other, read, run]) void submit(script)
    await settled()
    expect(log).toEqual(['edit a begins', 'edit b begins'])
    expect(events).toContainEqual({
      type: 'callWaiting',
      callId: 'c3',
      waitingFor: { kind: 'hazard', callId: 'c1', name: 'edit a', summary: 'edit a' },
    })
    edit.open()
    await settled()
    expect(log).toEqual(['edit a begins', 'edit b begins', 'edit a ends', 'read a begins'])
    other.open()
    await settled()
    expect(log.at(-1)).toBe('run begins')
  })

  test('keep a later call that conflicts with nothing going while an earlier one waits', async () => {
    const { submit } = setUp()
    const log: string[] = []
    const first = gated([{ kind: 'write', path: '/w/a' }], log, 'write')
    const second = gated([{ kind: 'write', path: '/w/a' }], log, 'second write')
    const third = gated([{ kind: 'read', path: '/w/z' }], log, 'read')
    for (const { script } of [first, second, third]) void submit(script)
    await settled()
    expect(log).toEqual(['write begins', 'read begins'])
  })

  test('begin the edits of one document in call order, together, even if an early one is asked about', async () => {
    const answer = Promise.withResolvers<void>()
    const gate: Gate = {
      ...openGate,
      check: async ({ id }, hooks) => {
        if (id === 'c1') {
          hooks.ask({ fingerprint: 'f', action: '', reason: '', canRemember: true })
          await answer.promise
        }
        return { kind: 'allowed', fingerprint: 'f' }
      },
    }
    const { submit } = setUp({ gate: { ...gate, check: once(gate.check) } })
    const log: string[] = []
    for (const name of ['a', 'b', 'c']) void submit(gated([{ kind: 'edit', path: '/w/a' }], log, name).script)
    await settled()
    expect(log).toEqual([])
    answer.resolve()
    await settled()
    expect(log).toEqual(['a begins', 'b begins', 'c begins'])
  })

  test('take no more places than the limit, and a waiting one takes none', async () => {
    const { submit, slots } = setUp({ limit: 2 })
    const log: string[] = []
    const lock = Promise.withResolvers<void>()
    void submit({
      run: async (progress) => {
        progress.waiting({ kind: 'lock', resource: 'a', place: 1 })
        await lock.promise
        progress.waiting(undefined)
        log.push('locked goes on')
        return done()
      },
    })
    const calls = ['b', 'c', 'd'].map((name) => gated([], log, name))
    for (const { script } of calls) void submit(script)
    await settled()
    expect(log).toEqual(['b begins', 'c begins'])
    lock.resolve()
    await settled()
    expect(log).toContain('locked goes on')
    calls[0]?.open()
    await settled()
    expect(log.at(-1)).toBe('d begins')
    for (const { open } of calls) open()
    await settled()
    expect(slots.taken).toBe(0)
  })
})

describe('a cancelled call', () => {
  test('that has not begun never runs, and says so', async () => {
    const { batch, submit, source } = setUp()
    const log: string[] = []
    const first = gated([{ kind: 'write', path: '/w/a' }], log, 'first')
    void submit(first.script)
    void submit(gated([{ kind: 'write', path: '/w/a' }], log, 'second').script)
    await settled()
    source.cancel('stop')
    first.open()
    const [, second] = await batch.results()
    expect(second).toMatchObject({ status: 'cancelled', reason: 'stop' })
    expect(second?.result).toMatch(/^Cancelled \(stop\): it did not run/)
    expect(log).not.toContain('second begins')
  })

  test('returns what it had got so far', async () => {
    const { submit, source } = setUp()
    const result = submit({
      run: async (progress, token) => {
        progress.output('half')
        await new Promise<void>((resolve) => token.onCancellationRequested(() => resolve()))
        return { kind: 'cancelled', partial: 'half' }
      },
    })
    await settled()
    source.cancel('stop')
    expect(await result).toMatchObject({ status: 'cancelled', result: 'Cancelled (stop): half' })
  })

  test('that had passed the point of no return reports what really happened', async () => {
    const { submit, source } = setUp()
    const written = Promise.withResolvers<void>()
    const result = submit({ run: () => written.promise.then(() => done('written')) })
    await settled()
    source.cancel('stop')
    written.resolve()
    expect(await result).toMatchObject({ status: 'completed', result: 'written' })
  })

  test('leaves its siblings running when it alone is stopped', async () => {
    const { batch, submit } = setUp()
    const log: string[] = []
    void submit({
      run: (_, token) =>
        new Promise((_resolve, reject) => token.onCancellationRequested(() => reject(new Error('gone')))),
    })
    const sibling = gated([], log, 'sibling')
    void submit(sibling.script)
    await settled()
    await batch.cancel('c1', 'stop')
    sibling.open()
    expect((await batch.results())[1]).toMatchObject({ status: 'completed' })
  })

  test('is abandoned after its grace when it ignores its token, with its effect unknown and its ports revoked', async () => {
    const { clock, submit, source, slots } = setUp()
    let kept: { reason: string | undefined } | undefined
    const result = submit({
      run: (progress, token) => {
        kept = token
        progress.output('some output')
        return new Promise(() => {})
      },
    })
    await settled()
    source.cancel('stop')
    clock.advance(GRACE_MS - 1)
    await settled()
    expect(kept?.reason).toBe('stop')
    clock.advance(1)
    expect(await result).toMatchObject({ status: 'cancelled', fact: 'effect unknown' })
    expect((await result).result).toContain('some output')
    expect(kept?.reason).toBe('dispose')
    expect(slots.taken).toBe(0)
    expect(clock.pending).toBe(0)
  })
})

describe('a deadline', () => {
  const untilCancelled: Script['run'] = (_, token) =>
    new Promise((resolve) => token.onCancellationRequested(() => resolve({ kind: 'cancelled', partial: 'part' })))

  test('starts when the work starts and ends the call as timed out', async () => {
    const { clock, submit } = setUp()
    const first = gated([{ kind: 'write', path: '/w/a' }])
    void submit(first.script)
    const result = submit({ claims: [{ kind: 'write', path: '/w/a' }], deadlineMs: 1_000, run: untilCancelled })
    await settled()
    clock.advance(60_000)
    first.open()
    await settled()
    clock.advance(999)
    await settled()
    clock.advance(1)
    expect(await result).toMatchObject({ status: 'cancelled', reason: 'timeout', result: 'Cancelled (timeout): part' })
    expect(clock.pending).toBe(0)
  })

  test('stands still while the call waits for a lock', async () => {
    const { clock, submit } = setUp()
    const lock = Promise.withResolvers<void>()
    const result = submit({
      deadlineMs: 1_000,
      run: async (progress, token) => {
        progress.waiting({ kind: 'lock', resource: 'a', place: 1 })
        await lock.promise
        progress.waiting(undefined)
        return await untilCancelled(progress, token)
      },
    })
    await settled()
    clock.advance(60_000)
    lock.resolve()
    await settled()
    clock.advance(1_000)
    expect(await result).toMatchObject({ reason: 'timeout' })
  })
})

describe('a steered command', () => {
  const asks: Gate = { ...openGate, ask: async (_id, _question, token) => orCancelled(new Promise(() => {}), token) }

  test('that asked first and did not heed the steer is deferred, whatever it offers afterwards', async () => {
    const { batch, submit } = setUp({ gate: asks })
    const result = submit({
      onSteer: 'background',
      run: async (progress, token) => {
        await progress.ask({ question: '?', options: [] }, token).catch(() => undefined)
        progress.onBackground(() => ({ id: 'late', output: '' }))
        return { kind: 'cancelled', partial: '' }
      },
    })
    await settled()
    batch.steer()
    expect(await result).toMatchObject({ status: 'deferred' })
  })

  test('that had begun when its parent returned early is not said to be deferred', async () => {
    const { source, submit } = setUp()
    const result = submit({
      onSteer: 'background',
      run: (progress, token) => {
        progress.onBackground(() => ({ id: 'it', output: '' }))
        return untilCancelled('half')(progress, token)
      },
    })
    await settled()
    source.cancel('steer')
    expect(await result).toMatchObject({ status: 'cancelled', result: 'Cancelled (steer): half' })
  })
})

/** Asked once a call, as the real gate remembers what was allowed. */
function once(check: Gate['check']): Gate['check'] {
  const allowed = new Set<string>()
  return async (call, hooks, token) => {
    if (allowed.has(call.id)) return { kind: 'allowed', fingerprint: 'f' }
    const verdict = await check(call, hooks, token)
    allowed.add(call.id)
    return verdict
  }
}
