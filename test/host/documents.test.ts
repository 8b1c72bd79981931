import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import * as vscode from 'vscode'
import { documentsContract } from '../contracts/documents.ts'
import { append, edited } from '../contracts/documentsWorld.ts'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { replaceText } from '../../src/core/edits/replace.ts'
import { temporaryFile, windowWorld } from './support/documentsWorld.ts'

describe('documents in VS Code', () => {
  documentsContract({ describe, it }, windowWorld)

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

  it('keeps an encoding that the user set, of files closed and open', async () => {
    const world = await windowWorld()
    const files = vscode.workspace.getConfiguration('files')
    await files.update('encoding', 'windows1252', vscode.ConfigurationTarget.Global)
    await world.write('latin.txt', Buffer.from('caf\u00e9\r\nb\r\n', 'latin1'))
    const receipt = await edited(world.documents.edit(world.target('latin.txt'), append('\u00fc\n'), neverCancelled))
    await files.update('encoding', undefined, vscode.ConfigurationTarget.Global)
    const bytes = Buffer.from((await world.bytes('latin.txt')) ?? [])
    assert.deepEqual([receipt.saved, bytes.toString('latin1')], [true, 'caf\u00e9\r\nb\r\n\u00fc\r\n'])
    await world.write('cyrillic.txt', new Uint8Array([0xe4, 0xe0, 0x0a]))
    const path = vscode.Uri.file(world.target('cyrillic.txt').path)
    const open = await vscode.workspace.openTextDocument(path, { encoding: 'windows1251' })
    await vscode.window.showTextDocument(open)
    await edited(world.documents.edit(world.target('cyrillic.txt'), append('\u043d\u0435\u0442\n'), neverCancelled))
    const written = Buffer.from((await world.bytes('cyrillic.txt')) ?? [])
    assert.deepEqual([open.encoding, written.toString('hex')], ['windows1251', 'e4e00aede5f20a'])
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
