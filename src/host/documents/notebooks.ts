import * as vscode from 'vscode'
import type { OpenDocument } from '../../core/edits/documentStore.ts'
import { parseNotebook, toIpynb } from '../../core/edits/notebook.ts'
import { versionOf } from '../../core/edits/version.ts'
import type { Failure, FileTarget, ReadDocument } from '../../core/ports.ts'
import { failed } from '../../core/tools/tool.ts'
import { bufferFor, until } from './buffers.ts'
import { readBytes } from './disk.ts'
import { Reload } from './reload.ts'
import { uriOf } from './uris.ts'
import { isOnDisk, isOwnSave, notebookAt, WindowNotebook } from './windowNotebook.ts'
import type { EditObserver } from './windowDocument.ts'

/** How long VS Code may take to follow a notebook's file that another program wrote, in ms. */
const SETTLE_MS = 2_500

/** Whether tools see a file as the text of its cells. */
export function isNotebook({ path }: FileTarget): boolean {
  return path.toLowerCase().endsWith('.ipynb')
}

export async function readNotebook(target: FileTarget): Promise<ReadDocument | Failure> {
  const opened = await asOnDisk(target, undefined)
  if (opened.kind === 'failed') return opened
  const now = opened.kind === 'open' ? opened.now() : undefined
  if (now === undefined) return failed('not_found', `${target.display} does not exist. Look for it with find_files.`)
  return { kind: 'read', text: now.text, version: versionOf(now.text), dirty: now.dirty }
}

/** The notebook in VS Code's own model, when its cells are those on disk and no other program just wrote it. */
export async function openNotebook(
  target: FileTarget,
  observer: EditObserver | undefined,
): Promise<OpenDocument | { kind: 'missing' } | Failure> {
  for (;;) {
    const opened = await asOnDisk(target, observer)
    if (opened.kind !== 'open' || (await hasSettled(target))) return opened
  }
}

async function asOnDisk(
  target: FileTarget,
  observer: EditObserver | undefined,
): Promise<OpenDocument | { kind: 'missing' } | Failure> {
  if (bufferFor(target)?.isDirty) {
    return failed('conflict', `${target.display} is open as text, with unsaved changes. The user has to save it first.`)
  }
  const uri = uriOf(target)
  using reload = new Reload(target)
  for (;;) {
    const found = await readBytes(target)
    const open = notebookAt(uri)
    if (found.kind === 'failed' && open?.isDirty !== true) {
      return found.code === 'not_found' ? { kind: 'missing' } : found
    }
    const notebook = open ?? (await openFresh(target))
    if ('kind' in notebook) return notebook
    const document = WindowNotebook.of(target, notebook, observer)
    if (document.kind === 'failed' || notebook.isDirty || found.kind === 'failed') return document
    if (await isOnDisk(notebook, found.bytes)) return document
    if (await reload.next(notebook)) continue
    return failed('conflict', `The editor has not yet taken up ${target.display} as it is on disk. Try again.`)
  }
}

export async function createNotebook(
  target: FileTarget,
  text: string,
  save: boolean,
  observer: EditObserver | undefined,
): Promise<boolean | Failure> {
  const cells = parseNotebook(text, target.display)
  if ('kind' in cells) return cells
  const change = new vscode.WorkspaceEdit()
  change.createFile(uriOf(target), { contents: new TextEncoder().encode(toIpynb(save ? cells : [])) })
  observer?.applying?.(uriOf(target))
  if (!(await vscode.workspace.applyEdit(change))) {
    if ((await readBytes(target)).kind === 'bytes') return false
    return failed('not_created', `${target.display} could not be created. Is its folder there and writable?`)
  }
  if (save) return true
  const opened = await openNotebook(target, observer)
  return opened.kind === 'open' ? opened.apply([{ start: 0, end: 0, text }]) : false
}

/**
 * False after a wait, when another program wrote the file just before. While VS Code takes a notebook up again, which it
 * may do twice for one write, it forgets an edit that comes in between, refuses to save it, or never ends the save.
 */
async function hasSettled(target: FileTarget): Promise<boolean> {
  const uri = uriOf(target)
  const { mtime } = await vscode.workspace.fs.stat(uri)
  const age = Date.now() - mtime
  if (age < 0 || age >= SETTLE_MS || isOwnSave(uri, mtime)) return true
  if (notebookAt(uri)?.isDirty === true) return true
  await until(() => false, SETTLE_MS - age)
  return false
}

async function openFresh(target: FileTarget): Promise<vscode.NotebookDocument | Failure> {
  try {
    return await vscode.workspace.openNotebookDocument(uriOf(target))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return failed('unavailable', `VS Code could not open the notebook ${target.display}: ${why} Nothing was changed.`)
  }
}
