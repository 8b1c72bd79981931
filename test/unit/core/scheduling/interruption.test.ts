import { access, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LockedDocuments } from '../../../../src/core/edits/lockedDocuments.ts'
import type { Compute } from '../../../../src/core/ports.ts'
import { Processes } from '../../../../src/core/processes/processes.ts'
import type { CallEvent } from '../../../../src/core/scheduling/call.ts'
import { CancellationSource, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { Locks } from '../../../../src/core/scheduling/locks.ts'
import type { Gate } from '../../../../src/core/scheduling/parts.ts'
import { Batch } from '../../../../src/core/scheduling/scheduler.ts'
import { Slots } from '../../../../src/core/scheduling/slots.ts'
import { GRACE_MS } from '../../../../src/core/scheduling/work.ts'
import type { CallProgress, Plan, Tool } from '../../../../src/core/tools/tool.ts'
import { isRunning } from '../../../support/isRunning.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { MemoryStore, memoryTarget } from '../../../support/memoryDocuments.ts'
import { noChildren, openGate, someTurn } from '../../../support/openGate.ts'
import {
  answersTwice,
  done,
  hangs,
  ignoresToken,
  type Script,
  scriptedTool,
  throwsAtOnce,
  untilCancelled,
} from '../../../support/scriptedTool.ts'
import { settled } from '../../../support/settled.ts'

const file = memoryTarget('/a.txt')
const append =
  (added: string): Compute =>
  ({ text = '' }) => ({ edits: [{ start: text.length, end: text.length, text: added }] })

let folder: string
let processes: Processes

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interruption-'))
  processes = new Processes()
})
afterEach(async () => {
  await processes.dispose()
  await rm(folder, { recursive: true, force: true })
})

/** A batch with the real documents, locks and processes around it. */
function setUp(gate: Gate = openGate) {
  const clock = new ManualClock()
  const locks = new Locks()
  const store = new MemoryStore()
  store.disk.set('/a.txt', Buffer.from(''))
  const documents = new LockedDocuments({ store, locks, clock, savePolicy: () => 'clean' })
  const slots = new Slots(() => 128)
  const source = new CancellationSource()
  const events: CallEvent[] = []
  const warnings: string[] = []
  const log = { info: () => {}, warn: (message: string) => warnings.push(message), error: () => {} }
  const tools = new Map<string, Tool>()
  let count = 0
  const newCallId = (): string => `c${++count}`
  const parts = {
    turn: someTurn,
    ...noChildren(),
    tools,
    newCallId,
    slots,
    clock,
    log,
    gate,
    emit: (event: CallEvent) => events.push(event),
  }
  const batch = new Batch(parts, source)
  const submit = (script: Script) => {
    const id = newCallId()
    return batch.submit({ id, tool: scriptedTool(script), input: {}, summary: id })
  }
  const text = () => Buffer.from(store.disk.get('/a.txt') ?? []).toString()
  const leftBehind = () => [slots.taken, clock.pending, locks.size, source.attached.listeners, source.attached.children]
  return { clock, locks, store, documents, parts, source, events, warnings, batch, submit, text, leftBehind }
}

type World = ReturnType<typeof setUp>

/** Edits a document, as the tools that do so. */
const edit =
  ({ documents }: World, added: string): Plan['run'] =>
  async (progress, token) => {
    const receipt = await documents.edit(file, append(added), token, {
      onPlace: (place) => progress.waiting(place === 0 ? undefined : { kind: 'lock', resource: 'a.txt', place }),
    })
    return receipt.kind === 'failed' ? receipt : done()
  }

test('129 calls whose children each wait for a document all finish under a limit of 128', async () => {
  const world = setUp()
  const { store, batch, submit, parts, events, text, leftBehind } = world
  const opened = Promise.withResolvers<void>()
  store.gate = () => opened.promise
  for (let i = 0; i < 129; i++) {
    const claims: Script['claims'] = [{ kind: 'edit', path: '/a.txt' }]
    parts.tools.set(`edit${i}`, scriptedTool({ claims, deadlineMs: 1_000, run: edit(world, `${i}\n`) }))
    void submit({
      deadlineMs: 1_000,
      run: async (progress, token) => done((await progress.children().call(`edit${i}`, {}, token)).status),
    })
  }
  await settled()
  expect(events.filter(({ type }) => type === 'callProposed')).toHaveLength(129)
  opened.resolve()
  const results = await batch.results()
  expect(results.map(({ status, result }) => `${status} ${result}`)).toEqual(Array(129).fill('completed completed'))
  expect(text()).toBe(Array.from({ length: 129 }, (_, i) => `${i}\n`).join(''))
  expect(leftBehind()).toEqual([0, 0, 0, 0, 0])
})

describe('a steer while a command, an edit and a fetch run', () => {
  /** A server that answers by halves. */
  async function slowServer() {
    const server = createServer((_request, response) => response.write('first half'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const close = () => new Promise<void>((resolve) => (server.closeAllConnections(), server.close(() => resolve())))
    return { url: `http://127.0.0.1:${address.port}`, [Symbol.asyncDispose]: close }
  }

  const fetches =
    (url: string, begun: () => void): Plan['run'] =>
    async (_progress, token) => {
      let text = ''
      try {
        const { body } = await fetch(url, { signal: token.signal })
        for await (const chunk of body ?? []) {
          text += Buffer.from(chunk).toString()
          begun()
        }
      } catch (error) {
        if (!token.isCancellationRequested) throw error
      }
      return { kind: 'cancelled', partial: text }
    }

  test('the same process goes on without a signal, the edit finishes, the fetch returns what it has, and Stop ends all', async () => {
    await using server = await slowServer()
    const world = setUp()
    const { store, source, batch, submit, text } = world
    const saving = Promise.withResolvers<void>()
    const saved = Promise.withResolvers<void>()
    store.gate = (operation) => (operation === 'save' ? (saving.resolve(), saved.promise) : Promise.resolve())
    const half = Promise.withResolvers<void>()
    const pids: number[] = []
    let goesOn: Promise<unknown> | undefined
    const command: Plan['run'] = async (progress, token) => {
      const line = `trap 'echo a signal came > signals' TERM INT HUP; echo $$; while :; do sleep 0.1; done`
      const heardPid = Promise.withResolvers<void>()
      goesOn = processes.run(
        {
          file: 'bash',
          args: ['-c', line],
          cwd: folder,
          onOutput: (chunk) => (pids.push(Number(chunk.toString())), heardPid.resolve()),
          onError: () => {},
          onStart: (detach) => progress.onBackground(() => (detach(), { id: 'loop', output: String(pids[0]) })),
        },
        token,
        's1/t1',
      )
      await heardPid.promise
      begun.resolve()
      await goesOn
      return done()
    }
    const begun = Promise.withResolvers<void>()
    const results = [
      submit({ name: 'terminal', claims: [{ kind: 'run' }], onSteer: 'background', run: command }),
      submit({ name: 'edit_file', claims: [], onSteer: 'finish', run: edit(world, 'whole') }),
      submit({ name: 'web_extract', claims: [], onSteer: 'return', run: fetches(server.url, half.resolve) }),
    ]
    await Promise.all([begun.promise, saving.promise, half.promise])
    batch.steer()
    saved.resolve()
    expect(await Promise.all(results)).toMatchObject([
      { status: 'backgrounded', fact: 'loop' },
      { status: 'completed' },
      { status: 'cancelled', reason: 'steer', result: 'Cancelled (steer): first half' },
    ])
    expect(text()).toBe('whole')
    const [pid = 0] = pids
    expect([await isRunning(pid), pids.length]).toEqual([true, 1])
    await expect(access(join(folder, 'signals'))).rejects.toMatchObject({ code: 'ENOENT' })
    source.cancel('stop')
    await processes.endOwned('s1/t1')
    await goesOn
    expect(await isRunning(pid)).toBe(false)
  })
})

describe('a tool that ignores Stop', () => {
  /** Tries one port after the other, and says what became of each. */
  const useEveryPort =
    ({ documents, events }: World, said: string[]): Plan['run'] =>
    async (progress: CallProgress, token) => {
      const before = events.length
      progress.output('more')
      progress.waiting({ kind: 'lock', resource: 'a', place: 1 })
      progress.waiting(undefined)
      progress.onBackground(() => ({ id: 'x', output: '' }))
      const touch = { file: 'touch', args: ['made'], cwd: folder, onOutput: () => {}, onError: () => {} }
      const work = [
        documents.edit(file, append('late'), token),
        documents.read(file, token),
        processes.run(touch, token),
        progress.ask({ question: '?', options: [] }, token),
      ]
      for (const outcome of await Promise.allSettled(work)) {
        said.push(outcome.status === 'rejected' ? String(outcome.reason) : 'it worked')
      }
      said.push(`${events.length - before} events`)
      return done('all of it')
    }

  test('and then uses each of its ports does nothing, and its locks are free', async () => {
    const world = setUp({ ...openGate, ask: async (_id, _question, token) => (token.throwIfCancelled(), 'yes') })
    const { clock, source, submit, events, warnings, text, leftBehind } = world
    const opened = Promise.withResolvers<void>()
    const said: string[] = []
    const result = submit({ run: ignoresToken(opened.promise, useEveryPort(world, said)) })
    await settled()
    source.cancel('stop')
    clock.advance(GRACE_MS)
    expect(await result).toMatchObject({ status: 'cancelled', reason: 'stop', fact: 'effect unknown' })
    opened.resolve()
    await settled()
    expect(said).toEqual([...Array(4).fill('CancelledError: cancelled: dispose'), '0 events'])
    expect(text()).toBe('')
    await expect(access(join(folder, 'made'))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(processes.size).toBe(0)
    expect(events.at(-1)).toMatchObject({ type: 'callEnded' })
    expect(warnings).toEqual([
      'scripted (c1) did not end when cancelled; abandoned',
      'scripted (c1) ended after it was abandoned; its result is not believed: completed',
    ])
    expect(leftBehind()).toEqual([0, 0, 0, 0, 0])
  })

  test('while its edit waits in a line leaves the line at once', async () => {
    const world = setUp()
    const { locks, documents, source, clock, submit, text, leftBehind } = world
    const held = await locks.hold([{ key: '/a.txt', mode: 'write' }], neverCancelled)
    const swallow: Plan['run'] = async (progress, token) => {
      await edit(world, 'never')(progress, token).catch(() => undefined)
      return hangs(progress, token)
    }
    const result = submit({ run: swallow })
    await settled()
    source.cancel('stop')
    const other = documents.edit(file, append('mine'), neverCancelled)
    held[Symbol.dispose]()
    expect(await other).toMatchObject({ kind: 'edited' })
    clock.advance(GRACE_MS)
    expect(await result).toMatchObject({ fact: 'effect unknown' })
    expect(text()).toBe('mine')
    expect(leftBehind()).toEqual([0, 0, 0, 0, 0])
  })
})

describe('a tool', () => {
  test('that throws at once, answers twice or gives no result at all has one result', async () => {
    const { submit, batch, events, leftBehind } = setUp()
    void submit({ run: throwsAtOnce })
    void submit({ run: answersTwice(done('first'), done('second')) })
    void submit({ run: async () => undefined as never })
    const results = await batch.results()
    expect(results.map(({ status }) => status)).toEqual(['failed', 'completed', 'failed'])
    expect(results[1]?.result).toBe('first')
    expect(events.filter(({ type }) => type === 'callEnded')).toHaveLength(3)
    expect(leftBehind()).toEqual([0, 0, 0, 0, 0])
  })

  test('that fails as it goes to the background keeps no sibling from hearing of the steer', async () => {
    const { submit, batch } = setUp()
    void submit({
      onSteer: 'background',
      run: (progress, token) => {
        progress.onBackground(() => {
          throw new Error('a bug')
        })
        return untilCancelled()(progress, token)
      },
    })
    void submit({ onSteer: 'return', run: untilCancelled('what I have') })
    await settled()
    batch.steer()
    expect((await batch.results())[1]).toMatchObject({ status: 'cancelled', result: 'Cancelled (steer): what I have' })
  })

  test('that a steer and then a Stop meet in one tick is not backgrounded twice, nor after Stop', async () => {
    const { submit, batch, source } = setUp()
    let handed = 0
    const run: Plan['run'] = (progress, token) => {
      progress.onBackground(() => ({ id: `b${++handed}`, output: 'half' }))
      return untilCancelled()(progress, token)
    }
    const first = submit({ onSteer: 'background', run })
    await settled()
    batch.steer()
    batch.steer()
    expect(await first).toMatchObject({ status: 'backgrounded', fact: 'b1' })
    const second = submit({ onSteer: 'background', run })
    await settled()
    source.cancel('stop')
    batch.steer()
    expect(await second).toMatchObject({ status: 'cancelled', reason: 'stop' })
    expect(handed).toBe(1)
  })
})

describe('the deadline of a call', () => {
  const asks = Promise.withResolvers<string>()
  const allowed = new Set<string>()
  const gate: Gate = {
    permits: async () => true,
    check: async ({ id }, hooks) => {
      if (id !== 'c1' || allowed.has(id)) return { kind: 'allowed', fingerprint: '' }
      hooks.ask({ fingerprint: '', action: '', reason: '', canRemember: true })
      await asks.promise
      allowed.add(id)
      return { kind: 'allowed', fingerprint: '' }
    },
    ask: () => asks.promise,
  }

  test('stands still while the call waits: for an approval, a hazard, a lock, an answer', async () => {
    const world = setUp(gate)
    const { clock, locks, submit, batch } = world
    const lock = await locks.hold([{ key: '/a.txt', mode: 'write' }], neverCancelled)
    const claims: Script['claims'] = [{ kind: 'write', path: '/b.txt' }]
    void submit({ claims, deadlineMs: 1_000, run: untilCancelled() })
    void submit({ claims, deadlineMs: 1_000, run: untilCancelled() })
    void submit({
      deadlineMs: 1_000,
      run: (...given) => edit(world, 'x')(...given).then(() => untilCancelled()(...given)),
    })
    void submit({
      deadlineMs: 1_000,
      run: async (progress, token) => {
        await progress.ask({ question: '?', options: [] }, token)
        return untilCancelled()(progress, token)
      },
    })
    await settled()
    const open = () => batch.calls.filter(({ outcome }) => outcome === undefined).map(({ id }) => id)
    clock.advance(60_000)
    await settled()
    expect(open()).toEqual(['c1', 'c2', 'c3', 'c4'])
    asks.resolve('yes')
    lock[Symbol.dispose]()
    await settled()
    clock.advance(999)
    await settled()
    expect(open()).toEqual(['c1', 'c2', 'c3', 'c4'])
    clock.advance(1)
    await settled()
    expect(open()).toEqual(['c2'])
    clock.advance(1_000)
    expect((await batch.results()).map(({ reason }) => reason)).toEqual(Array(4).fill('timeout'))
  })
})
