import { isAscii } from 'node:buffer'
import { readFile, stat } from 'node:fs/promises'
import * as vscode from 'vscode'
import { type Decoded, decode, isBinary } from '../../core/edits/encoding.ts'
import type { Failure, FileTarget } from '../../core/ports.ts'
import { failed } from '../../core/tools/tool.ts'

/** VS Code opens no larger ones in a buffer. */
const MOST_BYTES = 50 * 1024 * 1024

/** A file's bytes, if it is a text file of a size to work with. */
export async function readBytes({
  path,
  display,
}: FileTarget): Promise<{ kind: 'bytes'; bytes: Uint8Array } | Failure> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) return failed('is_folder', `${display} is a folder. List it with find_files.`)
    if (!found.isFile())
      return failed('not_a_file', `${display} is no regular file. It can be neither read nor edited.`)
    if (found.size > MOST_BYTES) {
      return failed('too_large', `${display} has more than 50 MB. Search in it, or use a command on it.`)
    }
    const bytes = await readFile(path)
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

function unreadable(name: string, error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return failed('not_found', `${name} does not exist. Look for it with find_files.`)
  if (code === 'ENOTDIR') return failed('not_found', `${name} goes through a file as if it were a folder.`)
  if (code === 'EACCES' || code === 'EPERM') return failed('no_access', `${name} cannot be read: permission denied.`)
  throw error
}
