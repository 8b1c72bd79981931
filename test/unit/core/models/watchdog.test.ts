import { describe, expect, test } from 'vitest'
import { type LivePart, withWatchdog } from '../../../../src/core/models/watchdog.ts'
import { CancellationSource, type CancellationToken } from '../../../../src/core/scheduling/cancellation.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { stop, text } from '../../../support/scriptedModels.ts'
import { settled } from '../../../support/settled.ts'

/** An adapter that the test feeds by hand; it hears no token. */
function start() {
  const clock = new ManualClock()
  const source = new CancellationSource()
  const pending = [Promise.withResolvers<LivePart | undefined>()]
  let inner: CancellationToken | undefined
  const model = withWatchdog(
    {
      id: 'x',
      async *stream(_request, token) {
        inner = token
        for (let at = 0; ; at++) {
          const part = await pending[at]?.promise
          if (part === undefined) return
          yield part
        }
      },
    },
    { clock, host: 'example.org', limits: () => ({ bytesMs: 1, eventsMs: 90_000 }) },
  )
  const feed = async (part: LivePart | undefined): Promise<void> => {
    pending.push(Promise.withResolvers())
    pending.at(-2)?.resolve(part)
    await settled()
  }
  const parts: LivePart[] = []
  const ended = (async () => {
    for await (const part of model.stream({ messages: [], tools: [] }, source.token)) parts.push(part)
    return 'ended'
  })().catch((error: unknown) => error)
  return { clock, source, feed, parts, ended, inner: () => inner }
}

describe('withWatchdog', () => {
  test('too long without a first part is a stall, and the request is cancelled', async () => {
    const { clock, ended, inner } = start()
    await settled()
    clock.advance(90_000)
    expect(await ended).toMatchObject({ code: 'stalled', message: expect.stringContaining('example.org') })
    expect(inner()?.isCancellationRequested).toBe(true)
  })

  test('each part starts the wait again', async () => {
    const { clock, feed, parts, ended } = start()
    await settled()
    for (const part of [text('a'), text('b')]) {
      clock.advance(89_999)
      await feed(part)
    }
    expect(parts).toHaveLength(2)
    clock.advance(90_000)
    expect(await ended).toMatchObject({ code: 'stalled' })
  })

  test('a sign of life counts', async () => {
    const { clock, feed, parts, ended } = start()
    await settled()
    clock.advance(89_999)
    await feed({ type: 'alive' })
    clock.advance(89_999)
    await feed(stop)
    await feed(undefined)
    expect(await ended).toBe('ended')
    expect(parts).toEqual([{ type: 'alive' }, stop])
    expect(clock.pending).toBe(0)
  })

  test('a cancelled stream ends at once although the adapter hears nothing', async () => {
    const { clock, source, ended } = start()
    await settled()
    source.cancel('stop')
    expect(await ended).toBe('ended')
    expect([clock.pending, source.attached.listeners]).toEqual([0, 0])
  })
})
