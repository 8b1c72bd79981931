import assert from 'node:assert/strict'
import { replaceWhole } from '../../src/core/edits/whole.ts'
import type { Compute, Documents, Failure, FileTarget, Receipt } from '../../src/core/ports.ts'
import { CancellationSource, neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { failed } from '../../src/core/tools/tool.ts'
import { conflictsTell, saversChange } from './documentConflicts.ts'
import { append, type DocumentsWorld, edited, hex, refused, replace, type Test, utf16, utf8 } from './documentsWorld.ts'

interface Runner {
  describe(title: string, body: () => void): void
  it(title: string, body: () => Promise<void>): void
}

/** What documents do on every host. */
export function documentsContract({ describe, it }: Runner, makeWorld: () => Promise<DocumentsWorld>): void {
  const test = (title: string, body: (world: DocumentsWorld) => Promise<void>): void =>
    it(title, async () => {
      const world = await makeWorld()
      try {
        await body(world)
      } finally {
        await world.dispose()
      }
    })
  describe('bytes', () => bytesStay(test))
  describe('siblings', () => siblingsCombine(test))
  describe('the user', () => userKeeps(test))
  describe('conflicts', () => conflictsTell(test))
  describe('what is saved', () => saversChange(test))
  describe('creation', () => filesAppear(test))
  describe('failures', () => failuresAreValues(test))
}

function bytesStay(test: Test): void {
  const cases: [string, Uint8Array, Uint8Array][] = [
    ['LF', utf8('a\nb\nc\n'), utf8('a\nB\nc\n')],
    ['CRLF', utf8('a\r\nb\r\nc\r\n'), utf8('a\r\nB\r\nc\r\n')],
    ['a BOM and CRLF', utf8('\uFEFFa\r\nb\r\n'), utf8('\uFEFFa\r\nB\r\n')],
    ['no final line ending', utf8('a\nb'), utf8('a\nB')],
    ['mixed line endings', utf8('a\r\nb\nc\r\nd\ne\n'), utf8('a\r\nB\nc\r\nd\ne\n')],
    ['mixed line endings and a BOM', utf8('\uFEFFx\nb\r\n1\n2\r\n'), utf8('\uFEFFx\nB\r\n1\n2\r\n')],
    ['UTF-16 LE', utf16('a\r\nb\r\n'), utf16('a\r\nB\r\n')],
    ['UTF-16 BE', utf16('é\nb\n').swap16(), utf16('é\nB\n').swap16()],
    ['astral characters', utf8('😀\nb😀\n'), utf8('😀\nB😀\n')],
  ]
  for (const [name, before, after] of cases) {
    test(`${name}: bytes outside the edit stay`, async ({ documents, target, write, bytes }) => {
      await write('bytes.txt', before)
      const receipt = await edited(documents.edit(target('bytes.txt'), replace('b', 'B'), neverCancelled))
      assert.equal(receipt.saved, true)
      assert.deepEqual(await bytes('bytes.txt').then(hex), hex(after))
    })
  }
  test('new lines take the endings of the file', async ({ documents, target, write, bytes }) => {
    await write('new.txt', 'a\r\nb\r\n')
    await edited(documents.edit(target('new.txt'), append('c\nd\r\n'), neverCancelled))
    assert.deepEqual(hex(await bytes('new.txt')), hex(utf8('a\r\nb\r\nc\r\nd\r\n')))
  })
  test('a text is read with \\n and without BOM, and its version is the same open or closed', async (world) => {
    await world.write('read.txt', '\uFEFFa\r\nb\r\n')
    const closed = await world.documents.read(world.target('read.txt'), neverCancelled)
    await world.type('read.txt', 'x')
    const open = await world.documents.read(world.target('read.txt'), neverCancelled)
    await world.undo('read.txt')
    const undone = await world.documents.read(world.target('read.txt'), neverCancelled)
    assert.ok(closed.kind === 'read' && open.kind === 'read' && undone.kind === 'read')
    assert.deepEqual([closed.text, closed.dirty], ['a\nb\n', false])
    assert.deepEqual([open.text, open.dirty], ['xa\nb\n', true])
    assert.equal(undone.version, closed.version)
  })
}

function siblingsCombine(test: Test): void {
  test('50 edits of one document are all there, for at most 3 changes and 1 save', async (world) => {
    const { documents, target, write, bytes, counts } = world
    await write('many.txt', 'start\n')
    const before = counts()
    const receipts = await Promise.all(fiftyEdits(documents, target('many.txt')))
    assert.deepEqual(
      receipts.map((receipt) => receipt.kind),
      receipts.map(() => 'edited'),
    )
    assert.equal(String(Buffer.from((await bytes('many.txt')) ?? [])), fiftyLines())
    assert.ok(counts().applied - before.applied <= 3)
    assert.equal(counts().saved - before.saved, 1)
  })
  test('each caller gets a receipt of its own edit', async ({ documents, target, write }) => {
    await write('own.txt', 'a\nb\n')
    const [first, second] = await Promise.all([
      edited(documents.edit(target('own.txt'), replace('a', 'A'), neverCancelled)),
      edited(documents.edit(target('own.txt'), replace('A\nb', 'A\nB\nC'), neverCancelled)),
    ])
    assert.deepEqual([first.change.added, first.change.removed], [1, 1])
    assert.deepEqual([second.change.added, second.change.removed], [2, 1])
    assert.equal(first.after, second.before)
  })
  test('those that come while the ones before are saved are saved too', async (world) => {
    const { documents, target, write, bytes, beforeSave } = world
    await write('saving.txt', 'a\n')
    const later = Promise.withResolvers<Receipt>()
    beforeSave(() => {
      edited(documents.edit(target('saving.txt'), append('c\n'), neverCancelled)).then(later.resolve, later.reject)
    })
    const first = await edited(documents.edit(target('saving.txt'), append('b\n'), neverCancelled))
    assert.deepEqual([first.saved, (await later.promise).saved], [true, true])
    assert.deepEqual(hex(await bytes('saving.txt')), hex(utf8('a\nb\nc\n')))
  })
  test('one that does not fit fails alone', async ({ documents, target, write, bytes }) => {
    await write('fit.txt', 'a\n')
    const [, wrong] = await Promise.all([
      edited(documents.edit(target('fit.txt'), append('b\n'), neverCancelled)),
      refused(documents.edit(target('fit.txt'), replace('none', 'x'), neverCancelled)),
      edited(documents.edit(target('fit.txt'), append('c\n'), neverCancelled)),
    ])
    assert.equal(wrong.code, 'not_matched')
    assert.deepEqual(hex(await bytes('fit.txt')), hex(utf8('a\nb\nc\n')))
  })
  test('one that is cancelled in the queue leaves nothing behind', async ({ documents, target, write, bytes }) => {
    await write('cancel.txt', 'a\n')
    const source = new CancellationSource()
    const first = edited(documents.edit(target('cancel.txt'), append('b\n'), neverCancelled))
    const cancelled = documents.edit(target('cancel.txt'), append('never\n'), source.token)
    const last = edited(documents.edit(target('cancel.txt'), append('c\n'), neverCancelled))
    source.cancel('stop')
    await assert.rejects(cancelled, { name: 'CancelledError' })
    await Promise.all([first, last])
    assert.deepEqual(hex(await bytes('cancel.txt')), hex(utf8('a\nb\nc\n')))
  })
}

function userKeeps(test: Test): void {
  test('unsaved text is the base of an edit and stays unsaved', async (world) => {
    const { documents, target, write, type, buffer, bytes } = world
    await write('dirty.txt', 'a\nb\n')
    await type('dirty.txt', 'mine ')
    const receipt = await edited(documents.edit(target('dirty.txt'), replace('mine a', 'mine A'), neverCancelled))
    assert.deepEqual([receipt.saved, receipt.change.unsavedReason], [false, 'held your own edits'])
    assert.deepEqual(await buffer('dirty.txt'), { text: 'mine A\nb\n', dirty: true })
    assert.deepEqual(hex(await bytes('dirty.txt')), hex(utf8('a\nb\n')))
    assert.deepEqual(
      documents.unsaved().map(({ path }) => path),
      [target('dirty.txt').path],
    )
  })
  test('the setting can save such a document, or none', async (world) => {
    const { documents, target, write, type, buffer, bytes, setSavePolicy } = world
    await write('policy.txt', 'a\n')
    await setSavePolicy('never')
    const never = await edited(documents.edit(target('policy.txt'), replace('a', 'b'), neverCancelled))
    assert.deepEqual([never.saved, (await buffer('policy.txt')).dirty], [false, true])
    await type('policy.txt', 'mine ')
    await setSavePolicy('always')
    const always = await edited(documents.edit(target('policy.txt'), replace('b', 'c'), neverCancelled))
    assert.deepEqual([always.saved, (await buffer('policy.txt')).dirty], [true, false])
    assert.deepEqual(hex(await bytes('policy.txt')), hex(utf8('mine c\n')))
  })
  test('what was left unsaved on purpose is not taken for the edits of the user', async (world) => {
    const { documents, target, write, bytes, setSavePolicy } = world
    await write('ours.txt', 'a\n')
    await setSavePolicy('never')
    await edited(documents.edit(target('ours.txt'), append('b\n'), neverCancelled))
    await setSavePolicy('clean')
    const receipt = await edited(documents.edit(target('ours.txt'), append('c\n'), neverCancelled))
    assert.equal(receipt.saved, true)
    assert.deepEqual(hex(await bytes('ours.txt')), hex(utf8('a\nb\nc\n')))
  })
  test('another edit slipped in between leaves every other byte as it was', async (world) => {
    const { documents, target, write, type, buffer, beforeApply } = world
    await write('race.txt', 'one\ntwo\nthree\n')
    let typed: Promise<void> | undefined
    beforeApply(() => {
      typed = type('race.txt', 'zero\n')
    })
    await edited(documents.edit(target('race.txt'), replace('two', 'TWO'), neverCancelled))
    await typed
    assert.equal((await buffer('race.txt')).text, 'zero\none\nTWO\nthree\n')
  })
  test('what the disk got from another program is the base of the next edit', async (world) => {
    const { documents, target, write, bytes, buffer } = world
    await write('format.txt', 'a\nb\n')
    await edited(documents.edit(target('format.txt'), replace('b', 'c'), neverCancelled))
    await write('format.txt', '  a\n  c\n')
    const receipt = await edited(documents.edit(target('format.txt'), replace('a', 'A'), neverCancelled))
    assert.equal(receipt.saved, true)
    assert.deepEqual(hex(await bytes('format.txt')), hex(utf8('  A\n  c\n')))
    assert.equal((await buffer('format.txt')).dirty, false)
  })
  test('undo brings the old text back', async ({ documents, target, write, buffer, undo }) => {
    await write('undo.txt', 'a\nb\n')
    await edited(documents.edit(target('undo.txt'), replace('a', 'A'), neverCancelled))
    await undo('undo.txt')
    assert.equal((await buffer('undo.txt')).text, 'a\nb\n')
  })
}

function filesAppear(test: Test): void {
  test('a missing file is made, and saved', async ({ documents, target, bytes }) => {
    const compute: Compute = ({ text }) => replaceWhole(text, 'hello\n')
    const receipt = await edited(documents.edit(target('made.txt'), compute, neverCancelled))
    assert.deepEqual([receipt.change.kind, receipt.saved], ['added', true])
    assert.deepEqual(hex(await bytes('made.txt')), hex(utf8('hello\n')))
  })
  test('of two that make one file, the second sees what the first made', async ({ documents, target, bytes }) => {
    const seen: (string | undefined)[] = []
    const make =
      (content: string): Compute =>
      ({ text }) => {
        seen.push(text)
        return text === undefined ? replaceWhole(text, content) : failed('exists', 'It is there.')
      }
    const first = edited(documents.edit(target('two.txt'), make('first\n'), neverCancelled))
    const second = refused(documents.edit(target('two.txt'), make('second\n'), neverCancelled))
    const third = edited(documents.edit(target('two.txt'), append('third\n'), neverCancelled))
    assert.equal((await first).change.kind, 'added')
    assert.equal((await second).code, 'exists')
    assert.equal((await third).change.kind, 'modified')
    assert.deepEqual(seen, [undefined, 'first\n'])
    assert.deepEqual(hex(await bytes('two.txt')), hex(utf8('first\nthird\n')))
  })
  test('a refused creation leaves no file', async ({ documents, target, bytes }) => {
    await refused(documents.edit(target('none.txt'), () => failed('no', 'No.'), neverCancelled))
    assert.equal(await bytes('none.txt'), undefined)
  })
}

function failuresAreValues(test: Test): void {
  test('a missing and a binary file cannot be read', async ({ documents, target, write }) => {
    await write('binary.bin', new Uint8Array([1, 0, 2]))
    const results = await Promise.all(
      ['absent.txt', 'binary.bin'].map((name) => documents.read(target(name), neverCancelled)),
    )
    assert.deepEqual(
      results.map((result) => 'code' in result && result.code),
      ['not_found', 'binary_file'],
    )
  })
  test('a binary file is not edited', async ({ documents, target, write, bytes }) => {
    const content = new Uint8Array([1, 0, 2])
    await write('binary.bin', content)
    const failure = await refused(documents.edit(target('binary.bin'), append('x'), neverCancelled))
    assert.equal(failure.code, 'binary_file')
    assert.deepEqual(hex(await bytes('binary.bin')), hex(content))
  })
  test('a file of more than 50 MB is refused, and the cap is named', async ({ documents, target, write }) => {
    await write('huge.txt', Buffer.alloc(50 * 1024 * 1024 + 1, 'a\n'))
    const failures = [
      await documents.read(target('huge.txt'), neverCancelled),
      await documents.edit(target('huge.txt'), append('x'), neverCancelled),
    ]
    for (const failure of failures) {
      assert.ok(failure.kind === 'failed')
      assert.deepEqual([failure.code, /50 MB/.test(failure.message)], ['too_large', true])
    }
  })
  test('a folder is not edited', async ({ documents, target, folder }) => {
    await folder('folder')
    const failure = await refused(documents.edit(target('folder'), append('x'), neverCancelled))
    assert.equal(failure.code, 'is_folder')
  })
  test('a file that the user keeps from changes is read, not edited', async (world) => {
    const { documents, target, write, bytes, readOnly, counts } = world
    await write('kept.txt', 'a\n')
    await readOnly('kept.txt')
    const before = counts()
    const failure = await refused(documents.edit(target('kept.txt'), append('x\n'), neverCancelled))
    assert.equal(failure.code, 'read_only')
    assert.equal((await documents.read(target('kept.txt'), neverCancelled)).kind, 'read')
    assert.deepEqual([hex(await bytes('kept.txt')), counts()], [hex(utf8('a\n')), before])
  })
  test('an edit that changes nothing touches nothing', async ({ documents, target, write, counts }) => {
    await write('same.txt', 'a\n')
    const before = counts()
    const receipt = await edited(documents.edit(target('same.txt'), () => ({ edits: [] }), neverCancelled))
    assert.deepEqual([receipt.before === receipt.after, receipt.saved, receipt.change.diff], [true, true, []])
    assert.deepEqual(counts(), before)
  })
}

/** The last depends on the text of the first. */
export function fiftyEdits(documents: Documents, target: FileTarget): Promise<Receipt | Failure>[] {
  const adds = Array.from({ length: 49 }, (_, index) => append(`line ${index}\n`))
  return [...adds, replace('line 0\n', 'line zero\n')].map((compute) => documents.edit(target, compute, neverCancelled))
}

export function fiftyLines(): string {
  return `start\nline zero\n${Array.from({ length: 48 }, (_, index) => `line ${index + 1}\n`).join('')}`
}
