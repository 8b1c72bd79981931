import assert from 'node:assert/strict'
import * as vscode from 'vscode'
import { protectedName } from '../../src/core/approvals/protected.ts'
import type { Compute, Documents, FileTarget } from '../../src/core/ports.ts'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { failed } from '../../src/core/tools/tool.ts'
import { resourceOf } from '../../src/host/documents/resources.ts'
import { append, edited, refused, replace } from '../contracts/documentsWorld.ts'
import { ManualClock } from '../support/manualClock.ts'
import { settledSoon } from './support/settledSoon.ts'
import { separateDocuments, windowWorld } from './support/documentsWorld.ts'
import { MemoryFiles } from './support/memoryFiles.ts'

const folderOf = (files: MemoryFiles, name: string, index: number): vscode.WorkspaceFolder => ({
  uri: files.uri('/ws'),
  name,
  index,
})

describe('files of another file system', () => {
  let files: MemoryFiles
  let kept: MemoryFiles
  let documents: Documents
  before(() => {
    files = new MemoryFiles('stretto-memory')
    kept = new MemoryFiles('stretto-kept', true)
    for (const each of [files, kept]) each.createDirectory(each.uri('/ws'))
    documents = separateDocuments()
  })
  after(() => {
    files.dispose()
    kept.dispose()
  })

  const target = (path: string, on: MemoryFiles = files): FileTarget => {
    const found = resourceOf(path, [folderOf(on, 'far', 0)])
    assert.ok(found !== undefined && !('kind' in found), JSON.stringify(found))
    return found
  }

  it('are read and edited, their bytes outside the edit kept', async () => {
    files.put('/ws/a.txt', '\uFEFFone\r\ntwo\r\n')
    const read = await documents.read(target('a.txt'), neverCancelled)
    assert.equal(read.kind === 'read' && read.text, 'one\ntwo\n')
    const receipt = await edited(documents.edit(target('a.txt'), replace('two', '2'), neverCancelled))
    assert.deepEqual([receipt.saved, files.text('/ws/a.txt')], [true, '\uFEFFone\r\n2\r\n'])
    assert.equal(receipt.change.uri, files.uri('/ws/a.txt').toString())
  })

  it('are created with their folders', async () => {
    const receipt = await edited(documents.edit(target('new/b.txt'), append('b\n'), neverCancelled))
    assert.deepEqual([receipt.change.kind, receipt.saved, files.text('/ws/new/b.txt')], ['added', true, 'b\n'])
  })

  it('are edited as they are after another program wrote them', async () => {
    files.put('/ws/c.txt', 'one\n')
    await vscode.window.showTextDocument(files.uri('/ws/c.txt'))
    await edited(documents.edit(target('c.txt'), append('two\n'), neverCancelled))
    files.put('/ws/c.txt', 'ONE\ntwo\n')
    await edited(documents.edit(target('c.txt'), append('three\n'), neverCancelled))
    assert.equal(files.text('/ws/c.txt'), 'ONE\ntwo\nthree\n')
    await vscode.commands.executeCommand('workbench.action.closeAllEditors')
  })

  it('are combined under one lock, whatever name they are asked for by', async () => {
    files.put('/ws/d.txt', 'start\n')
    const names = ['d.txt', 'far/d.txt', files.uri('/ws/d.txt').toString(), '/ws/d.txt', './x/../d.txt']
    assert.equal(new Set(names.map((name) => target(name).path)).size, 1)
    await Promise.all(names.map((name, at) => edited(documents.edit(target(name), append(`${at}\n`), neverCancelled))))
    assert.equal(files.text('/ws/d.txt'), 'start\n0\n1\n2\n3\n4\n')
  })

  it('are not left, nor reached by a path of another file system', () => {
    const folders = [folderOf(files, 'far', 0)]
    for (const path of [
      '../secret.txt',
      '/etc/passwd',
      'stretto-memory://other/ws/a.txt',
      'vscode-userdata:/User/settings.json',
    ]) {
      assert.equal(resourceOf(path, folders), undefined, path)
    }
    assert.equal(protectedName(target('.vscode/settings.json')), '.vscode')
  })

  it('have their folder in their name where there are several', () => {
    const folders = [{ uri: vscode.Uri.file('/here'), name: 'here', index: 0 }, folderOf(files, 'far', 1)]
    const found = resourceOf('far/a.txt', folders)
    assert.deepEqual(found !== undefined && 'display' in found && found.display, 'far/a.txt')
    assert.equal(resourceOf('a.txt', folders), undefined)
  })

  it('are not edited where the file system is read-only', async () => {
    kept.put('/ws/a.txt', 'one\n')
    const failure = await refused(documents.edit(target('a.txt', kept), append('two\n'), neverCancelled))
    assert.equal(failure.code, 'read_only')
    assert.equal(kept.text('/ws/a.txt'), 'one\n')
  })

  it('say that a save failed, keep the edit in the editor, and are saved later', async () => {
    files.put('/ws/full.txt', 'one\n')
    files.isFull = true
    const failure = await refused(documents.edit(target('full.txt'), append('two\n'), neverCancelled))
    files.isFull = false
    assert.deepEqual([failure.code, failure.change?.saved, files.text('/ws/full.txt')], ['not_saved', false, 'one\n'])
    const next = await edited(documents.edit(target('full.txt'), append('three\n'), neverCancelled))
    assert.deepEqual([next.saved, files.text('/ws/full.txt')], [true, 'one\ntwo\nthree\n'])
  })

  it('leave no file behind where one could not be created', async () => {
    files.isFull = true
    const failure = await refused(documents.edit(target('never.txt'), append('x\n'), neverCancelled))
    files.isFull = false
    assert.deepEqual([failure.code, files.text('/ws/never.txt')], ['not_created', undefined])
  })

  it('trap: a save that hangs gives the lock up, and the file takes no edits until it settles', async () => {
    files.put('/ws/hang.txt', 'one\n')
    const clock = new ManualClock()
    const slow = separateDocuments({ clock })
    const { promise, resolve } = Promise.withResolvers<void>()
    const writing = Promise.withResolvers<void>()
    files.beforeWrite = () => {
      writing.resolve()
      return promise
    }
    const first = slow.edit(target('hang.txt'), append('two\n'), neverCancelled)
    await writing.promise
    clock.advance(20_000)
    assert.equal((await refused(first)).code, 'save_hangs')
    assert.equal((await refused(slow.edit(target('hang.txt'), append('three\n'), neverCancelled))).code, 'busy')
    files.beforeWrite = () => Promise.resolve()
    resolve()
    const third = await settledSoon(async () => {
      const result = await slow.edit(target('hang.txt'), append('three\n'), neverCancelled)
      return result.kind === 'edited' ? result : undefined
    })
    assert.deepEqual([third.saved, files.text('/ws/hang.txt')], [true, 'one\ntwo\nthree\n'])
  })
})

describe('untitled buffers', () => {
  const folders = (): readonly vscode.WorkspaceFolder[] => vscode.workspace.workspaceFolders ?? []
  const never: Compute = () => failed('no', 'No.')

  it('are asked for by their name or their URI', async () => {
    const { uri } = await vscode.workspace.openTextDocument({ content: 'a\n' })
    for (const name of [uri.path, uri.toString(), `untitled:${uri.path}`]) {
      const found = resourceOf(name, folders())
      assert.ok(found !== undefined && !('kind' in found) && found.uri === uri.toString(), name)
      const receipt = await edited(separateDocuments().edit(found, append('b\n'), neverCancelled))
      assert.equal(receipt.saved, false)
    }
    assert.equal((await vscode.workspace.openTextDocument(uri)).getText(), 'a\nb\nb\nb\n')
    await vscode.window.showTextDocument(uri)
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor')
    const gone = { path: 'untitled:x', asked: 'untitled:x', display: 'x', inside: true, uri: 'untitled:Gone-1' }
    assert.equal((await refused(separateDocuments().edit(gone, never, neverCancelled))).code, 'not_found')
  })

  it('are asked for by the path that they are to be saved at, while there is no file', async () => {
    const world = await windowWorld()
    const { path } = world.target('later.txt')
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(path).with({ scheme: 'untitled' }))
    const found = resourceOf(path, folders())
    assert.ok(found !== undefined && 'uri' in found)
    await edited(world.documents.edit(found, append('mine\n'), neverCancelled))
    assert.deepEqual([document.getText(), await world.bytes('later.txt')], ['mine\n', undefined])
    await world.write('later.txt', 'a file\n')
    assert.equal(resourceOf(path, folders()), undefined)
    await vscode.window.showTextDocument(document)
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor')
    await world.dispose()
  })
})
