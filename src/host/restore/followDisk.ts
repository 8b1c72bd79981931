import * as vscode from 'vscode'
import { normalise } from '../../core/edits/textEdits.ts'
import type { FileTarget, Workspace } from '../../core/ports.ts'
import type { Checkpoints } from '../../core/sessions/checkpoints.ts'
import { physical } from '../documents/buffers.ts'
import { displayOf } from '../documents/display.ts'

/** Tells the checkpoints what VS Code itself does on disk and finds there, while they watch what commands do. */
export function followDisk(checkpoints: Checkpoints, workspace: Workspace): vscode.Disposable {
  const target = (uri: vscode.Uri, path = uri.fsPath): FileTarget => {
    const asked = uri.fsPath
    return { path, asked, ...displayOf(asked, workspace) }
  }
  const isWanted = ({ scheme }: vscode.Uri): boolean => scheme === 'file' && checkpoints.isWatching
  const wrote = (uri: vscode.Uri, text: string | undefined): void => {
    if (isWanted(uri)) checkpoints.onWritten(target(uri), text)
  }
  const found = (document: vscode.TextDocument): void => {
    const { uri, isDirty } = document
    if (isDirty || !isWanted(uri)) return
    checkpoints.onFound(target(uri, physical(document)), normalise(document.getText()))
  }
  return vscode.Disposable.from(
    vscode.workspace.onDidSaveTextDocument((document) => {
      const { uri } = document
      if (isWanted(uri)) checkpoints.onWritten(target(uri, physical(document)), normalise(document.getText()))
    }),
    vscode.workspace.onDidOpenTextDocument(found),
    // A clean buffer that changes has followed its file.
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) found(document)
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
