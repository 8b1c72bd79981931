import * as vscode from 'vscode'
import type { CodeFile, CodeProblem, CodeRange } from './codeContext.ts'

const severities: Record<vscode.DiagnosticSeverity, string> = {
  [vscode.DiagnosticSeverity.Error]: 'error',
  [vscode.DiagnosticSeverity.Warning]: 'warning',
  [vscode.DiagnosticSeverity.Information]: 'information',
  [vscode.DiagnosticSeverity.Hint]: 'hint',
}

export function codeFile(document: vscode.TextDocument): CodeFile {
  return {
    path: vscode.workspace.asRelativePath(document.uri),
    language: document.languageId,
    lines: document.getText().split(/\r\n|\r|\n/),
  }
}

export function codeRange({ start, end }: vscode.Range): CodeRange {
  return {
    startLine: start.line + 1,
    startColumn: start.character + 1,
    endLine: end.line + 1,
    endColumn: end.character + 1,
  }
}

export function codeProblem({ range, severity, message, source, code }: vscode.Diagnostic): CodeProblem {
  const id = typeof code === 'object' ? code.value : code
  return {
    ...codeRange(range),
    severity: severities[severity],
    message,
    ...(source !== undefined && { source }),
    ...(id !== undefined && { code: String(id) }),
  }
}
