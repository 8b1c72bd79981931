import { describe, expect, test } from 'vitest'
import { type Handlers, type Reply, RpcConnection } from '../../../../src/core/rpc/connection.ts'
import { streamTransport } from '../../../../src/core/rpc/streamTransport.ts'
import {
  CancellationSource,
  type CancellationToken,
  CancelledError,
  neverCancelled,
  orCancelled,
} from '../../../../src/core/scheduling/cancellation.ts'
import { failed } from '../../../../src/core/tools/tool.ts'
import { pairs, sockets } from '../../../support/rpc/pairs.ts'
import { settled } from '../../../support/settled.ts'

const never = new Promise<never>(() => {})
const ok = (value: unknown): Reply => ({ kind: 'ok', value })

interface Ends {
  asker: RpcConnection
  answerer: RpcConnection
  /** What either side reported. */
  faults: string[]
  [Symbol.asyncDispose](): Promise<void>
}

async function ends(way: keyof typeof pairs, handlers: Partial<Handlers>, own: Partial<Handlers> = {}): Promise<Ends> {
  const faults: string[] = []
  const onFault = (message: string): void => void faults.push(message)
  const [here, there] = await pairs[way]()
  const asker = new RpcConnection(here, { onFault, ...own })
  const answerer = new RpcConnection(there, { onFault, ...handlers })
  const dispose = async (): Promise<void> => {
    await Promise.all([asker[Symbol.asyncDispose](), answerer[Symbol.asyncDispose]()])
  }
  return { asker, answerer, faults, [Symbol.asyncDispose]: dispose }
}

describe.each(['stream', 'files', 'commands'] as const)('a connection over %s', (way) => {
  test('runs requests at once, both ways, and brings each answer to its asker in whatever order they come', async () => {
    const gates = Array.from({ length: 50 }, () => Promise.withResolvers<void>())
    let arrived = 0
    const all = Promise.withResolvers<void>()
    const echo = async (params: unknown): Promise<Reply> => {
      if (++arrived === 100) all.resolve()
      await gates[(params as { n: number }).n]?.promise
      return ok(params)
    }
    await using both = await ends(way, { requests: { echo } }, { requests: { echo } })
    const asked = [both.asker, both.answerer].flatMap((side, from) =>
      gates.map((_, n) => side.request('echo', { n, from }, neverCancelled)),
    )
    await all.promise
    for (const { resolve } of gates.toReversed()) resolve()
    expect(await Promise.all(asked)).toEqual([0, 1].flatMap((from) => gates.map((_, n) => ok({ n, from }))))
    expect(both.faults).toEqual([])
  })

  test('takes a cancelled request back, and tells what has happened there all the same', async () => {
    const reasons: unknown[] = []
    const wait = async (params: unknown, token: CancellationToken): Promise<Reply> => {
      await orCancelled(never, token).catch(() => reasons.push(token.reason))
      if ((params as { late: boolean }).late) return ok('it was done')
      throw new CancelledError('stop')
    }
    await using both = await ends(way, { requests: { wait } })
    const sources = [true, false].map((late) => {
      const source = new CancellationSource()
      return { source, asked: both.asker.request('wait', { late }, source.token) }
    })
    const settled = Promise.allSettled(sources.map(({ asked }) => asked))
    for (const { source } of sources) source.cancel('steer')
    expect(await settled).toEqual([
      { status: 'fulfilled', value: ok('it was done') },
      { status: 'rejected', reason: new CancelledError('steer') },
    ])
    expect(reasons).toEqual(['stop', 'stop'])
  })

  test('sends nothing for a request that was cancelled before', async () => {
    const heard: string[] = []
    const note = async (): Promise<Reply> => ok(heard.push('asked'))
    await using both = await ends(way, { requests: { note } })
    const source = new CancellationSource()
    source.cancel('stop')
    await expect(both.asker.request('note', {}, source.token)).rejects.toThrow(CancelledError)
    expect(await both.asker.request('note', {}, neverCancelled)).toEqual(ok(1))
  })

  test('gives failures as values with their code; a fault of a handler is reported too', async () => {
    await using both = await ends(way, {
      requests: {
        fails: async () => failed('not_found', 'There is none.'),
        breaks: async () => {
          throw new Error('broken')
        },
      },
    })
    expect(await both.asker.request('fails', {}, neverCancelled)).toEqual(failed('not_found', 'There is none.'))
    expect(await both.asker.request('breaks', {}, neverCancelled)).toEqual(failed('internal', 'broken'))
    expect(await both.asker.request('odd', {}, neverCancelled)).toMatchObject({ code: 'unknown_method' })
    expect(both.faults).toEqual(['the handler of breaks failed: broken'])
  })

  test('hears notifications in order, and reports one that nobody knows', async () => {
    const heard: unknown[] = []
    await using both = await ends(way, {
      notifications: { note: (params) => heard.push(params) },
      requests: { ping: async () => ok({}) },
    })
    for (let n = 0; n < 20; n++) both.asker.notify('note', { n })
    both.asker.notify('odd')
    await both.asker.request('ping', {}, neverCancelled)
    expect(heard).toEqual(Array.from({ length: 20 }, (_, n) => ({ n })))
    expect(both.faults).toEqual(['there is no notification odd'])
  })

  test('a request that is no JSON is not sent, and takes no other along', async () => {
    await using both = await ends(way, { requests: { ping: async () => ok({}) } })
    expect(await both.asker.request('ping', { n: 1n }, neverCancelled)).toMatchObject({ code: 'not_sent' })
    expect(await both.asker.request('ping', {}, neverCancelled)).toEqual(ok({}))
  })

  test('when it closes, from either side, all that is open settles on both, and later requests at once', async () => {
    for (const side of ['asker', 'answerer'] as const) {
      const reasons: unknown[] = []
      const begun = Promise.withResolvers<void>()
      const wait = async (_params: unknown, token: CancellationToken): Promise<Reply> => {
        begun.resolve()
        return orCancelled(never, token).finally(() => reasons.push(token.reason))
      }
      await using both = await ends(way, { requests: { wait } })
      const asked = both.asker.request('wait', {}, neverCancelled)
      await begun.promise
      // Over files the side that made the folder removes it; the other's end is its process's.
      if (way !== 'stream' && side === 'answerer') continue
      await Promise.all([both[side][Symbol.asyncDispose](), both[side][Symbol.asyncDispose]()])
      expect(await asked).toMatchObject({ kind: 'failed', code: 'closed' })
      await Promise.all([both.asker.closed, both.answerer.closed])
      expect(await both.asker.request('wait', {}, neverCancelled)).toMatchObject({ code: 'closed' })
      both.asker.notify('note')
      expect(reasons).toEqual(['dispose'])
      expect(both.faults).toEqual([])
    }
  })
})

describe('a connection over a stream', () => {
  const frame = (body: string): string => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

  test('takes in what came before the other side closed', async () => {
    const [here, there] = await sockets()
    const heard: unknown[] = []
    const connection = new RpcConnection(streamTransport(here, here), {
      notifications: { note: (params) => heard.push(params) },
      onFault: (message) => heard.push(message),
    })
    const asked = connection.request('ping', {}, neverCancelled)
    const notes = Array.from({ length: 20 }, (_, n) => frame(`{"jsonrpc":"2.0","method":"note","params":${n}}`))
    there.end(`${notes.join('')}${frame('{"jsonrpc":"2.0","id":0,"result":"last"}')}`)
    expect(await asked).toEqual(ok('last'))
    await connection.closed
    expect(heard).toHaveLength(20)
  })

  test('reports what is no message and goes on with the next', async () => {
    const bad = ['{', '[]', '5', '{"id":3}', '{"id":77,"result":1}', '{"method":"$/cancelRequest"}', '"\u{1F600}"']
    const [here, there] = await sockets()
    const faults: string[] = []
    await using connection = new RpcConnection(streamTransport(here, here), { onFault: (fault) => faults.push(fault) })
    const asked = connection.request('ping', {}, neverCancelled)
    there.write([...bad, '{"jsonrpc":"2.0","id":0,"result":{}}'].map(frame).join(''))
    expect(await asked).toEqual(ok({}))
    await settled()
    const unusable = ['{', '[]', '5', '{"method":"$/cancelRequest"}', '"\u{1F600}"']
    const unused = (body: string) => (fault: string) =>
      fault.startsWith('a message that cannot be used (') && fault.endsWith(`): ${body}`)
    expect(unusable.filter((body) => !faults.some(unused(body)))).toEqual([])
    expect(faults).toContainEqual(expect.stringMatching(/^Received message which is neither/))
    expect(faults).toContainEqual(expect.stringMatching(/^an answer to no request: .*77/))
    expect(faults).toHaveLength(bad.length)
    there.destroy()
  })

  test.each([
    ['no frame', 'what a script printed\r\n\r\nto the wrong place'],
    ['no length', 'Content-Type: json\r\n\r\n{}'],
    ['no end of a header', 'x'.repeat(5_000)],
    ['too large a frame', `Content-Length: ${2 ** 40}\r\n\r\n`],
  ])('closes when it is out of step: %s', async (_, bytes) => {
    const [here, there] = await sockets()
    const faults: string[] = []
    const connection = new RpcConnection(streamTransport(here, here), { onFault: (fault) => faults.push(fault) })
    const asked = connection.request('ping', {}, neverCancelled)
    there.write(bytes)
    expect(await asked).toMatchObject({ code: 'closed' })
    await connection.closed
    expect(faults).toEqual([expect.stringMatching(/^(this is no frame|a message of \d+ bytes was announced)/)])
    there.destroy()
  })
})
