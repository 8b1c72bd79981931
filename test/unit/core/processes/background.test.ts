import { beforeEach, expect, test } from 'vitest'
import { BackgroundTable, type BackgroundWork } from '../../../../src/core/processes/background.ts'
import { OutputBuffer } from '../../../../src/core/processes/outputBuffer.ts'
import { ManualClock } from '../../../support/manualClock.ts'

type Told = { type: string; processId: string; tail?: string; how?: string }

let clock: ManualClock
let told: Told[]
let table: BackgroundTable

beforeEach(() => {
  clock = new ManualClock()
  told = []
  table = new BackgroundTable({ emit: (_turn, event) => told.push(event), clock })
})

function work(name = 'server') {
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  const stop = async (): Promise<void> => end('stopped')
  const output = new OutputBuffer(1_000)
  const owner = { sessionId: 's', turnId: 't1', callId: 'c1' }
  const made: BackgroundWork = { name, title: `run ${name}`, kind: 'command', owner, output, ended, stop }
  return { made, output, end }
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

test('an id is the wanted name or has a number behind it, and never one of the tool’s own words', () => {
  const ids = ['npm', 'npm', 'a b/c', 'any', 'all', ''].map((name) => table.adopt(work(name).made).id)
  expect(ids).toEqual(['npm', 'npm-2', 'a-b-c', 'any-2', 'all-2', 'command'])
})

test('one that has ended can be read, and its id is free only when its entry is gone', async () => {
  const first = work()
  const entry = table.adopt(first.made)
  first.output.add(Buffer.from('last words\n'))
  first.end('exit code 0')
  await settle()
  expect(table.get('server')).toBe(entry)
  expect(entry.end?.how).toBe('exit code 0')
  expect(entry.work.output.unread()).toBe('last words\n')
  expect(table.adopt(work().made).id).toBe('server-2')
  for (let at = 0; at < 16; at++) {
    clock.advance(1)
    const { made, end } = work(`other-${at}`)
    table.adopt(made)
    end('exit code 0')
    await settle()
  }
  expect(table.get('server')).toBeUndefined()
  expect(table.adopt(work().made).id).toBe('server')
})

test('its start, its last lines now and then, and its end are told', async () => {
  const { made, output, end } = work()
  table.adopt(made)
  for (let line = 1; line <= 5; line++) output.add(Buffer.from(`line ${line}\n`))
  expect(told.map(({ type }) => type)).toEqual(['processStarted'])
  clock.advance(250)
  expect(told.at(-1)).toMatchObject({ type: 'processOutput', tail: 'line 3\nline 4\nline 5' })
  clock.advance(100_000)
  expect(told).toHaveLength(2)
  output.add(Buffer.from('prompt> '))
  clock.advance(250)
  expect(told).toHaveLength(2)
  clock.advance(4_750)
  expect(told.at(-1)?.tail).toBe('line 4\nline 5\nprompt> ')
  end('exit code 3')
  await settle()
  expect(told.at(-1)).toMatchObject({ type: 'processEnded', processId: 'server', how: 'exit code 3' })
})

test('dispose ends what runs and tells nothing after it', async () => {
  const [a, b] = [work('a'), work('b')]
  for (const { made } of [a, b]) table.adopt(made)
  a.end('exit code 0')
  await settle()
  await table.dispose()
  await settle()
  expect(table.get('a')?.end?.how).toBe('exit code 0')
  expect(table.get('b')?.end?.how).toBe('stopped')
  const { length } = told
  b.output.add(Buffer.from('late\n'))
  clock.advance(10_000)
  expect(told).toHaveLength(length)
})
