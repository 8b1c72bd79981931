import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NotificationMessage } from 'vscode-jsonrpc/node'
import { spoolNames } from '../../../../src/core/rpc/spool.ts'
import { spoolTransport } from '../../../../src/core/rpc/spoolTransport.ts'
import type { Transport } from '../../../../src/core/rpc/transport.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { MemoryFolder, type Whims } from '../../../support/rpc/memoryFolder.ts'
import { hops, propertyMs, runs, settled } from '../../../support/settled.ts'

const WRITERS = 3

type Move = { depth: number | undefined } & (
  | { kind: 'send'; writer: number; count: number }
  /** The writer's process dies while a file is half written. */
  | { kind: 'crash'; writer: number }
  | { kind: 'junk'; what: keyof typeof junk }
  | { kind: 'time'; ms: number }
)

const depth = fc.option(fc.nat({ max: 12 }), { nil: undefined })
const writer = fc.nat({ max: WRITERS - 1 })
const junk = {
  /** Left by a process of an earlier connection. */
  stale: () => ({ name: spoolNames('earlier')(), text: '[{"jsonrpc":"2.0","method":"old"}]' }),
  /** Its writer's machine lost what was not yet on its disk. */
  truncated: () => ({ name: spoolNames('run')(), text: '[{"jsonrpc":"2.0"' }),
  noArray: () => ({ name: spoolNames('run')(), text: '{"jsonrpc":"2.0","method":"odd"}' }),
  noMessage: () => ({ name: spoolNames('run')(), text: '[1]' }),
  wrongName: () => ({ name: `notes-${crypto.randomUUID()}.txt`, text: 'hello' }),
  folder: () => ({ name: `folder-${crypto.randomUUID()}`, text: undefined }),
}
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('send' as const), writer, count: fc.integer({ min: 1, max: 5 }), depth }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), writer, depth }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('junk' as const),
      what: fc.constantFrom(...(Object.keys(junk) as (keyof typeof junk)[])),
      depth,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.nat({ max: 150 }), depth }) },
)

test(
  'messages in files come once each, in the order of their writers, whatever else lies there, under any schedule',
  async () => {
    const whims = fc.infiniteStream(fc.nat({ max: 1_000 }))
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 40, size: 'max' }), whims, async (moves, numbers) => {
        const next = (): number => numbers.next().value ?? 0
        await play(moves, { depth: () => next() % 6, shown: () => next() % 2 === 0, removed: () => next() % 3 > 0 })
      }),
      { seed: 52, numRuns: runs(600) },
    )
  },
  propertyMs,
)

async function play(moves: readonly Move[], whims: Whims): Promise<void> {
  const [folder, clock, quiet] = [new MemoryFolder(whims), new ManualClock(), new MemoryFolder(whims)]
  const end = (inbox: MemoryFolder, outbox: MemoryFolder): Transport =>
    spoolTransport({ inbox, outbox, run: 'run', clock, release: () => Promise.resolve() })
  const reader = end(folder, quiet)
  const heard: string[] = []
  const faults: string[] = []
  reader.reader.onError((error) => faults.push(error.message))
  reader.reader.listen((message) => heard.push((message as NotificationMessage).method))
  const writers = Array.from({ length: WRITERS }, () => ({ end: end(quiet, folder), sent: 0, alive: true }))
  let put = 0
  for (const one of moves) {
    make(one)
    await hops(one.depth)
  }
  // A file waits for as many turns of the loop as the one before it had messages, twice.
  const sum = (): number => writers.reduce((all, { sent }) => all + sent, 0)
  const isDone = (): boolean => heard.length >= sum() && folder.aside.length >= put
  for (let turn = 0; turn < 6; turn++) {
    for (let part = 0; part < 20 && !isDone(); part++) await settled(5)
    clock.advance(100)
    await settled(5)
  }
  for (const [writer, { sent }] of writers.entries()) {
    const own = heard.filter((method) => method.startsWith(`${writer}:`))
    expect(own).toEqual(Array.from({ length: sent }, (_, n) => `${writer}:${n}`))
  }
  expect(heard).toHaveLength(sum())
  expect(faults).toHaveLength(put)
  expect(new Set(faults).size).toBe(put)
  expect(folder.aside).toHaveLength(put)
  expect([...folder.files.keys()].filter((name) => !name.startsWith('.'))).toEqual([])
  await Promise.all([reader, ...writers.map(({ end }) => end)].map((one) => one.dispose()))
  expect(clock.pending).toBe(0)

  function make(one: Move): void {
    switch (one.kind) {
      case 'send': {
        const from = writers[one.writer]
        if (from === undefined || !from.alive) return
        for (let n = 0; n < one.count; n++) {
          const message: NotificationMessage = { jsonrpc: '2.0', method: `${one.writer}:${from.sent++}` }
          void from.end.writer.write(message)
        }
        return
      }
      case 'crash': {
        const from = writers[one.writer]
        if (from === undefined || !from.alive) return
        from.alive = false
        folder.files.set(`.run.crashed-${one.writer}.000000000009.json`, '[{"jsonr')
        return
      }
      case 'junk': {
        put++
        const { name, text } = junk[one.what]()
        folder.files.set(name, text)
        return
      }
      case 'time':
        clock.advance(one.ms)
    }
  }
}
