import { Mutex } from 'async-mutex'
import { CancellationSource } from '../../src/core/scheduling/cancellation.ts'
import { Locks, type LockRequest } from '../../src/core/scheduling/locks.ts'
import { median, type Row, timed } from './report.ts'

const ROUNDS = 25
const TIMES = 4_000
const WAITERS = 200

const requests: LockRequest[] = [{ key: '/workspace/src/a.ts', mode: 'write' }]

/** Our lock, with a key and a token that can cancel the wait, against async-mutex, which has neither. */
export async function locks(): Promise<Row[]> {
  const alone = await compare(oursAlone, theirsAlone)
  const queued = await compare(oursQueued, theirsQueued)
  return [
    row('lock acquire and release, uncontended / async-mutex', alone),
    row(`lock acquire and release, ${WAITERS} in the queue / async-mutex`, queued),
  ]
}

interface Compared {
  ours: number
  theirs: number
}

function row(name: string, { ours, theirs }: Compared): Row {
  const detail = `${ours.toFixed(2)} µs, async-mutex ${theirs.toFixed(2)} µs; median of ${ROUNDS} rounds of ${TIMES}, side by side`
  return { name, detail, value: ours / theirs, unit: '×', target: 2 }
}

/** In µs each. Ours and theirs take turns, so that what else the machine does meets both. */
async function compare(ours: () => Promise<void>, theirs: () => Promise<void>): Promise<Compared> {
  const times: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] }
  for (let round = -3; round < ROUNDS; round++) {
    const [mine, other] = [await timed(ours), await timed(theirs)]
    if (round < 0) continue
    times.ours.push((mine / TIMES) * 1_000)
    times.theirs.push((other / TIMES) * 1_000)
  }
  return { ours: median(times.ours), theirs: median(times.theirs) }
}

async function oursAlone(): Promise<void> {
  const set = new Locks()
  const { token } = new CancellationSource()
  for (let i = 0; i < TIMES; i++) {
    const held = await set.hold(requests, token)
    held[Symbol.dispose]()
  }
}

async function theirsAlone(): Promise<void> {
  const mutex = new Mutex()
  for (let i = 0; i < TIMES; i++) {
    const release = await mutex.acquire()
    release()
  }
}

async function oursQueued(): Promise<void> {
  const set = new Locks()
  const { token } = new CancellationSource()
  const one = async (): Promise<void> => {
    const held = await set.hold(requests, token)
    held[Symbol.dispose]()
  }
  for (let i = 0; i < TIMES; i += WAITERS) await Promise.all(Array.from({ length: WAITERS }, one))
}

async function theirsQueued(): Promise<void> {
  const mutex = new Mutex()
  const one = async (): Promise<void> => {
    const release = await mutex.acquire()
    release()
  }
  for (let i = 0; i < TIMES; i += WAITERS) await Promise.all(Array.from({ length: WAITERS }, one))
}
