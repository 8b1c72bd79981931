import assert from 'node:assert/strict'
import * as vscode from 'vscode'
import { reply, text } from '../support/model/scriptedModel.ts'
import { stretto, withModel } from './withModel.ts'

const lines = Array.from({ length: 60 }, (_, index) => `const value${index + 1} = ${index + 1}`)

describe('the code actions', () => {
  let uri: vscode.Uri
  let problems: vscode.DiagnosticCollection

  beforeEach(async () => {
    await stretto()
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri
    assert.ok(folder)
    uri = vscode.Uri.joinPath(folder, 'underlined.txt')
    await vscode.workspace.fs.writeFile(uri, Buffer.from(lines.join('\n')))
    await vscode.window.showTextDocument(uri)
    problems = vscode.languages.createDiagnosticCollection('test')
    problems.set(uri, [problemAt(29, 'value30 is never read'), problemAt(2, 'value3 is odd')])
  })

  afterEach(async () => {
    problems.dispose()
    await vscode.commands.executeCommand('workbench.action.closeAllEditors')
    await vscode.workspace.fs.delete(uri)
  })

  it('offer a quick fix on a diagnostic, with its range, message and code as context', async () => {
    await using model = await withModel(reply(text('Fixed.')))
    const actions = await actionsAt(new vscode.Range(29, 8, 29, 8))
    const fix = actions.find(({ title }) => title === 'Fix with Stretto')
    assert.ok(fix?.command)
    assert.ok(fix.kind?.contains(vscode.CodeActionKind.QuickFix))
    await vscode.commands.executeCommand(fix.command.command, ...(fix.command.arguments ?? []))
    const prompt = String(model.requests[0]?.messages.findLast(({ role }) => role === 'user')?.content)
    assert.match(prompt, /^Fix this problem in underlined\.txt: value30 is never read/)
    assert.match(prompt, /- warning, line 30, column 7 to line 30, column 14 \(lint no-unused\): value30 is never read/)
    assert.match(prompt, /Lines 10 to 50:/)
    assert.match(prompt, /30 \| const value30 = 30/)
    assert.doesNotMatch(prompt, /value3 is odd/)
  })

  it('offer to fix all in the file', async () => {
    await using model = await withModel(reply(text('Fixed.')))
    const fix = (await actionsAt(new vscode.Range(2, 8, 2, 8))).find(
      ({ title }) => title === 'Fix all in this file with Stretto',
    )
    assert.ok(fix?.command)
    await vscode.commands.executeCommand(fix.command.command, ...(fix.command.arguments ?? []))
    const prompt = String(model.requests[0]?.messages.findLast(({ role }) => role === 'user')?.content)
    assert.match(prompt, /value30 is never read/)
    assert.match(prompt, /value3 is odd/)
  })

  it('offer to explain and to edit a selection, and nothing where there is neither', async () => {
    const titles = async (range: vscode.Range): Promise<string[]> =>
      (await actionsAt(range)).map(({ title }) => title).filter((title) => title.includes('Stretto'))
    assert.deepEqual((await titles(new vscode.Range(40, 0, 42, 0))).sort(), [
      'Edit with Stretto',
      'Explain with Stretto',
    ])
    assert.deepEqual(await titles(new vscode.Range(40, 0, 40, 0)), [])
  })

  function actionsAt(range: vscode.Range): Thenable<vscode.CodeAction[]> {
    return vscode.commands.executeCommand('vscode.executeCodeActionProvider', uri, range)
  }
})

function problemAt(line: number, message: string): vscode.Diagnostic {
  const problem = new vscode.Diagnostic(new vscode.Range(line, 6, line, 13), message, vscode.DiagnosticSeverity.Warning)
  problem.source = 'lint'
  problem.code = 'no-unused'
  return problem
}
