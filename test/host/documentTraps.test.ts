/**
 * What was measured in VS Code and would lose an edit, each with its test. Some stand elsewhere:
 * - the boolean of `applyEdit` does not prove the base: the contract, “another edit slipped in between …”;
 * - a formatter on disk under a clean buffer, and a save that is refused: formatter.test.ts; the contract, “what the disk
 *   got from another program …”, “a file that changes on disk in the middle of an edit …”;
 * - two that create one file: the contract, “of two that make one file …”;
 * - a save that hangs: otherFileSystems.test.ts.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import * as vscode from 'vscode'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { ReadVersions } from '../../src/core/tools/readVersions.ts'
import { writeFile as writeFileTool } from '../../src/core/tools/writeFile.ts'
import { bufferAt } from '../../src/host/documents/buffers.ts'
import { windowWorkspace } from '../../src/host/workspace.ts'
import { fiftyEdits, fiftyLines } from '../contracts/documents.ts'
import { append, edited, refused, replace } from '../contracts/documentsWorld.ts'
import { noCalls, someTurn } from '../support/openGate.ts'
import { separateDocuments, windowWorld, type WindowWorld } from './support/documentsWorld.ts'
import { noNews } from '../support/noLanguages.ts'
import { inTinyFileSystem } from './support/tinyFileSystem.ts'

describe('traps of VS Code', () => {
  let world: WindowWorld
  beforeEach(async () => {
    world = await windowWorld()
  })
  afterEach(() => world.dispose())

  it('edits of one document that know nothing of each other: without the lock they are lost', async () => {
    await world.write('unlocked.txt', 'start\n')
    const target = world.target('unlocked.txt')
    const alone = Array.from({ length: 50 }, () => separateDocuments())
    let next = 0
    const results = await Promise.all(
      fiftyEdits({ ...alone[0]!, edit: (...edit) => alone[next++]!.edit(...edit) }, target),
    )
    const text = String(await world.bytes('unlocked.txt'))
    assert.equal(results.every(({ kind }) => kind === 'edited') && text === fiftyLines(), false)
  })

  it('bare calls of applyEdit on one document: most are refused', async () => {
    await world.write('bare.txt', 'start\n')
    const { uri } = await vscode.workspace.openTextDocument(world.target('bare.txt').path)
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const edit = new vscode.WorkspaceEdit()
        edit.insert(uri, new vscode.Position(0, 0), `${index}\n`)
        return vscode.workspace.applyEdit(edit)
      }),
    )
    assert.ok(results.filter((applied) => !applied).length > 0)
  })

  it('more closed files than the extension host keeps open: 120 receipts, all true', async () => {
    const names = Array.from({ length: 120 }, (_, index) => `closed-${index}.txt`)
    await Promise.all(names.map((name) => world.write(name, `file ${name}\nend\n`)))
    const receipts = await Promise.all(
      names.map((name) => edited(world.documents.edit(world.target(name), append('added\n'), neverCancelled))),
    )
    const onDisk = await Promise.all(names.map((name) => readFile(world.target(name).path, 'utf8')))
    assert.ok(receipts.every(({ saved }) => saved))
    assert.deepEqual(
      onDisk,
      names.map((name) => `file ${name}\nend\nadded\n`),
    )
  }).timeout(60_000)

  it('a document that VS Code closes after its save, as it does with the oldest of many: the next edit finds the file again', async () => {
    await world.write('closes.txt', 'a\n')
    const target = world.target('closes.txt')
    await edited(world.documents.edit(target, append('b\n'), neverCancelled))
    for (let index = 0; bufferAt(vscode.Uri.file(target.path)) !== undefined; index++) {
      assert.ok(index < 400, 'VS Code closes none of 400 documents')
      const name = `other-${index}.txt`
      await world.write(name, 'x\n')
      // With so many open it now and then refuses one, or closes it while it is opened.
      await vscode.workspace.openTextDocument(world.target(name).path).then(undefined, () => undefined)
    }
    const receipt = await edited(world.documents.edit(target, append('c\n'), neverCancelled))
    assert.deepEqual([receipt.saved, String(await world.bytes('closes.txt'))], [true, 'a\nb\nc\n'])
  }).timeout(60_000)

  it('text typed between the change and the save: it is not saved', async () => {
    await world.write('typed.txt', 'a\n')
    await vscode.window.showTextDocument(vscode.Uri.file(world.target('typed.txt').path))
    let typed: Thenable<unknown> | undefined
    world.afterApply(() => {
      typed = vscode.commands.executeCommand('type', { text: 'mine ' })
    })
    const receipt = await edited(world.documents.edit(world.target('typed.txt'), append('b\n'), neverCancelled))
    await typed
    const onDisk = String(await world.bytes('typed.txt'))
    assert.equal(receipt.saved, onDisk.endsWith('a\nb\n'))
    assert.equal((await world.buffer('typed.txt')).text, 'mine a\nb\n')
  })

  it('the editor closed without saving, between the change and the save: the edit is said to be gone', async () => {
    await world.write('closed.txt', 'a\n')
    const uri = vscode.Uri.file(world.target('closed.txt').path)
    await vscode.window.showTextDocument(uri, { preview: false })
    const { promise: closing, resolve } = Promise.withResolvers<unknown>()
    world.afterApply(() => resolve(vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor')))
    const result = await world.documents.edit(world.target('closed.txt'), append('b\n'), neverCancelled)
    await closing
    const onDisk = String(await world.bytes('closed.txt'))
    if (result.kind === 'edited') assert.equal(result.saved && result.reformatted === undefined, onDisk === 'a\nb\n')
    else assert.deepEqual([result.code, onDisk], ['conflict', 'a\n'])
  })

  it('VS Code that saves by itself: receipts say what is on disk', async () => {
    const files = vscode.workspace.getConfiguration('files')
    await files.update('autoSave', 'afterDelay', vscode.ConfigurationTarget.Global)
    await files.update('autoSaveDelay', 1, vscode.ConfigurationTarget.Global)
    const names = Array.from({ length: 20 }, (_, index) => `auto-${index}.txt`)
    await Promise.all(names.map((name) => world.write(name, 'a\n')))
    for (const round of ['b', 'c', 'd']) {
      const edits = names.map((name) => world.documents.edit(world.target(name), append(`${round}\n`), neverCancelled))
      const receipts = await Promise.all(edits.map(edited))
      for (const [index, { saved }] of receipts.entries()) {
        assert.equal(saved, String(await world.bytes(names[index] ?? '')).endsWith(`${round}\n`))
      }
    }
    await files.update('autoSaveDelay', undefined, vscode.ConfigurationTarget.Global)
  })

  it('a whole file written over text that was not read: it is refused, whatever the buffer holds', async () => {
    await world.write('unread.txt', 'a\n')
    await world.type('unread.txt', 'mine ')
    const versions = new ReadVersions()
    const tool = writeFileTool({ documents: world.documents, workspace: windowWorkspace(), versions, news: noNews })
    const { path } = world.target('unread.txt')
    const run = async () => {
      const plan = await tool.plan({ path, content: 'theirs\n' })
      assert.ok('run' in plan)
      const progress = {
        owner: { ...someTurn, callId: 'c1' },
        reach: 'user' as const,
        permits: async () => true,
        children: () => noCalls,
        waiting: () => undefined,
      }
      return plan.run(
        { ...progress, output: () => undefined, onBackground: () => undefined, ask: never },
        neverCancelled,
      )
    }
    const first = await run()
    assert.deepEqual(first.kind === 'failed' && first.code, 'not_read')
    assert.deepEqual(
      [(await world.buffer('unread.txt')).text, String(await world.bytes('unread.txt'))],
      ['mine a\n', 'a\n'],
    )
    const read = await world.documents.read(world.target('unread.txt'), neverCancelled)
    assert.ok(read.kind === 'read')
    versions.read(path, read.version)
    assert.equal((await run()).kind, 'completed')
    assert.equal((await world.buffer('unread.txt')).text, 'theirs\n')
  })

  it('a full disk: nothing is changed, neither the file nor the buffer', () =>
    inTinyFileSystem(async ({ target, text, fill, empty }) => {
      const start = `${'x'.repeat(16_000)}\nend\n`
      await empty(start)
      await fill()
      const grown = await refused(world.documents.edit(target('file.txt'), append('y'.repeat(20_000)), neverCancelled))
      assert.deepEqual([grown.code, await text('file.txt')], ['disk_full', start])
      const made = await refused(world.documents.edit(target('new.txt'), append('new\n'), neverCancelled))
      assert.deepEqual([made.code, await text('new.txt')], ['disk_full', undefined])
      const shown = await world.documents.read(target('file.txt'), neverCancelled)
      assert.deepEqual(shown.kind === 'read' && [shown.text, shown.dirty], [start, false])
    }))

  it('a disk that fills between the change and the save: the file is as it was, or has all of it', () =>
    inTinyFileSystem(async ({ target, text, fillNow, empty }) => {
      const start = `${'x'.repeat(8_000)}\nend\n`
      await empty(start)
      world.beforeSave(fillNow)
      const result = await world.documents.edit(target('file.txt'), append('y'.repeat(12_000)), neverCancelled)
      const onDisk = await text('file.txt')
      if (result.kind === 'edited') assert.ok(onDisk?.endsWith('y'.repeat(12_000)))
      else assert.deepEqual([result.code, onDisk], ['not_saved', start])
    }))

  it('an edit that finds its text no more, because the user changed it: the words say so', async () => {
    await world.write('told.txt', 'one\ntwo\n')
    const read = await world.documents.read(world.target('told.txt'), neverCancelled)
    assert.ok(read.kind === 'read')
    await vscode.window.showTextDocument(vscode.Uri.file(world.target('told.txt').path))
    await vscode.commands.executeCommand('type', { text: 'mine ' })
    const hooks = { known: read.version, owner: { ...someTurn, callId: 'c1' } }
    const compute = replace('\none', '1')
    const failure = await refused(world.documents.edit(world.target('told.txt'), compute, neverCancelled, hooks))
    assert.match(failure.message, /Since you saw it, the user changed line 1\./)
  })
})

function never(): Promise<never> {
  throw new Error('nobody is asked')
}
