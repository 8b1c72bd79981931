import { realpathSync } from 'node:fs'
import * as vscode from 'vscode'

/** The open buffer of a physical file, whatever path it was opened by. One with unsaved changes comes first. */
export function bufferOf(path: string): vscode.TextDocument | undefined {
  const found = vscode.workspace.textDocuments.filter((document) => isFile(document) && physical(document) === path)
  return found.find(({ isDirty }) => isDirty) ?? found.find(({ uri }) => uri.fsPath === path) ?? found[0]
}

/** The buffer as it is now, if it is still open. */
export function bufferAt(uri: vscode.Uri): vscode.TextDocument | undefined {
  const key = uri.toString()
  return vscode.workspace.textDocuments.find((document) => !document.isClosed && document.uri.toString() === key)
}

export function dirtyFiles(): vscode.TextDocument[] {
  return vscode.workspace.textDocuments.filter((document) => isFile(document) && document.isDirty)
}

/** The physical path of a buffer's file; the buffer's own path when there is no file. */
export function physical(document: vscode.TextDocument): string {
  try {
    return realpathSync.native(document.uri.fsPath)
  } catch {
    return document.uri.fsPath
  }
}

function isFile({ uri, isClosed }: vscode.TextDocument): boolean {
  return uri.scheme === 'file' && !isClosed
}

/** Settles when the condition holds, which is looked at whenever a buffer changes or is saved; false when it is late. */
export function until(holds: () => boolean, ms: number): Promise<boolean> {
  if (holds()) return Promise.resolve(true)
  return new Promise((resolve) => {
    const end = (value: boolean): void => {
      clearTimeout(timer)
      clearInterval(poll)
      for (const registration of registrations) registration.dispose()
      resolve(value)
    }
    const look = (): void => {
      if (holds()) end(true)
    }
    const timer = setTimeout(() => end(false), ms)
    const poll = setInterval(look, 50)
    const registrations = [
      vscode.workspace.onDidChangeTextDocument(look),
      vscode.workspace.onDidSaveTextDocument(look),
      vscode.workspace.onDidCloseTextDocument(look),
    ]
  })
}
