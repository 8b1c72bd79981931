import * as vscode from 'vscode'
import type { FixTarget } from './commands/fixDiagnostics.ts'
import type { SelectionTarget } from './commands/selection.ts'

const selector: vscode.DocumentSelector = [{ scheme: 'file' }, { scheme: 'vscode-remote' }]
const explainKind = vscode.CodeActionKind.Refactor.append('explain')
const kinds = [vscode.CodeActionKind.QuickFix, explainKind, vscode.CodeActionKind.RefactorRewrite]

export function registerCodeActions(): vscode.Disposable {
  const provider: vscode.CodeActionProvider = {
    provideCodeActions: (document, range, context) => [
      ...fixes(document, context.diagnostics),
      ...refactorings(document, range),
    ],
  }
  return vscode.languages.registerCodeActionsProvider(selector, provider, { providedCodeActionKinds: kinds })
}

function fixes(document: vscode.TextDocument, diagnostics: readonly vscode.Diagnostic[]): vscode.CodeAction[] {
  if (diagnostics.length === 0) return []
  const here: FixTarget = { uri: document.uri, diagnostics: [...diagnostics] }
  const all: FixTarget = { uri: document.uri }
  return [
    action('Fix with Stretto', vscode.CodeActionKind.QuickFix, 'stretto.fixDiagnostics', here, [...diagnostics]),
    action('Fix all in this file with Stretto', vscode.CodeActionKind.QuickFix, 'stretto.fixDiagnostics', all),
  ]
}

function refactorings(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
  if (range.isEmpty) return []
  const target: SelectionTarget = { uri: document.uri, range: new vscode.Range(range.start, range.end) }
  return [
    action('Explain with Stretto', explainKind, 'stretto.explainSelection', target),
    action('Edit with Stretto', vscode.CodeActionKind.RefactorRewrite, 'stretto.editSelection', target),
  ]
}

function action(
  title: string,
  kind: vscode.CodeActionKind,
  command: string,
  target: FixTarget | SelectionTarget,
  diagnostics?: vscode.Diagnostic[],
): vscode.CodeAction {
  const made = new vscode.CodeAction(title, kind)
  made.command = { title, command, arguments: [target] }
  if (diagnostics !== undefined) made.diagnostics = diagnostics
  return made
}
