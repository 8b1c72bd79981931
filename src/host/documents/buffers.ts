import { realpathSync } from 'node:fs'
import * as vscode from 'vscode'
import type { FileTarget } from '../../core/ports.ts'
import { uriOf } from './uris.ts'

/** The open buffer of a physical file, whatever path it was opened by. One with unsaved changes comes first. */
export function bufferOf(path: string): vscode.TextDocument | undefined {
  const found = vscode.workspace.textDocuments.filter((document) => isFile(document) && physical(document) === path)
  return found.find(({ isDirty }) => isDirty) ?? found.find(({ uri }) => uri.fsPath === path) ?? found[0]
}

/** The open buffer of a target. */
export function bufferFor(target: FileTarget): vscode.TextDocument | undefined {
  return target.uri === undefined ? bufferOf(target.path) : bufferAt(uriOf(target))
}

/** The buffer as it is now, if it is still open. */
export function bufferAt(uri: vscode.Uri): vscode.TextDocument | undefined {
  const key = uri.toString()
  return vscode.workspace.textDocuments.find((document) => !document.isClosed && document.uri.toString() === key)
}

export function dirtyFiles(): { uri: vscode.Uri }[] {
  const all = [...vscode.workspace.textDocuments, ...vscode.workspace.notebookDocuments]
  return all.filter((document) => isFile(document) && document.isDirty)
}

/** The physical path of a buffer's file; the buffer's own path when there is no file. */
export function physical(document: { uri: vscode.Uri }): string {
  try {
    return realpathSync.native(document.uri.fsPath)
  } catch {
    return document.uri.fsPath
  }
}

function isFile({ uri, isClosed }: { uri: vscode.Uri; isClosed: boolean }): boolean {
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
      vscode.workspace.onDidChangeNotebookDocument(look),
      vscode.workspace.onDidSaveNotebookDocument(look),
    ]
  })
}
