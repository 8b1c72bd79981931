import { APIError } from 'openai'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { serverSentEvents } from '../../../../src/core/models/serverSentEvents.ts'
import { propertyMs, runs } from '../../../support/settled.ts'

/** What comes of these pieces, and the error if there was one. */
async function decode(pieces: Iterable<string | Uint8Array>): Promise<{ batches: unknown[][]; error?: unknown }> {
  const bytes = Array.from(pieces, (piece) => (typeof piece === 'string' ? new TextEncoder().encode(piece) : piece))
  const batches: unknown[][] = []
  try {
    for await (const batch of serverSentEvents(new Response(ReadableStream.from(bytes)))) batches.push(batch)
    return { batches }
  } catch (error) {
    return { batches, error }
  }
}

const eventsOf = async (...pieces: string[]): Promise<unknown[]> => (await decode(pieces)).batches.flat()

describe('serverSentEvents', () => {
  test('events that come together are one batch, and comments are nothing', async () => {
    const { batches } = await decode(['data: 1\n\n: ping\n\ndata:2\n\n', ': ping\n\n', 'id: 7\ndata: 3\nretry: 5\n\n'])
    expect(batches).toEqual([[1, 2], [3]])
  })

  test('several lines of data are one, and lines end in any way', async () => {
    expect(await eventsOf('data: {"a":\r', '\ndata: 1}\r\n\r\n')).toEqual([{ a: 1 }])
    expect(await eventsOf('data: {"a":\r\ndata: 1}\r\n\r\n', 'data: 2\r\rdata: 3\n\n')).toEqual([{ a: 1 }, 2, 3])
  })

  test('nothing after the word of the end is read', async () => {
    expect(await eventsOf('data: 1\n\ndata: [DONE]\n\ndata: 2\n\n', 'data: 3\n\n')).toEqual([1])
  })

  test('an event that is not whole when the body ends is none', async () => {
    expect(await eventsOf('data: 1\n\n', 'data: {"a"')).toEqual([1])
    expect(await eventsOf('data: 1\n')).toEqual([])
  })

  test.each([
    ['no JSON', 'data: {"a"\n\n', SyntaxError],
    ['an error by its name', 'event: error\ndata: {"message":"Oh."}\n\n', APIError],
    ['an error by its content', 'data: {"error":{"message":"Oh."}}\n\n', APIError],
  ])('what came before %s is told, then what is wrong', async (_name, wrong, kind) => {
    const { batches, error } = await decode([`data: 1\n\n${wrong}data: 2\n\n`])
    expect(batches).toEqual([[1]])
    expect(error).toBeInstanceOf(kind)
  })

  test('the name of an event is of that one alone', async () => {
    expect(await eventsOf('event: ping\n\nevent: delta\ndata: 1\n\ndata: {"error":null}\n\n')).toEqual([
      1,
      { error: null },
    ])
  })

  test(
    'wherever the bytes are cut, the events are the same',
    async () => {
      const line = fc.constantFrom('\n', '\r\n', '\r')
      const cuts = fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 40 })
      const value = fc.oneof(fc.string({ unit: 'binary' }), fc.record({ t: fc.string({ unit: 'grapheme' }) }))
      const property = fc.asyncProperty(fc.array(value, { maxLength: 6 }), line, cuts, async (values, end, lengths) => {
        const all = values.map((each) => `: x${end}data: ${JSON.stringify(each)}${end}${end}`).join('')
        const bytes = new TextEncoder().encode(all)
        const pieces: Uint8Array[] = []
        for (let from = 0, at = 0; from < bytes.length; at++) {
          const length = 1 + (lengths[at % lengths.length] ?? 0)
          pieces.push(bytes.slice(from, from + length))
          from += length
        }
        // A carriage return alone may be half of an end: what follows it says so.
        const { batches, error } = await decode([...pieces, ': end\n'])
        expect(error).toBeUndefined()
        expect(batches.flat()).toEqual(values.map((each) => JSON.parse(JSON.stringify(each)) as unknown))
      })
      await fc.assert(property, { seed: 63, numRuns: runs(500) })
    },
    propertyMs,
  )
})
