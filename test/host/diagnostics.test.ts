import assert from 'node:assert/strict'
import * as vscode from 'vscode'
import { windowDiagnostics } from '../../src/host/diagnostics.ts'

describe('diagnostics in VS Code', () => {
  it('are those of the Problems panel, of one file or of all, with lines and columns from 1', () => {
    const folder = vscode.workspace.workspaceFolders?.[0]
    assert.ok(folder)
    const { fsPath: path } = folder.uri
    const problems = windowDiagnostics({ folders: () => [{ name: folder.name, path }], trusted: () => true })
    const uri = vscode.Uri.joinPath(folder.uri, 'src', 'wrong.js')
    const target = { path: uri.fsPath, asked: uri.fsPath, display: 'src/wrong.js', inside: true }
    const found = new vscode.Diagnostic(new vscode.Range(2, 4, 2, 6), 'wrong', vscode.DiagnosticSeverity.Warning)
    found.source = 'test'
    const collection = vscode.languages.createDiagnosticCollection('stretto-test')
    collection.set(uri, [found])
    const expected = { path: 'src/wrong.js', line: 3, column: 5, severity: 'warning', message: 'wrong', source: 'test' }
    assert.deepEqual(problems.problems(target), [expected])
    assert.deepEqual(
      problems.problems(undefined).filter(({ message }) => message === 'wrong'),
      [expected],
    )
    const elsewhere = vscode.Uri.file('/elsewhere/wrong.js')
    collection.set(elsewhere, [found])
    assert.equal(problems.problems(undefined).filter(({ message }) => message === 'wrong').length, 1)
    collection.dispose()
    assert.deepEqual(problems.problems(target), [])
  })
})
