import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Mutex } from 'async-mutex'
import { RpcConnection } from '../../src/core/rpc/connection.ts'
import { hostSpool, makeSpool } from '../../src/core/rpc/localSpool.ts'
import { streamTransport } from '../../src/core/rpc/streamTransport.ts'
import type { Transport } from '../../src/core/rpc/transport.ts'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../src/host/clock.ts'
import { root } from '../support/vscode/paths.ts'
import { lines } from './lines.ts'
import { median, type Row } from './report.ts'

const CALLERS = [1, 10, 100, 1_000]
/** Of each measurement, which take turns; the first is not counted. */
const ROUNDS = 5
const ROUND_MS = 400
const INPUT = { script: '1', name: 'terminal', input: { command: 'npm test', cwd: 'packages/core' } }

/** Asks once and settles with the answer. */
type Ask = (method: 'call' | 'tool') => Promise<unknown>

/** Calls of a process to another, over both transports, against the least that one can do and against a lock. */
export async function rpc(): Promise<Row[]> {
  await using bare = await overSocket('bare', bareEcho)
  await using stream = await overSocket('stream', (socket) => requests(streamTransport(socket, socket)))
  await using files = await overFiles()
  const rows: Row[] = []
  for (const callers of CALLERS) {
    const rates = await compared([bare.ask, stream.ask, files.ask], callers, 'call')
    rows.push(...ratesRows(callers, rates))
  }
  for (const [name, { ask }] of Object.entries({ socket: stream, files })) rows.push(await lockRow(name, ask))
  return rows
}

interface Peer extends AsyncDisposable {
  ask: Ask
}

function ratesRows(callers: number, [bare = 0, stream = 0, files = 0]: number[]): Row[] {
  const rate = (value: number): string => `${Math.round(value).toLocaleString('en')} calls/s`
  return [
    {
      name: `RPC over the socket, ${callers} at once / a bare echo`,
      detail: `${rate(stream)}; newline-JSON echoed on the same kind of socket ${rate(bare)}`,
      value: stream / bare,
      unit: '×',
      least: 0.1,
    },
    { name: `RPC over files, ${callers} at once`, detail: rate(files), value: files, unit: '', least: 1_000 },
  ]
}

/** Tools that take 10 ms each, asked by a hundred at once: as it is, and with one lock around each round trip. */
async function lockRow(name: string, ask: Ask): Promise<Row> {
  const mutex = new Mutex()
  const locked: Ask = (method) => mutex.runExclusive(() => ask(method))
  const [free = 0, one = 0] = await compared([ask, locked], 100, 'tool')
  return {
    name: `100 tools of 10 ms over ${name} / one lock around each`,
    detail: `${free.toFixed(0)} calls/s; ${one.toFixed(1)} calls/s with the lock`,
    value: free / one,
    unit: '×',
    ...(name === 'socket' && { least: 90 }),
  }
}

/** Calls a second of each, median of rounds that take turns, so that what else the machine does meets all. */
async function compared(asks: readonly Ask[], callers: number, method: 'call' | 'tool'): Promise<number[]> {
  const rates = asks.map((): number[] => [])
  for (let round = -1; round < ROUNDS; round++) {
    for (const [n, ask] of asks.entries()) {
      const rate = await callsPerSecond(ask, callers, method)
      if (round >= 0) rates[n]?.push(rate)
    }
  }
  return rates.map(median)
}

async function callsPerSecond(ask: Ask, callers: number, method: 'call' | 'tool'): Promise<number> {
  const start = performance.now()
  let calls = 0
  const caller = async (): Promise<void> => {
    while (performance.now() - start < ROUND_MS) {
      await ask(method)
      calls++
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return (calls / (performance.now() - start)) * 1_000
}

async function overSocket(way: 'bare' | 'stream', open: (socket: Socket) => Peer): Promise<Peer> {
  const folder = await mkdtemp(join(tmpdir(), 'stretto-bench-'))
  const path = join(folder, 'socket')
  const server = createServer().listen(path)
  await once(server, 'listening')
  const connected = once(server, 'connection') as Promise<[Socket]>
  const child = answering(way, path)
  const [socket] = await connected
  server.close()
  await rm(folder, { recursive: true })
  return ending(open(socket), child)
}

async function overFiles(): Promise<Peer> {
  const path = await makeSpool()
  const child = answering('files', path)
  return ending(requests(hostSpool(path, systemClock)), child)
}

function answering(way: string, path: string): ChildProcess {
  return spawn(process.execPath, [join(root, 'test/bench/rpcChild.ts'), way, path], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

function ending(peer: Peer, child: ChildProcess): Peer {
  const ended = once(child, 'exit')
  const dispose = async (): Promise<void> => {
    await peer[Symbol.asyncDispose]()
    await ended
  }
  return { ask: peer.ask, [Symbol.asyncDispose]: dispose }
}

function requests(transport: Transport): Peer {
  const connection = new RpcConnection(transport, { onFault: (message) => console.error(message) })
  return {
    ask: (method) => connection.request(method, INPUT, neverCancelled),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}

/** An id, so that answers find their askers, and nothing else. */
function bareEcho(socket: Socket): Peer {
  const waiting = new Map<number, (value: unknown) => void>()
  let next = 0
  socket.on(
    'data',
    lines((line) => {
      const { id, ...rest } = JSON.parse(line) as { id: number }
      waiting.get(id)?.(rest)
      waiting.delete(id)
    }),
  )
  const ask: Ask = (method) =>
    new Promise((resolve) => {
      waiting.set(next, resolve)
      socket.write(`${JSON.stringify({ id: next++, method, params: INPUT })}\n`)
    })
  return { ask, [Symbol.asyncDispose]: async () => void socket.destroy() }
}
