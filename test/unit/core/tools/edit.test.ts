import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Documents } from '../../../../src/core/ports.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { editFile } from '../../../../src/core/tools/editFile.ts'
import { insertText } from '../../../../src/core/tools/insertText.ts'
import { readFile as readTool } from '../../../../src/core/tools/readFile.ts'
import { writeFile } from '../../../../src/core/tools/writeFile.ts'
import { textOf, Workbench } from './workbench.ts'

const onDisk = (bench: Workbench, path: string): Promise<string> => readFile(join(bench.folder, path), 'utf8')

test('write_file creates a file with its folders', async () => {
  await using bench = await Workbench.open()
  const result = await bench.call(writeFile(bench.ports), { path: 'src/new.ts', content: 'a\nb\n' })
  expect(result).toMatchObject({ kind: 'completed', text: 'Created src/new.ts: 2 lines, saved.', fact: 'new, 2 lines' })
  expect(result).toMatchObject({ changes: [{ path: 'src/new.ts', kind: 'added', added: 2 }] })
  expect(await onDisk(bench, 'src/new.ts')).toBe('a\nb\n')
})

test('write_file replaces only what was read as it is now', async () => {
  await using bench = await Workbench.open({ 'a.txt': 'old\n' })
  const tool = writeFile(bench.ports)
  const input = { path: 'a.txt', content: 'new\n' }
  expect(textOf(await bench.call(tool, input))).toMatch(/^not_read: .*read_file/)
  await bench.call(readTool(bench.ports), { path: 'a.txt', limit: 1 })
  await bench.write({ 'a.txt': 'the user’s\n' })
  expect(textOf(await bench.call(tool, input))).toMatch(/^not_read: /)
  expect(await onDisk(bench, 'a.txt')).toBe('the user’s\n')
  await bench.call(readTool(bench.ports), { path: 'a.txt' })
  expect(await bench.call(tool, input)).toMatchObject({ kind: 'completed', text: 'Edited a.txt: +1 −1, saved.' })
  expect(await onDisk(bench, 'a.txt')).toBe('new\n')
})

test('of two siblings that write one file, missing or read before, the second is refused', async () => {
  await using bench = await Workbench.open({ 'old.txt': 'old\n' })
  const tool = writeFile(bench.ports)
  await bench.call(readTool(bench.ports), { path: 'old.txt' })
  bench.versions.stepEnded()
  for (const path of ['old.txt', 'new.txt']) {
    expect(await bench.call(tool, { path, content: 'one\n' })).toMatchObject({ kind: 'completed' })
    expect(await bench.call(tool, { path, content: 'two\n' })).toMatchObject({ kind: 'failed', code: 'not_read' })
    expect(await onDisk(bench, path)).toBe('one\n')
  }
  bench.versions.stepEnded()
  expect(await bench.call(tool, { path: 'new.txt', content: 'two\n' })).toMatchObject({ kind: 'completed' })
})

test('edit_file does all of its edits or none', async () => {
  await using bench = await Workbench.open({ 'a.txt': 'one\ntwo\n' })
  const tool = editFile(bench.ports)
  const first = { old_text: 'one', new_text: '1' }
  const bad = await bench.call(tool, { path: 'a.txt', edits: [first, { old_text: 'three', new_text: '3' }] })
  expect(bad).toMatchObject({ kind: 'failed', code: 'not_matched' })
  expect(await onDisk(bench, 'a.txt')).toBe('one\ntwo\n')
  const good = await bench.call(tool, { path: 'a.txt', edits: [first, { old_text: 'two', new_text: '2' }] })
  expect(good).toMatchObject({ kind: 'completed', text: 'Edited a.txt: +2 −2, saved.', changes: [{ path: 'a.txt' }] })
  expect(await onDisk(bench, 'a.txt')).toBe('1\n2\n')
})

test('edit_file of a missing file names what is near', async () => {
  await using bench = await Workbench.open({ 'parser.ts': '' })
  const edits = [{ old_text: 'a', new_text: 'b' }]
  const text = textOf(await bench.call(editFile(bench.ports), { path: 'praser.ts', edits }))
  expect(text).toMatch(/^not_found: .*parser\.ts/)
})

test('insert_text adds lines, and both of two that create one file survive', async () => {
  await using bench = await Workbench.open({ 'a.txt': 'one\nthree\n' })
  const tool = insertText(bench.ports)
  await bench.call(tool, { path: 'a.txt', text: 'two', after: 'one' })
  expect(await onDisk(bench, 'a.txt')).toBe('one\ntwo\nthree\n')
  await Promise.all(['x\n', 'y\n'].map((text) => bench.call(tool, { path: 'new.txt', text })))
  expect((await onDisk(bench, 'new.txt')).split('\n').toSorted()).toEqual(['', 'x', 'y'])
  expect(tool.input.safeParse({ path: 'a', text: 'x', line: 1, after: 'y' }).success).toBe(false)
})

test('the preview is the change that the edit would make, and makes none', async () => {
  await using bench = await Workbench.open({ 'a.txt': 'one\n' })
  const edits = [{ old_text: 'one', new_text: 'two' }]
  const plan = await editFile(bench.ports).plan({ path: 'a.txt', edits })
  if ('kind' in plan) throw new Error(plan.message)
  expect(plan.claims).toEqual([{ kind: 'edit', path: join(bench.folder, 'a.txt') }])
  expect(await plan.action.preview?.(neverCancelled)).toMatchObject([
    {
      path: 'a.txt',
      added: 1,
      removed: 1,
      saved: false,
    },
  ])
  expect(await onDisk(bench, 'a.txt')).toBe('one\n')
  const unread = await writeFile(bench.ports).plan({ path: 'a.txt', content: 'x' })
  if ('kind' in unread) throw new Error(unread.message)
  expect(unread.claims[0]?.kind).toBe('write')
  expect(await unread.action.preview?.(neverCancelled)).toBeUndefined()
  const added = await writeFile(bench.ports).plan({ path: 'new.txt', content: 'x\n' })
  if ('kind' in added) throw new Error(added.message)
  expect(await added.action.preview?.(neverCancelled)).toMatchObject([{ kind: 'added', added: 1 }])
})

test('an edit takes its ticket in the very call, tells its place in the queue, and says what it left unsaved', async () => {
  await using bench = await Workbench.open({ 'a.txt': 'one\n' })
  const places: unknown[] = []
  let asked = false
  const documents: Documents = {
    ...bench.ports.documents,
    async edit(target, compute, token, hooks) {
      asked = true
      hooks?.onPlace?.(2)
      hooks?.onPlace?.(0)
      const receipt = await bench.ports.documents.edit(target, compute, token)
      if (receipt.kind === 'failed') return receipt
      return {
        ...receipt,
        saved: false,
        change: { ...receipt.change, saved: false, unsavedReason: 'it has your changes' },
      }
    },
  }
  const edits = [{ old_text: 'one', new_text: 'two' }]
  const plan = await editFile({ ...bench.ports, documents }).plan({ path: 'a.txt', edits })
  if ('kind' in plan) throw new Error(plan.message)
  const result = plan.run({ ...bench.progress(), waiting: (waitingFor) => places.push(waitingFor) }, neverCancelled)
  expect(asked).toBe(true)
  expect(places).toEqual([{ kind: 'lock', resource: 'a.txt', place: 2 }, undefined])
  const text = 'Edited a.txt: +1 −1, in the editor, not saved: it has your changes. The file on disk is older.'
  expect(textOf(await result)).toBe(text)
})
