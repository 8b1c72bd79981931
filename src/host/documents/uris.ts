import * as vscode from 'vscode'
import type { FileTarget } from '../../core/ports.ts'

/** The resource that a target means: a file of this machine, or what its URI says. */
export function uriOf({ uri, path }: Pick<FileTarget, 'uri' | 'path'>): vscode.Uri {
  return uri === undefined ? vscode.Uri.file(path) : vscode.Uri.parse(uri, true)
}
