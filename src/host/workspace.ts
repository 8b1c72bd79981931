import * as vscode from 'vscode'
import type { Folder, Workspace } from '../core/ports.ts'
import { resourceOf } from './documents/resources.ts'

/** The window's folders on this machine, and what else it can read and edit. */
export function windowWorkspace(): Workspace {
  const folders = (): Folder[] =>
    (vscode.workspace.workspaceFolders ?? [])
      .filter(({ uri }) => uri.scheme === 'file')
      .map(({ name, uri }) => ({ name, path: uri.fsPath }))
  return {
    folders,
    resource: (path) => resourceOf(path, folders()),
    trusted: () => vscode.workspace.isTrusted,
  }
}
