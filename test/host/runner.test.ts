import assert from 'node:assert/strict'
import * as vscode from 'vscode'

describe('the extension host', () => {
  it('runs on Node 24', () => {
    assert.equal(process.versions.node.split('.')[0], '24')
  })

  it('has the extension and a workspace', async () => {
    const extension = vscode.extensions.getExtension('stretto.stretto')
    assert.ok(extension)
    await extension.activate()
    assert.equal(vscode.workspace.workspaceFolders?.length, 1)
  })
})
