import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import * as vscode from 'vscode'
import { documentsContract, fiftyEdits, fiftyLines } from '../contracts/documents.ts'
import { append, edited } from '../contracts/documentsWorld.ts'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { replaceText } from '../../src/core/edits/replace.ts'
import { separateDocuments, temporaryFile, windowWorld } from './support/documentsWorld.ts'

describe('documents in VS Code', () => {
  documentsContract({ describe, it }, windowWorld)

  it('loses edits of one document without its lock', async () => {
    const world = await windowWorld()
    await world.write('unlocked.txt', 'start\n')
    const target = world.target('unlocked.txt')
    const alone = Array.from({ length: 50 }, () => separateDocuments())
    let next = 0
    const results = await Promise.all(
      fiftyEdits({ ...alone[0]!, edit: (...edit) => alone[next++]!.edit(...edit) }, target),
    )
    const text = Buffer.from((await world.bytes('unlocked.txt')) ?? []).toString()
    const isTrue = results.every(({ kind }) => kind === 'edited') && text === fiftyLines()
    assert.equal(isTrue, false)
    await world.dispose()
  })

  it('gives 120 true receipts for 120 closed files edited at once', async () => {
    const world = await windowWorld()
    const names = Array.from({ length: 120 }, (_, index) => `closed-${index}.txt`)
    await Promise.all(names.map((name) => world.write(name, `file ${name}\nend\n`)))
    const receipts = await Promise.all(
      names.map((name) => edited(world.documents.edit(world.target(name), append('added\n'), neverCancelled))),
    )
    const onDisk = await Promise.all(names.map(async (name) => String(Buffer.from((await world.bytes(name)) ?? []))))
    assert.deepEqual(
      receipts.map(({ saved }) => saved),
      names.map(() => true),
    )
    assert.deepEqual(
      onDisk,
      names.map((name) => `file ${name}\nend\nadded\n`),
    )
    await world.dispose()
  }).timeout(60_000)

  it('edits the one buffer of a file that is open under a symlink', async () => {
    const world = await windowWorld()
    await world.write('real.txt', 'a\n')
    await world.link('real.txt', 'link.txt')
    await world.type('link.txt', 'mine ')
    const compute = ({ text = '' }: { text: string | undefined }) =>
      replaceText(text, [{ oldText: 'mine a', newText: 'mine A' }])
    const receipt = await edited(world.documents.edit(world.target('real.txt'), compute, neverCancelled))
    assert.equal(receipt.saved, false)
    assert.equal((await world.buffer('link.txt')).text, 'mine A\n')
    await world.dispose()
  })

  it('refuses a file whose bytes it could not write back', async () => {
    const world = await windowWorld()
    const latin = new Uint8Array([0x63, 0x61, 0x66, 0xe9, 0x0a])
    await world.write('latin.txt', latin)
    const failure = await world.documents.edit(world.target('latin.txt'), append('x\n'), neverCancelled)
    assert.equal('code' in failure && failure.code, 'unknown_encoding')
    assert.deepEqual(await world.bytes('latin.txt'), Buffer.from(latin))
    await world.dispose()
  })

  it('loses nothing of what the user types while an edit is applied and saved', async () => {
    const world = await windowWorld()
    await world.write('typed.txt', 'a\n')
    const uri = vscode.Uri.file(world.target('typed.txt').path)
    await vscode.window.showTextDocument(uri)
    let typed: Thenable<unknown> | undefined
    world.afterApply(() => {
      typed = vscode.commands.executeCommand('type', { text: 'mine ' })
    })
    const receipt = await edited(world.documents.edit(world.target('typed.txt'), append('b\n'), neverCancelled))
    await typed
    const onDisk = String(await world.bytes('typed.txt'))
    assert.equal(receipt.saved, onDisk.endsWith('a\nb\n'))
    assert.equal((await world.buffer('typed.txt')).text, 'mine a\nb\n')
    await world.dispose()
  })

  it('says what is true while VS Code saves by itself', async () => {
    const world = await windowWorld()
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
    await world.dispose()
  })

  it('edits what another program wrote where VS Code watches nothing', async () => {
    const world = await windowWorld()
    await using outside = await temporaryFile('a\n')
    const { target, path } = outside
    await edited(world.documents.edit(target, append('b\n'), neverCancelled))
    await writeFile(path, 'A\nB\n')
    const receipt = await edited(world.documents.edit(target, append('c\n'), neverCancelled))
    assert.equal(receipt.saved, true)
    assert.equal(String(await readFile(path)), 'A\nB\nc\n')
    await world.dispose()
  })

  it('undoes the creation of a file', async () => {
    const world = await windowWorld()
    await edited(world.documents.edit(world.target('created.txt'), append('new\n'), neverCancelled))
    await world.undo('created.txt')
    const text = (await world.bytes('created.txt')) === undefined ? undefined : (await world.buffer('created.txt')).text
    assert.ok(text === undefined || text === '', `left ${JSON.stringify(text)}`)
    await world.dispose()
  })
})
