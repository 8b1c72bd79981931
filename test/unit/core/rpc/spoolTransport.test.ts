import { expect, test } from 'vitest'
import type { NotificationMessage } from 'vscode-jsonrpc/node'
import { type SpoolEntry, spoolNames } from '../../../../src/core/rpc/spool.ts'
import { spoolTransport } from '../../../../src/core/rpc/spoolTransport.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { MemoryFolder } from '../../../support/rpc/memoryFolder.ts'
import { settled } from '../../../support/settled.ts'

const plain = { depth: () => 0, shown: () => true, removed: () => true }

function reading() {
  const clock = new ManualClock()
  const inbox = new MemoryFolder(plain)
  const outbox = new MemoryFolder(plain)
  const looks: number[] = []
  const counting = {
    list: (): Promise<SpoolEntry[]> => {
      looks.push(clock.now())
      return inbox.list()
    },
    write: () => Promise.resolve(),
    remove: (names: readonly string[]) => inbox.remove(names),
    setAside: (names: readonly string[]) => inbox.setAside(names),
  }
  const { reader, writer, dispose } = spoolTransport({
    inbox: counting,
    outbox,
    run: 'run',
    clock,
    release: () => Promise.resolve(),
  })
  const heard: string[] = []
  const faults: string[] = []
  let closed = false
  reader.onError((error) => faults.push(error.message))
  reader.onClose(() => (closed = true))
  writer.onError(([error]) => faults.push(error.message))
  writer.onClose(() => (closed = true))
  reader.listen((message) => heard.push((message as NotificationMessage).method))
  const nextName = spoolNames('run')
  const put = (method: string, name = nextName()): void =>
    void inbox.files.set(name, JSON.stringify([{ jsonrpc: '2.0', method }]))
  /** Moves on in steps of a millisecond, in which all that is due happens. */
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed++) {
      await settled(2)
      clock.advance(1)
    }
    await settled(2)
  }
  return { clock, inbox, outbox, looks, heard, faults, put, pass, nextName, writer, dispose, isClosed: () => closed }
}

const gaps = (times: readonly number[]): number[] => times.slice(1).map((time, n) => time - (times[n] ?? 0))

test('a folder that stays empty is looked at less and less often, and often again when something came or was sent', async () => {
  const { looks, put, pass, heard, writer, dispose } = reading()
  await pass(427)
  expect(gaps(looks)).toEqual([1, 2, 4, 8, 16, 32, 64, 100, 100, 100])
  put('hello')
  looks.length = 0
  await pass(110)
  expect(heard).toEqual(['hello'])
  expect(gaps(looks).slice(0, 4)).toEqual([0, 1, 2, 4])
  await pass(400)
  looks.length = 0
  const message: NotificationMessage = { jsonrpc: '2.0', method: 'asks' }
  await writer.write(message)
  await pass(10)
  expect(gaps(looks).slice(0, 3)).toEqual([1, 2, 4])
  await dispose()
})

test('files after one that never comes are held back for a while, then taken, and that is told', async () => {
  const { put, pass, heard, faults, nextName, dispose } = reading()
  put('first')
  const missing = nextName()
  put('third')
  put('fourth')
  await pass(4_900)
  expect(heard).toEqual(['first'])
  await pass(400)
  expect(heard).toEqual(['first', 'third', 'fourth'])
  expect(faults).toEqual([`files 2 to 2 of ${missing.split('.')[1]} never came`])
  await dispose()
})

test('one that comes late is taken in its turn', async () => {
  const { put, pass, heard, faults, nextName, dispose } = reading()
  const late = nextName()
  put('second')
  await pass(300)
  expect(heard).toEqual([])
  put('first', late)
  await pass(300)
  expect(heard).toEqual(['first', 'second'])
  expect(faults).toEqual([])
  await dispose()
})

test('closes when its folder cannot be read or written any more, and tells why unless the folder is gone', async () => {
  const gone = reading()
  gone.inbox.gone = true
  await gone.pass(5)
  expect([gone.isClosed(), gone.faults, gone.clock.pending]).toEqual([true, [], 0])

  const full = reading()
  full.outbox.write = () => Promise.reject(new Error('no space left'))
  await full.writer.write({ jsonrpc: '2.0' })
  await full.pass(1)
  expect([full.isClosed(), full.faults]).toEqual([true, ['no space left']])
  await Promise.all([gone.dispose(), full.dispose()])
  expect(full.clock.pending).toBe(0)
})

test('names are of one writer each, and in the order in which they were given', () => {
  const writers = Array.from({ length: 100 }, () => spoolNames('run'))
  const names = writers.flatMap((next) => [next(), next(), next()])
  expect(new Set(names).size).toBe(300)
  expect(names.slice(0, 3)).toEqual(names.slice(0, 3).toSorted())
  for (const name of names) expect(name).toMatch(/^run\.\d+-\d+-[\da-f]{12}\.\d{12}\.json$/)
})
