import { chmod, stat } from 'node:fs/promises'
import * as vscode from 'vscode'
import type { Removed } from '../../core/edits/documentStore.ts'
import type { Failure, FileTarget } from '../../core/ports.ts'
import { failed } from '../../core/tools/tool.ts'
import { bufferFor } from './buffers.ts'
import { readBytes } from './disk.ts'
import { uriOf } from './uris.ts'
import type { EditObserver } from './windowDocument.ts'

/** Deletes a file whose text has been looked at, by VS Code's own edit, which can be undone. */
export async function removeFile(target: FileTarget, observer: EditObserver | undefined): Promise<Removed | Failure> {
  const uri = uriOf(target)
  // What is in the buffer alone could not be brought back.
  const buffer = bufferFor(target)
  if (buffer?.isDirty && !(await buffer.save())) return refused(target, 'saved')
  const found = await readBytes(target)
  if (found.kind === 'failed') return found
  const { bytes } = found
  const mode = target.uri === undefined ? (await stat(target.path)).mode : undefined
  const change = new vscode.WorkspaceEdit()
  change.deleteFile(uri, { ignoreIfNotExists: false })
  observer?.applying?.(uri)
  if (!(await vscode.workspace.applyEdit(change))) return refused(target, 'deleted')
  return { kind: 'removed', restore: () => restore(target, bytes, mode) }
}

async function restore(target: FileTarget, bytes: Uint8Array, mode: number | undefined): Promise<Failure | undefined> {
  const change = new vscode.WorkspaceEdit()
  change.createFile(uriOf(target), { contents: bytes, overwrite: false })
  if (!(await vscode.workspace.applyEdit(change))) return refused(target, 'brought back')
  if (mode !== undefined) await chmod(target.path, mode)
  return undefined
}

/** Renames a file by VS Code's own edit: its buffer goes with it. */
export async function moveFile(
  from: FileTarget,
  to: FileTarget,
  observer: EditObserver | undefined,
): Promise<Failure | undefined> {
  const change = new vscode.WorkspaceEdit()
  change.renameFile(uriOf(from), uriOf(to), { overwrite: false })
  observer?.applying?.(uriOf(from))
  if (await vscode.workspace.applyEdit(change)) return undefined
  const there = await readBytes(to)
  if (there.kind === 'bytes') return failed('exists', `${to.display} exists. ${from.display} was not moved there.`)
  return refused(from, 'moved')
}

function refused({ display }: FileTarget, verb: string): Failure {
  return failed('refused', `VS Code could not have ${display} ${verb}. May it be written, and its folder?`)
}
