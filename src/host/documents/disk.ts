import { isAscii } from 'node:buffer'
import type { Stats } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import * as vscode from 'vscode'
import { type Decoded, decode, isBinary } from '../../core/edits/encoding.ts'
import type { Failure, FileTarget } from '../../core/ports.ts'
import { failed } from '../../core/tools/tool.ts'
import { uriOf } from './uris.ts'

/** VS Code opens no larger ones in a buffer. */
const MOST_BYTES = 50 * 1024 * 1024

/** A file's bytes, if it is a text file of a size to work with. */
export async function readBytes(target: FileTarget): Promise<{ kind: 'bytes'; bytes: Uint8Array } | Failure> {
  const { path, display } = target
  const uri = target.uri === undefined ? undefined : uriOf(target)
  try {
    const found = uri === undefined ? kindOf(await stat(path)) : await vscode.workspace.fs.stat(uri)
    if ((found.type & vscode.FileType.Directory) !== 0)
      return failed('is_folder', `${display} is a folder. Name a file in it; find_files lists them.`)
    if ((found.type & vscode.FileType.File) === 0)
      return failed('not_a_file', `${display} is no regular file. It can be neither read nor edited.`)
    if (found.size > MOST_BYTES) {
      const most = 'Files of up to 50 MB are read and edited here.'
      return failed('too_large', `${display} has more than 50 MB. ${most} Search in it, or use a command on it.`)
    }
    const bytes = uri === undefined ? await readFile(path) : await vscode.workspace.fs.readFile(uri)
    if (isBinary(bytes)) return failed('binary_file', `${display} is a binary file. Use a command to look into it.`)
    return { kind: 'bytes', bytes }
  } catch (error) {
    return unreadable(display, error)
  }
}

/** The text that VS Code would make of the bytes without having the file open. */
export async function decodeFile(bytes: Uint8Array, uri: vscode.Uri): Promise<string> {
  const configured = vscode.workspace.getConfiguration('files', uri).get<string>('encoding')
  const decoded = decode(bytes)
  if (decoded !== undefined && (decoded.encoding !== 'utf8' || configured === 'utf8')) return decoded.text
  return vscode.workspace.decode(bytes, { uri })
}

export interface Raw extends Pick<Decoded, 'text'> {
  /** VS Code's name of it. */
  encoding: string
}

/** The text of the bytes in a buffer's encoding; a failure where writing it back would make other bytes of it. */
export async function decodeExactly(bytes: Uint8Array, encoding: string, name: string): Promise<Raw | Failure> {
  const decoded = decode(bytes)
  if (decoded !== undefined && (decoded.encoding === encoding || isAscii(bytes)))
    return { text: decoded.text, encoding }
  const text = withoutBom(await vscode.workspace.decode(bytes, { encoding }))
  const back = await encodeAs({ text, encoding })
  if (Buffer.compare(bytes, back) === 0) return { text, encoding }
  const message = `${name} is not ${encoding}: saving it would change bytes outside of the edit. Ask the user to reopen it with its encoding.`
  return failed('unknown_encoding', message)
}

export async function encodeAs({ text, encoding }: Raw): Promise<Uint8Array> {
  return vscode.workspace.encode(text, { encoding })
}

function withoutBom(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

function kindOf(found: Stats): Pick<vscode.FileStat, 'type' | 'size'> {
  const other = found.isFile() ? vscode.FileType.File : vscode.FileType.Unknown
  return { type: found.isDirectory() ? vscode.FileType.Directory : other, size: found.size }
}

export async function writeBytes(target: FileTarget, bytes: Uint8Array): Promise<void> {
  if (target.uri === undefined) await writeFile(target.path, bytes)
  else await vscode.workspace.fs.writeFile(uriOf(target), bytes)
}

const elsewhere: Readonly<Record<string, string>> = {
  FileNotFound: 'ENOENT',
  NoPermissions: 'EACCES',
  FileNotADirectory: 'ENOTDIR',
}

function unreadable(name: string, error: unknown): Failure {
  const own = error instanceof Error && 'code' in error ? error.code : undefined
  const code = error instanceof vscode.FileSystemError ? (elsewhere[error.code] ?? error.code) : own
  if (code === 'Unavailable') return failed('unavailable', `${name} cannot be reached: its file system is unavailable.`)
  if (code === 'ENOENT') return failed('not_found', `${name} does not exist. Look for it with find_files.`)
  if (code === 'ENOTDIR') return failed('not_found', `${name} goes through a file as if it were a folder.`)
  if (code === 'EACCES' || code === 'EPERM') return failed('no_access', `${name} cannot be read: permission denied.`)
  throw error
}
