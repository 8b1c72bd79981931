import assert from 'node:assert/strict'
import type { CallOwner } from '../../src/core/ports.ts'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { append, type DocumentsWorld, edited, hex, refused, replace, type Test, utf8 } from './documentsWorld.ts'

const mine: CallOwner = { sessionId: 's1', turnId: 't1', callId: 'c1', name: 'edit_file' }

/** Who changed what in the middle of an edit, and what is kept of it. */
export function conflictsTell(test: Test): void {
  const versionOf = async ({ documents, target }: DocumentsWorld): Promise<string> => {
    const document = await documents.read(target('who.txt'), neverCancelled)
    assert.ok(document.kind === 'read')
    return document.version
  }
  const misfit = async ({ documents, target }: DocumentsWorld, known: string): Promise<string> => {
    const hooks = { known, owner: { ...mine, callId: 'c9' } }
    const failure = await refused(documents.edit(target('who.txt'), replace('two', '2'), neverCancelled, hooks))
    assert.equal(failure.code, 'not_matched')
    return failure.message
  }
  test('the user is named, and the lines that they changed', async (world) => {
    await world.write('who.txt', 'one\ntwos\nthree\n')
    const known = await versionOf(world)
    await world.type('who.txt', 'zero\n')
    const hooks = { known, owner: mine }
    const failure = await refused(
      world.documents.edit(world.target('who.txt'), replace('none', '2'), neverCancelled, hooks),
    )
    assert.match(failure.message, /Since you saw it, the user changed line 1\./)
  })
  test('what changed the disk is named', async (world) => {
    await world.write('who.txt', 'one\ntwo\nthree\n')
    const known = await versionOf(world)
    await world.write('who.txt', 'one\n2\nthree\n')
    assert.match(await misfit(world, known), /something on disk \(.*\) changed line 2\./)
  })
  test('another call is named, in the same breath and later', async (world) => {
    const { documents, target, write } = world
    await write('who.txt', 'one\ntwo\nthree\nfour\n')
    const known = await versionOf(world)
    const [, message] = await Promise.all([
      edited(documents.edit(target('who.txt'), replace('two\nthree', 'II\nIII'), neverCancelled, { owner: mine })),
      misfit(world, known),
    ])
    assert.match(message, /Since you saw it, edit_file \(call c1\) changed lines 2 to 3\./)
    assert.match(await misfit(world, known), /edit_file \(call c1\) changed lines 2 to 3\./)
  })
  test('a text that always changes is let be, and whoever changes it is named', async (world) => {
    await world.write('who.txt', 'one\n')
    let typing = Promise.resolve()
    const typeAgain = (): void => {
      typing = world.type('who.txt', 'x')
      world.beforeApply(typeAgain)
    }
    world.beforeApply(typeAgain)
    const failure = await refused(world.documents.edit(world.target('who.txt'), append('b\n'), neverCancelled))
    await typing
    assert.equal(failure.code, 'conflict')
    assert.match(failure.message, /the user changed line 1/)
    assert.match((await world.buffer('who.txt')).text, /^x+one\n$/)
  })
  test('a file that changes on disk in the middle of an edit keeps both texts', async (world) => {
    const { documents, target, write, bytes, buffer, beforeApply } = world
    await write('both.txt', 'one\ntwo\nthree\n')
    let written: Promise<void> | undefined
    beforeApply(() => {
      written = write('both.txt', 'one\ntwo\nTHREE, theirs\n')
    })
    const result = await documents.edit(target('both.txt'), replace('one', '1'), neverCancelled)
    await written
    const onDisk = String(Buffer.from((await bytes('both.txt')) ?? []))
    assert.match(onDisk, /THREE, theirs/)
    assert.match((await buffer('both.txt')).text, /^1\n/)
    if (result.kind === 'failed') {
      assert.deepEqual([result.code, result.change?.saved], ['conflict', false])
      assert.match(result.message, /changed line 3 meanwhile/)
    } else assert.equal(onDisk, '1\ntwo\nTHREE, theirs\n')
  })
  test('a file that is deleted in the middle of an edit does not come back', async (world) => {
    const { documents, target, write, bytes, buffer, beforeApply, remove } = world
    await write('gone.txt', 'one\ntwo\n')
    beforeApply(() => void remove('gone.txt'))
    const failure = await refused(documents.edit(target('gone.txt'), replace('one', '1'), neverCancelled))
    assert.deepEqual([failure.code, failure.change?.saved], ['conflict', false])
    assert.match(failure.message, /deleted or moved/)
    assert.equal(await bytes('gone.txt'), undefined)
    assert.equal((await buffer('gone.txt')).text, '1\ntwo\n')
  })
  test('a file that was deleted before is not there', async ({ documents, target, write, bytes, remove }) => {
    await write('before.txt', 'one\n')
    await edited(documents.edit(target('before.txt'), append('two\n'), neverCancelled))
    await remove('before.txt')
    const failure = await refused(documents.edit(target('before.txt'), replace('one', '1'), neverCancelled))
    assert.equal(failure.code, 'not_found')
    assert.equal(await bytes('before.txt'), undefined)
  })
}

/** What others do at a save, and what is never saved. */
export function saversChange(test: Test): void {
  const spaced = (text: string): string => text.replaceAll(/ *= */g, ' = ')
  test('a formatter at the save is told of, with the version that is there now', async (world) => {
    const { documents, target, write, bytes, onSave } = world
    await write('format.txt', 'a\nb\n')
    onSave(spaced)
    const receipt = await edited(documents.edit(target('format.txt'), append('x=1\n'), neverCancelled))
    assert.equal(receipt.saved, true)
    assert.deepEqual(
      receipt.reformatted?.diff.diff.filter(({ kind }) => kind !== 'context').map(({ text }) => text),
      ['x=1', 'x = 1'],
    )
    assert.deepEqual(hex(await bytes('format.txt')), hex(utf8('a\nb\nx = 1\n')))
    const document = await documents.read(target('format.txt'), neverCancelled)
    assert.equal('version' in document && document.version, receipt.reformatted?.version)
    const next = await edited(documents.edit(target('format.txt'), append('c\n'), neverCancelled))
    assert.deepEqual([next.before, next.reformatted], [receipt.reformatted?.version, undefined])
  })
  test('each sibling hears of the formatter', async ({ documents, target, write, onSave }) => {
    await write('siblings.txt', 'a\n')
    onSave(spaced)
    const receipts = await Promise.all(
      ['x=1\n', 'y=2\n'].map((line) => edited(documents.edit(target('siblings.txt'), append(line), neverCancelled))),
    )
    for (const { reformatted } of receipts)
      assert.deepEqual([reformatted?.diff.added, reformatted?.diff.removed], [2, 2])
  })
  test('a buffer without a file is edited, and left to the user', async ({ documents, untitled }) => {
    const target = await untitled('a\nb\n')
    const receipt = await edited(documents.edit(target, replace('b', 'B'), neverCancelled))
    assert.equal(receipt.saved, false)
    assert.match(receipt.change.unsavedReason ?? '', /no file yet/)
    const document = await documents.read(target, neverCancelled)
    assert.equal('text' in document && document.text, 'a\nB\n')
  })
}
