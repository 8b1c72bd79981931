import { describe, expect, test } from 'vitest'
import { modelClient } from '../../../../src/core/models/client.ts'
import type { ModelPart } from '../../../../src/core/models/model.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { delta, events, type FaultyServer, faultyServer, refuse } from '../../../support/faultyServer.ts'
import { ManualClock } from '../../../support/manualClock.ts'

/** The parts of one answer, each handed to `seen` as it comes; the error if it ended so. */
async function ask(server: FaultyServer, clock: ManualClock, seen: (part: ModelPart) => void = () => undefined) {
  await using client = modelClient({ baseUrl: server.baseUrl, model: 'm', apiKey: 'k', api: 'chat' }, {}, clock, {
    random: () => 0.5,
  })
  const parts: ModelPart[] = []
  try {
    for await (const part of client.model.stream({ messages: [], tools: [] }, neverCancelled)) {
      parts.push(part)
      seen(part)
    }
    return { parts }
  } catch (error) {
    return { parts, error }
  }
}

/** Lets the time of a pause pass as soon as it has begun. */
const skipPauses = (clock: ManualClock) => (part: ModelPart) => {
  if (part.type === 'retry') setImmediate(() => clock.advance(part.retryAt - clock.now()))
}

describe('modelClient', () => {
  test('it waits as long as the endpoint asks, then answers', async () => {
    await using server = await faultyServer((response, count) => {
      if (count === 1) return refuse(response, 429, { message: 'slow down' }, { 'retry-after': '20' })
      if (count === 2) return refuse(response, 500, { message: 'oh' })
      events(response, delta({ content: 'ok' }, 'stop'), '[DONE]')
      response.end()
    })
    const clock = new ManualClock()
    const { parts, error } = await ask(server, clock, skipPauses(clock))
    expect(error).toBeUndefined()
    expect(parts).toMatchObject([
      {
        type: 'retry',
        code: 'rate_limited',
        retryAt: 20_000,
        attempt: 2,
        text: expect.stringContaining('to wait 20 s'),
      },
      { type: 'retry', code: 'server_error', retryAt: 22_000, attempt: 3 },
      { type: 'text', text: 'ok' },
      { type: 'end', reason: 'stop' },
    ])
  })

  test('a connection that is only kept alive is given up, and its socket with it', async () => {
    const pinged = Promise.withResolvers<void>()
    await using server = await faultyServer((response) => {
      events(response)
      response.write(': keep-alive\n\n: keep-alive\n\n', () => pinged.resolve())
    })
    const clock = new ManualClock()
    const asked = ask(server, clock)
    await pinged.promise
    clock.advance(120_000)
    expect((await asked).error).toMatchObject({ code: 'stalled' })
    await server.quiet()
    expect([server.sockets.size, clock.pending]).toEqual([0, 0])
  })

  test('a refused key is not tried again', async () => {
    await using server = await faultyServer((response) => refuse(response, 401, { message: 'no' }))
    expect((await ask(server, new ManualClock())).error).toMatchObject({ code: 'unauthorized' })
    expect(server.bodies).toHaveLength(1)
  })
})
