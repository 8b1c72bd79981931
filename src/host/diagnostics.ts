import { basename, extname } from 'node:path'
import * as vscode from 'vscode'
import type { Diagnostics, FileTarget, Problem, Workspace } from '../core/ports.ts'
import { bufferOf, physical } from './documents/buffers.ts'
import { displayOf } from './documents/display.ts'

/** What the Problems panel knows of files. Listens until the window goes. */
export function windowDiagnostics(workspace: Workspace): Diagnostics & { dispose(): void } {
  const spoken = new Set<string>()
  const listener = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
    for (const uri of uris) spoken.add(kindOf(uri.path))
  })
  for (const [uri] of vscode.languages.getDiagnostics()) spoken.add(kindOf(uri.path))
  return {
    problems: (target) => (target === undefined ? all(workspace) : ofFile(target)),
    speaksOf: ({ path }) => spoken.has(kindOf(path)),
    onChanged: (hear) =>
      vscode.languages.onDidChangeDiagnostics(({ uris }) => {
        for (const uri of uris) hear({ path: uri.scheme === 'file' ? physical({ uri }) : uri.toString() })
      }),
    dispose: () => listener.dispose(),
  }
}

/** Files that one service speaks of end alike; which language they are, only open ones tell. */
function kindOf(path: string): string {
  return extname(path) || basename(path)
}

function all(workspace: Workspace): Problem[] {
  return vscode.languages.getDiagnostics().flatMap(([uri, found]) => {
    if (uri.scheme !== 'file') return []
    const { display, inside } = displayOf(uri.fsPath, workspace)
    // What lies outside is asked about by its path.
    if (!inside) return []
    return found.map((diagnostic) => problemOf(display, diagnostic))
  })
}

/** Asks by every path that the file is known under. */
function ofFile({ path, asked, display }: FileTarget): Problem[] {
  const open = bufferOf(path)?.uri.fsPath
  const paths = new Set([path, asked, ...(open === undefined ? [] : [open])])
  return [...paths].flatMap((known) =>
    vscode.languages.getDiagnostics(vscode.Uri.file(known)).map((diagnostic) => problemOf(display, diagnostic)),
  )
}

function problemOf(path: string, { range, severity, message, source }: vscode.Diagnostic): Problem {
  const { line, character } = range.start
  return { path, line: line + 1, column: character + 1, severity: severityOf(severity), message, source }
}

function severityOf(severity: vscode.DiagnosticSeverity): Problem['severity'] {
  switch (severity) {
    case vscode.DiagnosticSeverity.Error:
      return 'error'
    case vscode.DiagnosticSeverity.Warning:
      return 'warning'
    case vscode.DiagnosticSeverity.Information:
      return 'information'
    case vscode.DiagnosticSeverity.Hint:
      return 'hint'
  }
}
