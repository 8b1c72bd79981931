import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Blobs } from '../../../../src/core/sessions/blobs.ts'
import type { Checkpoint, Content, Side } from '../../../../src/core/sessions/checkpoint.ts'
import { CheckpointStore } from '../../../../src/core/sessions/checkpointStore.ts'
import { contentHash } from '../../../../src/core/sessions/packs.ts'
import { silentLog } from '../../../support/openGate.ts'
import { strictClock } from '../../../support/diskWorld.ts'

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'stretto-blobs-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const clock = strictClock()
const open = (): Blobs => new Blobs(folder, clock, silentLog)
const bytes = (text: string): Uint8Array => Buffer.from(text)
const none = (): Promise<Set<string>> => Promise.resolve(new Set())
const packs = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.pack'))
/** As if it had been written long ago, by a window that is gone. */
const age = (name: string): void => utimesSync(join(folder, name), 1000, 1000)

/** Text that does not compress. */
function noise(size: number, seed: number): string {
  let state = seed
  const next = (): string =>
    String.fromCharCode(33 + (((state = (state * 1103515245 + 12345) % 2147483648) >> 16) % 90))
  return Array.from({ length: size }, next).join('')
}

test('a content is kept once, compressed, whoever puts it and how often', async () => {
  const text = 'the same line\n'.repeat(1000)
  const blobs = open()
  const [first, second] = await Promise.all([blobs.put([bytes(text)]), blobs.put([bytes(text), bytes(text)])])
  expect(new Set([...first, ...second])).toEqual(new Set([contentHash(bytes(text))]))
  expect(packs()).toHaveLength(1)
  expect(await blobs.size()).toBeLessThan(text.length / 10)
  await open().put([bytes(text)])
  expect(packs()).toHaveLength(1)
})

test('another window finds what was put after it began', async () => {
  const [one, other] = [open(), open()]
  await other.put([bytes('other')])
  const [hash = ''] = await one.put([bytes('one')])
  expect(Buffer.from((await other.get(hash)) ?? []).toString()).toBe('one')
})

test('a torn pack is left out, and a content whose bytes were changed is not given', async () => {
  const blobs = open()
  const [hash = ''] = await blobs.put([bytes(noise(500, 1))])
  const [pack = ''] = packs()
  const whole = await readFile(join(folder, pack))
  await writeFile(join(folder, pack), whole.fill(0x41, 100, 101))
  expect(await open().get(hash)).toBeUndefined()
  truncateSync(join(folder, pack), 200)
  const reopened = open()
  expect(await reopened.get(hash)).toBeUndefined()
  await reopened.put([bytes(noise(500, 1))])
  expect(Buffer.from((await open().get(hash)) ?? []).toString()).toBe(noise(500, 1))
})

test('what a crash left unfinished is never read, and swept when it is old', async () => {
  writeFileSync(join(folder, 'x.pack.1.tmp'), 'half')
  writeFileSync(join(folder, 'y.pack.2.tmp'), 'half')
  age('x.pack.1.tmp')
  await open().sweep(none)
  expect(readdirSync(folder)).toEqual(['y.pack.2.tmp'])
})

test('a sweep removes what nobody uses and writes anew what is mostly unused', async () => {
  const blobs = open()
  const [used = '', ...unused] = await blobs.put([1, 2, 3, 4].map((seed) => bytes(noise(1000, seed))))
  const [dead = ''] = await blobs.put([bytes('dead')])
  const before = await blobs.size()
  await blobs.sweep(async () => new Set([used]))
  expect(await blobs.size()).toBeLessThan(before / 2)
  expect(Buffer.from((await blobs.get(used)) ?? []).toString()).toBe(noise(1000, 1))
  for (const hash of [dead, ...unused]) expect(await open().get(hash)).toBeUndefined()
})

test('a sweep leaves alone what another window has just written, or found again', async () => {
  const [one, other] = [open(), open()]
  const [hash = ''] = await other.put([bytes('just written')])
  await one.sweep(none)
  expect(packs()).toHaveLength(1)
  // What a window has written itself, another may have found.
  await one.put([bytes('just written')])
  await other.sweep(none)
  expect(packs()).toHaveLength(1)
  for (const pack of packs()) age(pack)
  const late = open()
  await late.put([bytes('just written')])
  await one.sweep(none)
  expect(Buffer.from((await late.get(hash)) ?? []).toString()).toBe('just written')
  for (const pack of packs()) age(pack)
  await one.sweep(none)
  expect(packs()).toEqual([])
  expect(await late.get(hash)).toBeUndefined()
})

test('windows that put and sweep at once lose nothing that is used', async () => {
  const windows = [open(), open(), open()]
  const used = new Set<string>()
  await Promise.all(
    windows.flatMap((window, at) =>
      Array.from({ length: 12 }, async (_, round) => {
        const hashes = await window.put([bytes(noise(200, round)), bytes(noise(200, 100 + at))])
        for (const hash of hashes) used.add(hash)
        if (round % 3 === at) await window.sweep(async () => used)
      }),
    ),
  )
  const fresh = open()
  for (const hash of used) expect(await fresh.get(hash), hash).toBeDefined()
})

function checkpoint(id: string, text: string): Checkpoint<Content | Side> {
  const target = { path: '/w/a', asked: '/w/a', display: 'a', inside: true }
  const spans = [{ before: { kind: 'missing' as const }, after: { kind: 'text' as const, text } }]
  const draft = { version: 1 as const, id, sessionId: 's1', at: clock.now(), kind: 'turn' as const, open: false }
  return { ...draft, files: [{ target, spans }], gaps: [] }
}

test('over the cap the oldest checkpoints are dropped, and the folder stays below it', async () => {
  const mostBytes = 40_000
  const store = new CheckpointStore({ folder, clock, log: silentLog, mostBytes })
  for (let at = 0; at < 30; at++) {
    await store.save(checkpoint(`t${at}`, noise(4000, at)))
    await store.bound(async () => [])
    const sizes = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => statSync(join(file.parentPath, file.name)).size)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(mostBytes)
  }
  const ids = (await store.list('s1')).map(({ id }) => id)
  expect(ids.length).toBeGreaterThanOrEqual(4)
  expect(ids).toEqual(Array.from({ length: ids.length }, (_, at) => `t${30 - ids.length + at}`))
  for (const { files } of await store.list('s1')) {
    for (const { spans } of files) for (const { after } of spans) expect(await store.content(after)).toBeDefined()
  }
})

test('what others use stays when checkpoints are dropped', async () => {
  const store = new CheckpointStore({ folder, clock, log: silentLog, mostBytes: 10_000 })
  const [kept = ''] = await store.blobs.put([bytes(noise(3000, 99))])
  for (let at = 0; at < 5; at++) await store.save(checkpoint(`t${at}`, noise(4000, at)))
  await store.bound(async () => [kept])
  expect(await store.blobs.get(kept)).toBeDefined()
  expect(await store.list('s1')).toHaveLength(1)
})

test('a checkpoint that a crash tore is left out', async () => {
  const store = new CheckpointStore({ folder, clock, log: silentLog })
  await store.save(checkpoint('t1', 'one'))
  await store.save(checkpoint('t2', 'two'))
  truncateSync(join(folder, 'turns', 's1', 't1.json'), 30)
  expect((await store.list('s1')).map(({ id }) => id)).toEqual(['t2'])
  expect(await store.list('../s1')).toEqual([])
})
