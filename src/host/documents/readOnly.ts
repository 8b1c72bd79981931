import { constants, accessSync } from 'node:fs'
import picomatch from 'picomatch'
import * as vscode from 'vscode'
import type { Failure, FileTarget } from '../../core/ports.ts'
import { failed } from '../../core/tools/tool.ts'
import { uriOf } from './uris.ts'

/** Why a file is not to be changed: what the user set, what its file system says. */
export async function whyReadOnly(target: FileTarget): Promise<Failure | undefined> {
  const uri = uriOf(target)
  if (isSetReadOnly(uri)) return refuse(target, 'is read-only in the editor (the setting files.readonlyInclude)')
  const is = target.uri === undefined ? !isWritable(target.path) : await isReadOnlyElsewhere(uri)
  return is ? refuse(target, 'is read-only: it cannot be written') : undefined
}

function refuse({ display }: FileTarget, why: string): Failure {
  return failed('read_only', `${display} ${why}. Nothing was changed. Ask the user, or change another file.`)
}

function isSetReadOnly(uri: vscode.Uri): boolean {
  const settings = vscode.workspace.getConfiguration('files', uri)
  const names = [uri.path, vscode.workspace.asRelativePath(uri, false)]
  const matches = (key: string): boolean => {
    const globs = Object.entries(settings.get<Record<string, unknown>>(key) ?? {})
    const on = globs.filter(([, isOn]) => isOn === true).map(([glob]) => glob)
    return on.length > 0 && names.some((name) => picomatch.isMatch(name, on, { dot: true }))
  }
  return matches('readonlyInclude') && !matches('readonlyExclude')
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch (error) {
    // Only these say that it is there and may not be written.
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    return code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS'
  }
}

async function isReadOnlyElsewhere(uri: vscode.Uri): Promise<boolean> {
  if (uri.scheme === 'untitled') return false
  if (vscode.workspace.fs.isWritableFileSystem(uri.scheme) === false) return true
  try {
    const { permissions } = await vscode.workspace.fs.stat(uri)
    return permissions === vscode.FilePermission.Readonly
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return false
    throw error
  }
}
