import { describe, expect, test } from 'vitest'
import { ModelError, type ModelPart } from '../../../../src/core/models/model.ts'
import { withRetry } from '../../../../src/core/models/retry.ts'
import { CancellationSource, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { gate, type Script, ScriptedModel, stop, text } from '../../../support/scriptedModels.ts'
import { settled } from '../../../support/settled.ts'

const request = { messages: [], tools: [] }
const failing = (code: string, retryAfterMs?: number) => [new ModelError(code, `${code}.`, { retryAfterMs })]

function start(scripts: Script[] | ((clock: ManualClock) => Script[]), token = neverCancelled) {
  const clock = new ManualClock()
  const scripted = new ScriptedModel(typeof scripts === 'function' ? scripts(clock) : scripts)
  const model = withRetry(scripted, { clock, random: () => 0.5 })
  const parts: ModelPart[] = []
  const run = (async () => {
    for await (const part of model.stream(request, token)) parts.push(part)
  })()
  const ended = run.then(
    () => 'ended',
    (error: unknown) => error,
  )
  return { clock, scripted, model, parts, ended }
}

describe('withRetry', () => {
  test.each(['rate_limited', 'server_error', 'unreachable', 'timeout', 'cut', 'malformed'])(
    '%s is asked again',
    async (code) => {
      const { clock, parts, ended } = start([failing(code), [text('hi'), stop]])
      await settled()
      expect(parts).toEqual([{ type: 'retry', code, text: `${code}.`, retryAt: 1000, attempt: 2 }])
      clock.advance(1000)
      expect(await ended).toBe('ended')
      expect(parts.slice(1)).toEqual([text('hi'), stop])
    },
  )

  test.each(['unauthorized', 'unknown_model', 'refused', 'quota', 'context_overflow', 'stalled', 'tls'])(
    '%s is not',
    async (code) => {
      const { scripted, parts, ended } = start([failing(code)])
      expect(await ended).toMatchObject({ code, message: `${code}.` })
      expect([scripted.requests.length, parts]).toEqual([1, []])
    },
  )

  test('nothing is asked again after part of an answer came', async () => {
    const { scripted, ended } = start([[text('half'), ...failing('cut')]])
    expect(await ended).toMatchObject({ code: 'cut' })
    expect(scripted.requests).toHaveLength(1)
  })

  test.each(['server_error', 'rate_limited', 'stalled', 'malformed', 'endless'])(
    '%s in the middle of an answer is an answer that broke off',
    async (code) => {
      const { ended } = start([[text('half'), ...failing(code)]])
      expect(await ended).toMatchObject({ code: 'cut', message: `The answer broke off. ${code}.` })
    },
  )

  test('what no continuation helps against keeps its name', async () => {
    const { ended } = start([[text('half'), ...failing('context_overflow')]])
    expect(await ended).toMatchObject({ code: 'context_overflow' })
  })

  test('thoughts that the user has seen are part of an answer, a blank is not', async () => {
    const thought = { type: 'reasoning' as const, text: 'Hm.' }
    expect(await start([[thought, ...failing('cut')]]).ended).toMatchObject({ code: 'cut' })
    const { clock, ended } = start([
      [text('\n'), ...failing('cut')],
      [text('hi'), stop],
    ])
    await settled()
    clock.advance(1000)
    expect(await ended).toBe('ended')
  })

  test('a stream that ends without a word about its end broke off', async () => {
    expect(await start([[text('half')]]).ended).toMatchObject({ code: 'cut' })
    const { clock, parts, ended } = start([[], [text('hi'), stop]])
    await settled()
    expect(parts).toMatchObject([{ type: 'retry', code: 'cut' }])
    clock.advance(1000)
    expect(await ended).toBe('ended')
  })

  test('an empty answer is asked for once more, and then said', async () => {
    const usage = { type: 'usage' as const, usage: { inputTokens: 5, outputTokens: 0 } }
    const thought = { type: 'reasoning' as const, text: 'Hm.' }
    const { clock, parts, scripted, ended } = start([
      [thought, text(' \n'), usage, stop],
      [usage, stop],
    ])
    await settled()
    clock.advance(1000)
    expect(await ended).toMatchObject({ code: 'empty', message: expect.stringMatching(/^Gave up after 2 attempts/) })
    expect(scripted.requests).toHaveLength(2)
    expect(parts.filter(({ type }) => type === 'usage')).toHaveLength(2)
    expect(parts.filter(({ type }) => type === 'end')).toEqual([])
  })

  test('an answer without a word that the limit or a filter ended is not asked for again', async () => {
    for (const reason of ['length', 'filtered'] as const) {
      const { parts, ended } = start([[{ type: 'end', reason }]])
      expect([await ended, parts]).toEqual(['ended', [{ type: 'end', reason }]])
    }
  })

  test('pauses double, and after five attempts it gives up with the reason', async () => {
    const { clock, parts, scripted, ended } = start(Array.from({ length: 6 }, () => failing('server_error')))
    for (const pause of [1000, 2000, 4000, 8000]) {
      await settled()
      clock.advance(pause)
    }
    expect(await ended).toMatchObject({ code: 'server_error', message: 'Gave up after 5 attempts. server_error.' })
    expect(parts.map((part) => part.type === 'retry' && part.retryAt)).toEqual([1000, 3000, 7000, 15_000])
    expect(scripted.requests).toHaveLength(5)
  })

  test('attempts that take long themselves use up the time', async () => {
    const slow = gate()
    const { clock, scripted, ended } = start([[slow.opened, ...failing('timeout')]])
    clock.advance(29_500)
    slow.open()
    expect(await ended).toMatchObject({ code: 'timeout' })
    expect(scripted.requests).toHaveLength(1)
  })

  test('five connections that hang for ten seconds each are given up after thirty', async () => {
    const { clock, scripted, ended } = start((its) =>
      Array.from({ length: 5 }, () => () => [
        new Promise<void>((resolve) => its.after(10_000, resolve)),
        ...failing('timeout'),
      ]),
    )
    const ends: unknown[] = []
    void ended.then((error) => ends.push(clock.now(), error))
    for (let second = 0; second < 60 && ends.length === 0; second++) {
      await settled(5)
      clock.advance(1000)
    }
    await settled()
    expect(ends).toMatchObject([30_000, { code: 'timeout', message: 'Gave up after 3 attempts. timeout.' }])
    expect([scripted.requests.length, scripted.open]).toEqual([3, 0])
  })

  test('an attempt that shows a sign of life in time may take as long as it needs', async () => {
    const rest = gate()
    const alive = { type: 'usage' as const, usage: { inputTokens: 1, outputTokens: 0 } }
    const { clock, ended } = start([failing('timeout'), [alive, rest.opened, text('hi'), stop]])
    await settled()
    clock.advance(1000)
    await settled()
    clock.advance(60_000)
    rest.open()
    expect(await ended).toBe('ended')
    expect(clock.pending).toBe(0)
  })

  test('no time at all is no leave to ask without a pause', async () => {
    const { parts } = start([failing('rate_limited', 0)])
    await settled()
    expect(parts).toMatchObject([{ type: 'retry', retryAt: 1000 }])
  })

  test('pauses differ by chance, by a quarter at most', async () => {
    const pauses = await Promise.all(
      [0, 0.999].map(async (chance) => {
        const model = withRetry(new ScriptedModel([failing('cut')]), { clock: new ManualClock(), random: () => chance })
        const { value } = await model.stream(request, neverCancelled)[Symbol.asyncIterator]().next()
        return value?.type === 'retry' ? Math.round(value.retryAt) : undefined
      }),
    )
    expect(pauses).toEqual([750, 1250])
  })

  test('a time that the endpoint names is kept exactly, up to a minute', async () => {
    const patient = start([failing('rate_limited', 45_000), [text('hi'), stop]])
    await settled()
    patient.clock.advance(44_999)
    await settled()
    expect(patient.scripted.requests).toHaveLength(1)
    patient.clock.advance(1)
    expect(await patient.ended).toBe('ended')
    expect(await start([failing('rate_limited', 61_000)]).ended).toMatchObject({ code: 'rate_limited' })
  })

  test('a wait ends at once when the token is cancelled, and leaves no timer', async () => {
    const source = new CancellationSource()
    const { clock, scripted, ended } = start([failing('unreachable'), [text('hi'), stop]], source.token)
    await settled()
    source.cancel('stop')
    expect(await ended).toBe('ended')
    expect([scripted.requests.length, clock.pending, source.attached.listeners]).toEqual([1, 0, 0])
  })

  test('tryNow ends the wait', async () => {
    const { clock, model, ended } = start([failing('unreachable'), [text('hi'), stop]])
    await settled()
    model.tryNow()
    expect(await ended).toBe('ended')
    expect(clock.pending).toBe(0)
  })
})
