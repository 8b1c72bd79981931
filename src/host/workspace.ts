import * as vscode from 'vscode'
import type { Workspace } from '../core/ports.ts'

/** The window's folders on this machine; others have no path that a tool could use. */
export function windowWorkspace(): Workspace {
  return {
    folders: () =>
      (vscode.workspace.workspaceFolders ?? [])
        .filter(({ uri }) => uri.scheme === 'file')
        .map(({ name, uri }) => ({ name, path: uri.fsPath })),
    trusted: () => vscode.workspace.isTrusted,
  }
}
