import { describe, expect, test } from 'vitest'
import { RESPONSE_LIMIT, withByteWatch } from '../../../../src/core/models/byteWatch.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { settled } from '../../../support/settled.ts'

/** A response whose body the test writes by hand. */
function start(status = 200) {
  const clock = new ManualClock()
  const sent: ReadableStreamDefaultController<Uint8Array>[] = []
  let cancelled: unknown
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => void sent.push(controller),
    cancel: (reason) => void (cancelled = reason),
  })
  const answer = async (): Promise<Response> => new Response(body, { status, headers: { 'x-a': 'b' } })
  const fetch = withByteWatch(answer, {
    clock,
    host: 'example.org',
    limits: () => ({ bytesMs: 60_000, eventsMs: 1 }),
  })
  const write = (bytes: Uint8Array): void => sent[0]?.enqueue(bytes)
  return { clock, fetch: () => fetch('x'), write, close: () => sent[0]?.close(), cancelled: () => cancelled }
}

describe('withByteWatch', () => {
  test('the response is what it was, its bytes too', async () => {
    const { clock, fetch, write, close } = start(429)
    const response = await fetch()
    expect([response.status, response.headers.get('x-a')]).toEqual([429, 'b'])
    write(Buffer.from('a'))
    write(Buffer.from('b'))
    close()
    expect(await response.text()).toBe('ab')
    expect(clock.pending).toBe(0)
  })

  test('each byte starts the wait again; a minute without one fails the body and ends the connection', async () => {
    const { clock, fetch, write, cancelled } = start()
    const text = (await fetch()).text().catch((error: unknown) => error)
    for (let count = 0; count < 3; count++) {
      await settled()
      clock.advance(59_999)
      write(Buffer.from(': keep-alive\n\n'))
    }
    await settled()
    clock.advance(60_000)
    expect(await text).toMatchObject({ code: 'stalled', message: expect.stringMatching(/example\.org for 60 s\./) })
    expect(cancelled()).toMatchObject({ code: 'stalled' })
    expect(clock.pending).toBe(0)
  })

  test('a reader who takes a pause is not the server’s silence', async () => {
    const { clock, fetch, write } = start()
    const reader = (await fetch()).body?.getReader()
    write(Buffer.from('a'))
    await reader?.read()
    await settled()
    clock.advance(600_000)
    write(Buffer.from('b'))
    expect(await reader?.read()).toMatchObject({ done: false })
  })

  test('a body without an end is given up', async () => {
    const { fetch, write, cancelled } = start()
    const reader = (await fetch()).body?.getReader()
    const half = new Uint8Array(RESPONSE_LIMIT / 2)
    for (let count = 0; count < 2; count++) {
      write(half)
      await reader?.read()
    }
    write(new Uint8Array(1))
    await expect(reader?.read()).rejects.toMatchObject({ code: 'endless' })
    expect(cancelled()).toMatchObject({ code: 'endless' })
  })
})
