import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ARGUMENTS_LIMIT, type AssembledEvent, CallAssembler } from '../../../../src/core/models/callAssembler.ts'
import { runs } from '../../../support/settled.ts'

const piece = (index: number, text: string, name?: string) => ({ type: 'call' as const, index, name, arguments: text })
const notable = (events: AssembledEvent[]) => events.filter(({ kind }) => kind !== 'drafted')

/** Feeds the pieces; gives what each of them, and the end, brought besides progress. */
function assemble(
  pieces: ReturnType<typeof piece>[],
  accepts?: (name: string, input: unknown) => boolean,
): AssembledEvent[][] {
  const assembler = new CallAssembler(accepts)
  return [...pieces.map((part) => notable(assembler.add(part))), notable(assembler.end())]
}

const byText = (a: unknown, b: unknown) => JSON.stringify(a).localeCompare(JSON.stringify(b))

describe('CallAssembler', () => {
  test('a call is complete with the byte that closes its arguments, before the stream ends', () => {
    const [first, second, third, end] = assemble([
      piece(0, '{"path":', 'read_file'),
      piece(0, '"a}\\"{"'),
      piece(0, '}'),
    ])
    expect([first, second]).toEqual([[], []])
    expect(third).toEqual([
      { kind: 'complete', index: 0, name: 'read_file', raw: '{"path":"a}\\"{"}', input: { path: 'a}"{' } },
    ])
    expect(end).toEqual([])
  })

  test('progress says how many bytes have come, not characters', () => {
    expect(new CallAssembler().add(piece(0, '{"a":"é', 'x'))).toEqual([
      { kind: 'drafted', index: 0, name: 'x', bytes: 8 },
    ])
  })

  test('an empty object waits for the next call', () => {
    const [first, second] = assemble([piece(0, '{}', 'todo'), piece(1, '{"a', 'read_file')])
    expect(first).toEqual([])
    expect(second).toEqual([{ kind: 'complete', index: 0, name: 'todo', raw: '{}', input: {} }])
  })

  test('an empty object that arguments follow is replaced by them and runs once', () => {
    const events = assemble([piece(0, '{ }', 'read_file'), piece(0, '{"path":"a"}')]).flat()
    expect(events).toEqual([
      { kind: 'complete', index: 0, name: 'read_file', raw: '{"path":"a"}', input: { path: 'a' } },
    ])
  })

  test('no arguments at all are an empty object at the end', () => {
    expect(assemble([piece(0, '', 'todo')]).flat()).toEqual([
      { kind: 'complete', index: 0, name: 'todo', raw: '', input: {} },
    ])
  })

  test('what the schema does not take waits for the end and is complete anyway', () => {
    const [first, end] = assemble([piece(0, '{"a":1}', 'x')], () => false)
    expect(first).toEqual([])
    expect(end).toEqual([{ kind: 'complete', index: 0, name: 'x', raw: '{"a":1}', input: { a: 1 } }])
  })

  test('bytes after the end are reported and never make a second call', () => {
    const events = assemble([piece(0, '{"a":1}{"b"', 'x'), piece(0, ':2} '), piece(0, ' \n')]).flat()
    expect(events.map(({ kind }) => kind)).toEqual(['complete', 'extra', 'extra'])
  })

  test('what is balanced but not JSON is malformed, with the parser’s reason', () => {
    const [event] = assemble([piece(0, "{'a': 1}", 'x')]).flat()
    expect(event).toMatchObject({ kind: 'malformed', index: 0, raw: "{'a': 1}" })
    expect(event).toHaveProperty('message', expect.stringContaining('not valid JSON'))
  })

  test('what never was JSON is malformed at the end, what was cut is unfinished', () => {
    expect(assemble([piece(0, 'sure, here it is', 'x')]).flat()).toMatchObject([{ kind: 'malformed' }])
    expect(assemble([piece(0, '{"path":"a', 'x')]).flat()).toEqual([
      { kind: 'unfinished', index: 0, name: 'x', raw: '{"path":"a' },
    ])
  })

  test('a name that comes after the arguments completes the call', () => {
    const [first, second] = assemble([piece(0, '{"a":1}'), piece(0, '', 'x')])
    expect(first).toEqual([])
    expect(second).toMatchObject([{ kind: 'complete', name: 'x', input: { a: 1 } }])
  })

  test('arguments over the limit are refused once, and the rest is ignored', () => {
    const chunk = 'x'.repeat(ARGUMENTS_LIMIT / 2)
    const events = assemble([piece(0, '{"a":"', 'x'), piece(0, chunk), piece(0, chunk), piece(0, '"}')]).flat()
    expect(events).toMatchObject([
      { kind: 'malformed', raw: '' },
      { kind: 'extra', bytes: 2 },
    ])
  })

  test('however several calls are cut and interleaved, the same calls come out', () => {
    const inputs = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { minKeys: 1 }), {
      minLength: 1,
      maxLength: 4,
    })
    const property = fc.property(inputs, fc.infiniteStream(fc.nat()), (values, choices) => {
      const rest = values.map((value, index) => ({ index, text: JSON.stringify(value), begun: false }))
      const pieces: ReturnType<typeof piece>[] = []
      const next = (below: number) => (choices.next().value ?? 0) % below
      for (let open = rest; open.length > 0; open = open.filter(({ text }) => text !== '')) {
        const one = open[next(open.length)]
        if (one === undefined) throw new Error('there is always one')
        const cut = next(Math.min(one.text.length, 7)) + 1
        pieces.push(piece(one.index, one.text.slice(0, cut), one.begun ? undefined : `tool${one.index}`))
        one.text = one.text.slice(cut)
        one.begun = true
      }
      const events = assemble(pieces).flat()
      const got = events.map((event) =>
        event.kind === 'complete' ? [event.index, event.name, JSON.stringify(event.input)] : event,
      )
      const wanted = values.map((value, index) => [
        index,
        `tool${index}`,
        JSON.stringify(JSON.parse(JSON.stringify(value))),
      ])
      expect(got.sort(byText)).toEqual(wanted.sort(byText))
    })
    fc.assert(property, { seed: 2, numRuns: runs(300) })
  })
})
