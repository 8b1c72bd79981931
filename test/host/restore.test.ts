import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as vscode from 'vscode'
import type { SessionEvent } from '../../src/protocol/events.ts'
import { call, reply, text } from '../support/model/scriptedModel.ts'
import { nextEvent, setUserSetting, stretto, withModel } from './withModel.ts'

const BEFORE = Array.from({ length: 20 }, (_, at) => `line ${at}`)
const folder = (): string => vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? ''
const read = (name: string): Promise<string> => readFile(join(folder(), name), 'utf8').catch(() => 'gone')

type Restored = Extract<SessionEvent, { type: 'restored' }>

/** Chooses the newest turn, then files and conversation, by the keys that a user would press. */
async function restoreLast(): Promise<Restored> {
  const api = await stretto()
  const done = nextEvent(api, 'restored')
  const over = Promise.all([vscode.commands.executeCommand('stretto.restoreCheckpoint'), done]).then(() => true)
  for (;;) {
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem')
    const moment = new Promise<false>((resolve) => setTimeout(() => resolve(false), 100))
    if (await Promise.race([over, moment])) break
  }
  return (await done).event
}

describe('restoring a checkpoint', () => {
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.files.revert')
    await vscode.commands.executeCommand('workbench.action.closeAllEditors')
    for (const name of ['kept.txt', 'by-command.txt', 'made.txt', 'gone.txt'])
      await rm(join(folder(), name), { force: true })
    await setUserSetting('approvals.mode', undefined)
  })

  it('takes an edit and a command back, and keeps what the user has typed since', async () => {
    const api = await stretto()
    await writeFile(join(folder(), 'kept.txt'), BEFORE.join('\n'))
    await writeFile(join(folder(), 'by-command.txt'), 'one\r\ntwo\r\n')
    await writeFile(join(folder(), 'gone.txt'), 'three\n')
    await setUserSetting('approvals.mode', 'all')
    await using _model = await withModel(
      reply(
        text('Now.'),
        call('edit_file', { path: 'kept.txt', edits: [{ old_text: 'line 3\n', new_text: 'agent\n' }] }),
        call('terminal', { command: 'echo changed > by-command.txt; rm gone.txt; echo made > made.txt' }),
      ),
      reply(text('Done.')),
    )
    const { status, sessionId } = await api.ask('Change it', { reveal: true })
    assert.equal(status, 'completed')
    assert.equal(await read('gone.txt'), 'gone')
    const editor = await vscode.window.showTextDocument(vscode.Uri.file(join(folder(), 'kept.txt')))
    assert.ok(await editor.edit((edit) => edit.insert(new vscode.Position(15, 0), 'mine\n')))

    const { scope, files } = await restoreLast()
    assert.equal(scope, 'both')
    assert.deepEqual(files?.left, [])
    assert.deepEqual(files?.merged, ['kept.txt'])
    assert.deepEqual(files?.restored.toSorted(), ['by-command.txt', 'gone.txt', 'made.txt'])
    assert.equal(editor.document.getText(), BEFORE.toSpliced(15, 0, 'mine').join('\n'))
    assert.equal(await read('by-command.txt'), 'one\r\ntwo\r\n')
    assert.equal(await read('gone.txt'), 'three\n')
    assert.equal(await read('made.txt'), 'gone')
    assert.equal(api.state(sessionId)?.messages.length, 0)
  })
})
