import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as vscode from 'vscode'
import { call, reply, text } from '../support/model/scriptedModel.ts'
import { setUserSetting, stretto, withModel } from './withModel.ts'

describe('a formatter run as a command, and an edit of the same file after it in the same step', () => {
  before(() => setUserSetting('approvals.mode', 'all'))
  after(() => setUserSetting('approvals.mode', undefined))

  for (const isOpen of [true, false]) {
    it(`are both on disk, the buffer clean, where the file is ${isOpen ? 'open' : 'closed'}`, async () => {
      const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? ''
      const path = join(folder, `formatted-${isOpen}.js`)
      writeFileSync(path, 'let  a   =  1\nlet  b   =  2\n')
      if (isOpen) await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(path))
      const name = `formatted-${isOpen}.js`
      await using _ = await withModel(
        reply(
          call('terminal', { command: `sed -i 's/  */ /g' ${name}` }),
          call('edit_file', { path: name, edits: [{ old_text: 'let b = 2', new_text: 'let b = 3' }] }),
        ),
        reply(text('Done.')),
      )
      const api = await stretto()
      const result = await api.ask('Format and edit')
      assert.deepEqual(
        result.calls.map(({ status }) => status),
        ['completed', 'completed'],
      )
      assert.equal(readFileSync(path, 'utf8'), 'let a = 1\nlet b = 3\n')
      const open = vscode.workspace.textDocuments.find(({ uri }) => uri.fsPath === path)
      assert.notEqual(open?.isDirty, true)
      if (isOpen) assert.equal(open?.getText(), 'let a = 1\nlet b = 3\n')
    })
  }
})
