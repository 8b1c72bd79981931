import { describe, expect, test } from 'vitest'
import { ModelError, type ModelPart } from '../../../../src/core/models/model.ts'
import { withRetry } from '../../../../src/core/models/retry.ts'
import { CancellationSource, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { gate, type Script, ScriptedModel, stop, text } from '../../../support/scriptedModels.ts'
import { settled } from '../../../support/settled.ts'

const request = { messages: [], tools: [] }
const failing = (code: string, retryAfterMs?: number) => [new ModelError(code, `${code}.`, { retryAfterMs })]

function start(scripts: Script[], token = neverCancelled) {
  const clock = new ManualClock()
  const scripted = new ScriptedModel(scripts)
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
  test.each(['rate_limited', 'server_error', 'unreachable', 'timeout', 'cut'])('%s is asked again', async (code) => {
    const { clock, parts, ended } = start([failing(code), [text('hi'), stop]])
    await settled()
    expect(parts).toEqual([{ type: 'retry', code, text: `${code}.`, retryAt: 1000, attempt: 2 }])
    clock.advance(1000)
    expect(await ended).toBe('ended')
    expect(parts.slice(1)).toEqual([text('hi'), stop])
  })

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

  test('a time that the endpoint names is kept exactly, up to a minute', async () => {
    const patient = start([failing('rate_limited', 45_000), [stop]])
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
    const { clock, scripted, ended } = start([failing('unreachable'), [stop]], source.token)
    await settled()
    source.cancel('stop')
    expect(await ended).toBe('ended')
    expect([scripted.requests.length, clock.pending, source.attached.listeners]).toEqual([1, 0, 0])
  })

  test('tryNow ends the wait', async () => {
    const { clock, model, ended } = start([failing('unreachable'), [stop]])
    await settled()
    model.tryNow()
    expect(await ended).toBe('ended')
    expect(clock.pending).toBe(0)
  })
})
