import { LLMock } from '@copilotkit/aimock'
import { describe, expect, test } from 'vitest'
import { faultWorld, type FaultWorld } from '../../../support/model/faultWorld.ts'
import { faultsOf } from '../../../support/model/strictEndpoint.ts'

const GO = { userMessage: 'go' }
const read = { name: 'read_file', arguments: '{"path":"a.ts"}' }

/** A session at the mock of a provider, whose requests are checked when it ends. */
async function withMock(script: (mock: LLMock) => void, use: (world: FaultWorld) => Promise<void>): Promise<void> {
  const mock = new LLMock({ port: 0, chunkSize: 4 })
  script(mock)
  await mock.start()
  try {
    await using world = await faultWorld(() => undefined, { baseUrl: `${mock.url}/v1` })
    await use(world)
    expect(mock.getRequests().flatMap(({ body }) => faultsOf(body))).toEqual([])
  } finally {
    await mock.stop()
  }
}

const waits = ({ events }: FaultWorld): string[] =>
  events.flatMap((event) => (event.type === 'notice' ? [event.code] : []))

describe('a session at a mock of the provider', () => {
  test('waits as long as a rate limit says, and goes on', async () => {
    const script = (mock: LLMock): void => {
      mock.on({ ...GO, sequenceIndex: 0 }, { error: { message: 'slow down' }, status: 429, retryAfter: 7 })
      mock.on(GO, { content: 'All done.' })
    }
    await withMock(script, async (world) => {
      expect(await world.turn()).toMatchObject({ status: 'completed', text: 'All done.' })
      expect([waits(world), world.clock.now()]).toEqual([['rate_limited'], 7000])
    })
  })

  test.each([
    [401, 'invalid_api_key', 'unauthorized'],
    [404, 'model_not_found', 'unknown_model'],
    [429, 'insufficient_quota', 'quota'],
    [400, 'invalid_value', 'refused'],
  ])('HTTP %i with %s is said at once', async (status, code, expected) => {
    const script = (mock: LLMock): void => {
      mock.on(GO, { error: { message: 'no', code }, status })
    }
    await withMock(script, async (world) => {
      expect(await world.turn()).toMatchObject({ status: 'failed', error: { code: expected } })
      expect(waits(world)).toEqual([])
    })
  })

  test('asks again after connections that are dropped and answers that are not JSON', async () => {
    const script = (mock: LLMock): void => {
      mock.on({ ...GO, sequenceIndex: 0 }, { content: 'x' }, { chaos: { disconnectRate: 1 } })
      mock.on({ ...GO, sequenceIndex: 1 }, { content: 'x' }, { chaos: { dropRate: 1 } })
      mock.on(GO, { content: 'All done.' })
    }
    await withMock(script, async (world) => {
      expect(await world.turn()).toMatchObject({ status: 'completed', text: 'All done.' })
      expect(waits(world)).toHaveLength(2)
    })
  })

  test('keeps the text of an answer that was cut, and continues', async () => {
    const script = (mock: LLMock): void => {
      mock.on(GO, { content: 'One two three four five.' }, { truncateAfterChunks: 4, latency: 10 })
      mock.on({ userMessage: 'Continue.' }, { content: 'All done.' })
    }
    await withMock(script, async (world) => {
      expect(await world.turn()).toMatchObject({ status: 'failed', error: { code: 'cut' } })
      expect(world.session.state.messages.at(-1)).toMatchObject({ text: expect.stringMatching(/^One/) })
      expect(await world.turn('Continue.')).toMatchObject({ status: 'completed', text: 'All done.' })
    })
  })

  test('runs the calls of a cut answer once, and goes on with their results', async () => {
    const script = (mock: LLMock): void => {
      mock.on({ ...GO, hasToolResult: false }, { toolCalls: [read, read] }, { truncateAfterChunks: 9, latency: 10 })
      mock.on({ predicate: ({ messages }) => messages.some(({ role }) => role === 'tool') }, { content: 'All done.' })
    }
    await withMock(script, async (world) => {
      expect(await world.turn()).toMatchObject({ status: 'completed', text: 'All done.' })
      expect(world.reads).toEqual(['a.ts'])
    })
  })
})
