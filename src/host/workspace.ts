import * as vscode from 'vscode'
import type { Workspace } from '../core/ports.ts'
import { localFolders, resourceOf } from './documents/resources.ts'

/** The window's folders on this machine, and what else it can read and edit. */
export function windowWorkspace(): Workspace {
  const all = (): readonly vscode.WorkspaceFolder[] => vscode.workspace.workspaceFolders ?? []
  return {
    folders: () => localFolders(all()),
    resource: (path) => resourceOf(path, all()),
    trusted: () => vscode.workspace.isTrusted,
  }
}
