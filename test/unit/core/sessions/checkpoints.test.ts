import { afterEach, describe, expect, test } from 'vitest'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { CallOwner } from '../../../../src/core/ports.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { contentHash } from '../../../../src/core/sessions/packs.ts'
import type { RestoredFiles } from '../../../../src/protocol/events.ts'
import { DiskWorld } from '../../../support/diskWorld.ts'

let world: DiskWorld | undefined

afterEach(async () => {
  await world?.[Symbol.asyncDispose]()
  world = undefined
})

function open(files: Record<string, string | Uint8Array> = {}): DiskWorld {
  world = new DiskWorld()
  for (const [name, content] of Object.entries(files)) world.write(name, content)
  return world
}

/** The agent sets a file's text. */
async function edit(disk: DiskWorld, owner: CallOwner, name: string, make: (text: string) => string): Promise<void> {
  const receipt = await disk.documents.edit(
    disk.target(name),
    ({ text = '' }) => ({ edits: [{ start: 0, end: text.length, text: make(text) }] }),
    neverCancelled,
    { owner },
  )
  expect(receipt.kind).toBe('edited')
}

async function command(disk: DiskWorld, owner: CallOwner, run: () => void): Promise<void> {
  await disk.checkpoints.beforeRun(owner, neverCancelled)
  run()
}

function restore(disk: DiskWorld, turnId: string): Promise<RestoredFiles> {
  return disk.restorer.restore(disk.state, turnId, neverCancelled)
}

describe('restoring a turn', () => {
  test('brings edited, created and commanded files back to what they were', async () => {
    const disk = open({ 'a.txt': 'one\n', 'b.txt': 'two\n', 'gone.txt': 'three\n' })
    const owner = disk.begin('t1')
    await edit(disk, owner, 'a.txt', () => 'ONE\n')
    await edit(disk, owner, 'new/c.txt', () => 'new\n')
    await command(disk, owner, () => {
      disk.write('b.txt', 'TWO\n')
      disk.write('made.txt', 'made\n')
      disk.write('gone.txt', undefined)
    })
    await disk.end('t1')
    const report = await restore(disk, 't1')
    expect(report.left).toEqual([])
    expect(report.restored.toSorted()).toEqual(['a.txt', 'b.txt', 'gone.txt', 'made.txt', 'new/c.txt'])
    expect(['a.txt', 'b.txt', 'gone.txt', 'made.txt', 'new/c.txt'].map((name) => disk.text(name))).toEqual([
      'one\n',
      'two\n',
      'three\n',
      undefined,
      undefined,
    ])
  })

  test('keeps what the user wrote before, between and after the agent’s edits', async () => {
    const lines = Array.from({ length: 20 }, (_, at) => `line ${at}`)
    const disk = open({ 'a.txt': lines.join('\n') })
    const owner = disk.begin('t1')
    const set = (text: string, at: number, word: string): string => text.split('\n').with(at, word).join('\n')
    await edit(disk, owner, 'a.txt', (text) => set(text, 2, 'agent'))
    disk.type('a.txt', set(disk.text('a.txt') ?? '', 8, 'user between'))
    await edit(disk, owner, 'a.txt', (text) => set(text, 12, 'agent too'))
    await disk.end('t1')
    disk.type('a.txt', set(disk.text('a.txt') ?? '', 17, 'user after'))
    const report = await restore(disk, 't1')
    expect(report).toMatchObject({ restored: [], merged: ['a.txt'], left: [] })
    expect(disk.text('a.txt')).toBe(lines.with(8, 'user between').with(17, 'user after').join('\n'))
  })

  test('leaves a file alone and names it where the same lines were changed since', async () => {
    const disk = open({ 'a.txt': 'one\n', 'b.txt': 'two\n' })
    const owner = disk.begin('t1')
    await edit(disk, owner, 'a.txt', () => 'agent\n')
    await edit(disk, owner, 'b.txt', () => 'agent\n')
    await edit(disk, owner, 'c.txt', () => 'created\n')
    await disk.end('t1')
    disk.type('a.txt', 'user\n')
    disk.type('c.txt', 'created\nand the user went on\n')
    const report = await restore(disk, 't1')
    expect(report.restored).toEqual(['b.txt'])
    expect(report.left).toEqual([
      { path: 'a.txt', why: 'the same lines were changed since' },
      { path: 'c.txt', why: 'it was created then, and changed since' },
    ])
    expect(disk.text('a.txt')).toBe('user\n')
    expect(disk.text('c.txt')).toBe('created\nand the user went on\n')
  })

  test('takes later turns back too, and is taken back itself', async () => {
    const disk = open({ 'a.txt': '0\n' })
    for (const turn of ['t1', 't2', 't3']) {
      await edit(disk, disk.begin(turn), 'a.txt', (text) => `${text}${turn}\n`)
      await disk.end(turn)
    }
    const first = await restore(disk, 't2')
    expect(disk.text('a.txt')).toBe('0\nt1\n')
    const undone = await disk.restorer.undo('s1', first.id, neverCancelled)
    expect(undone?.restored).toEqual(['a.txt'])
    expect(disk.text('a.txt')).toBe('0\nt1\nt2\nt3\n')
    await disk.restorer.undo('s1', undone?.id ?? '', neverCancelled)
    expect(disk.text('a.txt')).toBe('0\nt1\n')
    await restore(disk, 't1')
    expect(disk.text('a.txt')).toBe('0\n')
  })
})

describe('a command', () => {
  test('has its line endings, encodings and binary files taken back byte by byte', async () => {
    const binary = Buffer.from([0, 1, 2, 3, 0xff])
    const disk = open({ 'crlf.txt': 'a\r\nb\r\n', 'pic.bin': binary, 'wide.txt': Buffer.from('\uFEFFx\n', 'utf16le') })
    const kept = ['crlf.txt', 'pic.bin', 'wide.txt'].map((name) => readFileSync(join(disk.folder, name)))
    const owner = disk.begin('t1')
    await command(disk, owner, () => {
      disk.write('crlf.txt', 'a\nb\n')
      disk.write('pic.bin', Buffer.from([0, 9]))
      disk.write('wide.txt', undefined)
    })
    await disk.end('t1')
    const report = await restore(disk, 't1')
    expect(report.left).toEqual([])
    expect(['crlf.txt', 'pic.bin', 'wide.txt'].map((name) => readFileSync(join(disk.folder, name)))).toEqual(kept)
  })

  test('is not blamed for what the editor saved while it ran', async () => {
    const disk = open({ 'a.txt': 'one\n', 'b.txt': 'two\n' })
    const owner = disk.begin('t1')
    await command(disk, owner, () => disk.write('b.txt', 'commanded\n'))
    disk.type('a.txt', 'user\n')
    disk.save('a.txt')
    await disk.end('t1')
    expect((await restore(disk, 't1')).restored).toEqual(['b.txt'])
    expect(disk.text('a.txt')).toBe('user\n')
  })

  test('between two edits of a file is taken back with them', async () => {
    const disk = open({ 'a.txt': '1\n' })
    const owner = disk.begin('t1')
    await edit(disk, owner, 'a.txt', () => '2\n')
    await command(disk, owner, () => disk.write('a.txt', '3\n'))
    await edit(disk, owner, 'a.txt', () => '4\n')
    await edit(disk, owner, 'a.txt', () => '5\n')
    await disk.end('t1')
    expect(await restore(disk, 't1')).toMatchObject({ restored: ['a.txt'], merged: [] })
    expect(disk.text('a.txt')).toBe('1\n')
  })

  test('leaves ignored files out, and files that only came into view alone', async () => {
    const disk = open({ '.gitignore': 'out/\n', 'out/x.js': 'built\n', '.git/HEAD': 'ref\n' })
    await new Promise((resolve) => setTimeout(resolve, 100))
    const owner = disk.begin('t1')
    await command(disk, owner, () => {
      disk.write('out/y.js', 'built too\n')
      disk.write('.gitignore', '\n')
    })
    await disk.end('t1')
    const report = await restore(disk, 't1')
    expect(disk.text('out/x.js')).toBe('built\n')
    expect(report.restored).toContain('.gitignore')
    expect(report.gaps).toEqual(['1 files that were ignored or elsewhere before a command are as it left them.'])
  })

  test('that changes a file too large to keep has it named', async () => {
    const disk = open({ 'big.txt': 'x'.repeat(1024 * 1024 + 1) })
    const owner = disk.begin('t1')
    await command(disk, owner, () => disk.write('big.txt', 'small\n'))
    await disk.end('t1')
    const report = await restore(disk, 't1')
    expect(report.left).toEqual([{ path: 'big.txt', why: 'what it held is not kept: it has more than 1 MiB' }])
    expect(disk.text('big.txt')).toBe('small\n')
  })

  test('reads again only what changed since the last look', async () => {
    const disk = open(Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`f${at}.txt`, `text ${at}\n`])))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await command(disk, disk.begin('t1'), () => {})
    await disk.end('t1')
    const before = await disk.checkpoints.store.blobs.size()
    disk.write('f7.txt', 'changed\n')
    await command(disk, disk.begin('t2'), () => {})
    await disk.end('t2')
    const pack = (await disk.checkpoints.store.blobs.size()) - before
    expect(pack).toBeGreaterThan(0)
    expect(pack).toBeLessThan(300)
  })
})

test('a turn’s texts are those before its first and after its last change', async () => {
  const disk = open({ 'a.txt': '1\n' })
  const owner = disk.begin('t1')
  await edit(disk, owner, 'a.txt', () => '2\n')
  await edit(disk, owner, 'a.txt', () => '3\n')
  const path = join(disk.folder, 'a.txt')
  await disk.end('t1')
  expect(await disk.checkpoints.of('s1', 't1', path)).toEqual({ before: '1\n', after: '3\n' })
  expect(await disk.checkpoints.of('s1', 't1', join(disk.folder, 'b.txt'))).toBeUndefined()
})

test('what comes late to a turn that has ended follows what was kept of it', async () => {
  const disk = open({ 'a.txt': '1\n' })
  const owner = disk.begin('t1')
  await edit(disk, owner, 'a.txt', () => '2\n')
  await disk.end('t1')
  await edit(disk, owner, 'a.txt', () => '3\n')
  await restore(disk, 't1')
  expect(disk.text('a.txt')).toBe('1\n')
})

test('a cancelled or refused edit is not in the checkpoint', async () => {
  const disk = open({ 'a.txt': '1\n' })
  const owner = disk.begin('t1')
  await disk.documents.edit(disk.target('a.txt'), () => ({ kind: 'failed', code: 'no', message: '' }), neverCancelled, {
    owner,
  })
  await disk.end('t1')
  expect(await disk.checkpoints.store.list('s1')).toEqual([])
  expect(existsSync(join(disk.storage, 'checkpoints', 'contents'))).toBe(false)
})

test('checkpoints can be read by nobody else', async () => {
  const disk = open()
  await edit(disk, disk.begin('t1'), 'secret.txt', () => 'a secret of more than some bytes\n')
  await disk.end('t1')
  const folder = join(disk.storage, 'checkpoints', 'contents')
  expect(statSync(folder).mode & 0o077).toBe(0)
  expect(
    await disk.checkpoints.store.blobs.get(contentHash(Buffer.from('a secret of more than some bytes\n'))),
  ).toBeDefined()
})
