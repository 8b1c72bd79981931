import { existsSync } from 'node:fs'
import { isAbsolute, posix } from 'node:path'
import * as vscode from 'vscode'
import { isWithin } from '../../core/approvals/paths.ts'
import { oddPath } from '../../core/approvals/names.ts'
import type { Failure, FileTarget, Folder } from '../../core/ports.ts'
import { candidatePaths } from '../candidatePaths.ts'

/** What a path of a tool's input means where that is no file of this machine; undefined where it may be one. */
export function resourceOf(path: string, all: readonly vscode.WorkspaceFolder[]): FileTarget | Failure | undefined {
  return untitled(path, localFolders(all)) ?? virtual(path, all)
}

/** The folders on this machine. */
export function localFolders(all: readonly vscode.WorkspaceFolder[]): Folder[] {
  return all.filter(({ uri }) => uri.scheme === 'file').map(({ name, uri }) => ({ name, path: uri.fsPath }))
}

/** An open buffer without a file, by its name, its URI, or the path that it is to be saved at. */
function untitled(path: string, folders: readonly Folder[]): FileTarget | undefined {
  const names = [path.replace(/^untitled:(?:\/\/(?=\/))?/, ''), ...candidatePaths(path, folders)]
  const found = vscode.workspace.textDocuments.find(
    ({ uri, isClosed }) => uri.scheme === 'untitled' && !isClosed && names.includes(uri.path),
  )
  if (found === undefined || (isAbsolute(found.uri.path) && existsSync(found.uri.path))) return undefined
  const { path: name } = found.uri
  const inside = !isAbsolute(name) || folders.some((folder) => isWithin(folder.path, name))
  return { path: `untitled:${name}`, asked: `untitled:${name}`, display: name, inside, uri: found.uri.toString() }
}

/** A file in a workspace folder on another file system: its URI, `folder/path`, or relative to the first folder. */
function virtual(path: string, all: readonly vscode.WorkspaceFolder[]): FileTarget | Failure | undefined {
  const found = all.filter(({ uri }) => uri.scheme !== 'file')
  for (const folder of found) {
    const rest = pathIn(folder, path, all)
    if (rest === undefined) continue
    const odd = rest === '' ? undefined : oddPath(rest, 'linux')
    if (odd !== undefined) return odd
    const uri = vscode.Uri.joinPath(folder.uri, rest)
    if (!isBelow(folder.uri, uri)) continue
    const name = `${uri.scheme}://${uri.authority}${uri.path}`
    const display = all.length === 1 ? rest : posix.join(folder.name, rest)
    return { path: name, asked: name, display, inside: true, uri: uri.toString() }
  }
  return undefined
}

function pathIn(
  { uri, name }: vscode.WorkspaceFolder,
  path: string,
  all: readonly vscode.WorkspaceFolder[],
): string | undefined {
  if (path.startsWith(`${uri.scheme}:`)) return belowUri(uri, path)
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) return undefined
  const isOnly = all.every((folder) => folder.uri.scheme !== 'file')
  if (path.startsWith('/')) return isOnly ? below(uri.path, posix.normalize(path)) : undefined
  if (path === name || path.startsWith(`${name}/`)) return path.slice(name.length + 1)
  return all[0]?.uri.toString() === uri.toString() ? path : undefined
}

function belowUri(folder: vscode.Uri, text: string): string | undefined {
  try {
    const uri = vscode.Uri.parse(text, true)
    return uri.authority === folder.authority ? below(folder.path, posix.normalize(uri.path)) : undefined
  } catch {
    // No URI after all.
    return undefined
  }
}

function below(folder: string, path: string): string | undefined {
  const start = folder.endsWith('/') ? folder : `${folder}/`
  if (path === folder) return ''
  return path.startsWith(start) ? path.slice(start.length) : undefined
}

function isBelow(folder: vscode.Uri, uri: vscode.Uri): boolean {
  return below(folder.path, uri.path) !== undefined
}
