import * as vscode from 'vscode'
import { normalise } from '../../core/edits/textEdits.ts'
import type { FileTarget, Workspace } from '../../core/ports.ts'
import type { Checkpoints } from '../../core/sessions/checkpoints.ts'
import { physical } from '../documents/buffers.ts'
import { displayOf } from '../documents/display.ts'

/** Tells the checkpoints what VS Code itself does on disk, so that it is not taken for what a command did. */
export function followDisk(checkpoints: Checkpoints, workspace: Workspace): vscode.Disposable {
  const target = (uri: vscode.Uri, path = uri.fsPath): FileTarget => {
    const asked = uri.fsPath
    return { path, asked, ...displayOf(asked, workspace) }
  }
  const wrote = (uri: vscode.Uri, text: string | undefined): void => {
    if (uri.scheme === 'file') checkpoints.onDisk(target(uri), text)
  }
  return vscode.Disposable.from(
    vscode.workspace.onDidSaveTextDocument((document) => {
      const { uri } = document
      if (uri.scheme === 'file') checkpoints.onDisk(target(uri, physical(document)), normalise(document.getText()))
    }),
    vscode.workspace.onDidCreateFiles(({ files }) => {
      for (const uri of files) wrote(uri, '')
    }),
    vscode.workspace.onDidDeleteFiles(({ files }) => {
      for (const uri of files) wrote(uri, undefined)
    }),
    vscode.workspace.onDidRenameFiles(({ files }) => {
      for (const { oldUri } of files) wrote(oldUri, undefined)
    }),
  )
}
