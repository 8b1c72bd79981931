import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileLocks } from '../../../../src/core/config/fileLocks.ts'
import { CancellationSource, CancelledError, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import type { Held } from '../../../../src/core/scheduling/locks.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { settled } from '../../../support/settled.ts'
import { root } from '../../../support/vscode/paths.ts'

const program = join(root, 'src/core/config/locker.ts')

let folder: string
let path: string
let clock: ManualClock
let stack: AsyncDisposableStack

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stretto-locks-'))
  path = join(folder, 'a.lock')
  clock = new ManualClock()
  stack = new AsyncDisposableStack()
})

afterEach(async () => {
  await stack.disposeAsync()
  await rm(folder, { recursive: true })
})

/** The locks of one window. */
function window(): FileLocks {
  return stack.use(new FileLocks({ program, clock }))
}

function held(lock: Awaited<ReturnType<FileLocks['hold']>>): Held {
  if ('kind' in lock) throw new Error(lock.message)
  return lock
}

/** A process that holds the lock by the time that this settles. */
async function holder(): Promise<ChildProcess> {
  const child = fork(join(root, 'test/support/config/holder.ts'), [program, path])
  stack.defer(() => void child.kill('SIGKILL'))
  await once(child, 'message')
  return child
}

describe('a lock on a file', () => {
  it('is held by one at a time, within a process and between two', async () => {
    const [one, other] = [window(), window()]
    const order: string[] = []
    const visit = async (locks: FileLocks, name: string): Promise<void> => {
      const lock = held(await locks.hold(path, neverCancelled))
      order.push(`${name} in`)
      await new Promise((resolve) => setImmediate(resolve))
      order.push(`${name} out`)
      lock[Symbol.dispose]()
    }
    const visits = Array.from({ length: 20 }, (_, n) => visit(n % 2 === 0 ? one : other, String(n)))
    await Promise.all(visits)
    expect(order).toHaveLength(40)
    for (let at = 0; at < 40; at += 2) expect(order[at + 1]).toBe(order[at]?.replace('in', 'out'))
    expect(clock.pending).toBe(0)
  })

  it('is free as soon as the process that held it is killed', async () => {
    const child = await holder()
    const locks = window()
    const waiting = locks.hold(path, neverCancelled)
    child.kill('SIGKILL')
    held(await waiting)[Symbol.dispose]()
  })

  it('is not had by a wait that was cancelled, wherever it waited', async () => {
    const child = await holder()
    const locks = window()
    const source = new CancellationSource()
    const outside = locks.hold(path, source.token)
    const inside = locks.hold(path, source.token)
    await settled()
    source.cancel('stop')
    const ends = await Promise.allSettled([outside, inside])
    for (const end of ends) expect(end).toMatchObject({ reason: expect.any(CancelledError) })
    expect([source.attached.listeners, clock.pending]).toEqual([0, 0])
    child.kill('SIGKILL')
    held(await locks.hold(path, neverCancelled))[Symbol.dispose]()
  })

  it('is given up when nothing has moved for half a minute', async () => {
    await holder()
    const locks = window()
    const waits = [locks.hold(path, neverCancelled), locks.hold(path, neverCancelled)]
    clock.advance(29_999)
    expect(clock.pending).toBe(2)
    clock.advance(1)
    for (const wait of waits) expect(await wait).toMatchObject({ code: 'locked' })
    expect(clock.pending).toBe(0)
  })

  it('is waited for as long as the queue moves', async () => {
    const locks = window()
    let lock = held(await locks.hold(path, neverCancelled))
    const waits = [1, 2, 3].map(() => locks.hold(path, neverCancelled))
    for (const wait of waits) {
      clock.advance(20_000)
      lock[Symbol.dispose]()
      lock = held(await wait)
    }
    lock[Symbol.dispose]()
  })

  it('that cannot be made is told', async () => {
    await writeFile(path, 'no database')
    const locks = window()
    expect(await locks.hold(path, neverCancelled)).toMatchObject({ code: 'io' })
    expect(await locks.hold(join(path, 'b.lock'), neverCancelled)).toMatchObject({ code: 'io' })
    held(await locks.hold(join(folder, 'new/c.lock'), neverCancelled))[Symbol.dispose]()
  })

  it('is not let go by the end of its window before what is done under it', async () => {
    const [one, other] = [window(), window()]
    const lock = held(await one.hold(path, neverCancelled))
    let over = false
    const end = one[Symbol.asyncDispose]().then(() => (over = true))
    const source = new CancellationSource()
    const waiting = other.hold(path, source.token)
    expect(await one.hold(path, neverCancelled)).toMatchObject({ code: 'io' })
    // Time for whatever does not wait.
    for (const name of ['b', 'c', 'd']) held(await other.hold(join(folder, name), neverCancelled))[Symbol.dispose]()
    expect(over).toBe(false)
    lock[Symbol.dispose]()
    await end
    held(await waiting)[Symbol.dispose]()
  })
})
