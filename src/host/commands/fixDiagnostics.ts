import * as vscode from 'vscode'
import { problemContext } from '../codeContext.ts'
import { codeFile, codeProblem } from '../editorContext.ts'
import { type StartParts, startTurn } from './start.ts'

/** All problems of the file when none are given. */
export interface FixTarget {
  uri: vscode.Uri
  diagnostics?: vscode.Diagnostic[]
}

export async function fixDiagnostics(given: unknown, parts: StartParts): Promise<void> {
  const target = isTarget(given) ? given : activeFile()
  if (target === undefined) return
  const document = await vscode.workspace.openTextDocument(target.uri)
  const diagnostics = target.diagnostics ?? vscode.languages.getDiagnostics(target.uri)
  const file = codeFile(document)
  const [first] = diagnostics
  if (first === undefined) {
    void vscode.window.showInformationMessage(`There are no problems in ${file.path}.`)
    return
  }
  const worst = diagnostics.toSorted((a, b) => a.severity - b.severity)
  const context = problemContext(file, worst.map(codeProblem))
  const text =
    diagnostics.length === 1
      ? `Fix this problem in ${file.path}: ${first.message}`
      : `Fix ${target.diagnostics === undefined ? 'all' : 'these'} ${diagnostics.length} problems in ${file.path}`
  await startTurn({ text, context, source: given === target ? 'codeAction' : 'command' }, parts)
}

function activeFile(): FixTarget | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri
  if (uri !== undefined) return { uri }
  void vscode.window.showInformationMessage('Open the file with the problems in an editor first.')
  return undefined
}

function isTarget(given: unknown): given is FixTarget {
  return typeof given === 'object' && given !== null && 'uri' in given && given.uri instanceof vscode.Uri
}
