import { randomUUID } from 'node:crypto'
import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as vscode from 'vscode'
import type { SavePolicy } from '../../../src/core/edits/documentStore.ts'
import { normalise } from '../../../src/core/edits/textEdits.ts'
import type { Documents, FileTarget } from '../../../src/core/ports.ts'
import { windowDocuments } from '../../../src/host/documents.ts'
import { bufferOf } from '../../../src/host/documents/buffers.ts'
import type { DocumentsWorld } from '../../contracts/documentsWorld.ts'

export interface WindowWorld extends DocumentsWorld {
  link(to: string, name: string): Promise<void>
  /** Does something once, as soon as the next change is in its buffer. */
  afterApply(action: () => void): void
}

/** Documents of this window with a lock of their own. */
export function separateDocuments(options: Parameters<typeof windowDocuments>[1] = {}): Documents {
  return windowDocuments({ folders: () => [], trusted: () => true }, options)
}

/** A file outside of the workspace; removed in the end. */
export async function temporaryFile(content: string) {
  const folder = realpathSync(await mkdtemp(join(tmpdir(), 'stretto-outside-')))
  const path = join(folder, 'file.txt')
  await writeFile(path, content)
  const target: FileTarget = { path, asked: path, display: path, inside: false }
  return { path, target, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** Documents in a fresh folder of the workspace. */
export async function windowWorld(): Promise<WindowWorld> {
  const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? ''
  const folder = join(realpathSync(root), `documents-${randomUUID().slice(0, 8)}`)
  mkdirSync(folder)
  await vscode.workspace.getConfiguration('files').update('autoSave', 'off', vscode.ConfigurationTarget.Global)
  let policy: SavePolicy = 'clean'
  let calls = { applied: 0, saved: 0 }
  let before: { apply?: () => void; save?: () => void } = {}
  let after: (() => void) | undefined
  let savers: vscode.Disposable | undefined
  const listener = vscode.workspace.onDidChangeTextDocument(() => {
    const action = after
    after = undefined
    action?.()
  })
  const documents = separateDocuments({
    savePolicy: () => policy,
    observer: {
      applying: () => {
        calls = { ...calls, applied: calls.applied + 1 }
        const action = before.apply
        before = { ...before, apply: undefined }
        action?.()
      },
      saving: () => {
        calls = { ...calls, saved: calls.saved + 1 }
        const action = before.save
        before = { ...before, save: undefined }
        action?.()
      },
    },
  })
  const path = (name: string): string => join(folder, name)
  return {
    documents,
    target: (name): FileTarget => ({ path: path(name), asked: path(name), display: name, inside: true }),
    write: (name, content) => writeFile(path(name), content),
    link: (to, name) => symlink(path(to), path(name)),
    bytes: (name) => readFile(path(name)).catch(() => undefined),
    type: (name, text) => typeAtStart(path(name), text),
    remove: (name) => Promise.resolve(rmSync(path(name))),
    folder: (name) => Promise.resolve(mkdirSync(path(name))),
    readOnly: (name) => setFiles('readonlyInclude', { [path(name)]: true }),
    onSave: (format) =>
      void (savers = vscode.workspace.onWillSaveTextDocument((event) =>
        event.waitUntil(formatted(event.document, format)),
      )),
    untitled: async (text) => {
      const { uri } = await vscode.workspace.openTextDocument({ content: text })
      return { path: uri.toString(), asked: uri.toString(), display: uri.path, inside: true, uri: uri.toString() }
    },
    buffer: async (name) => {
      const document = bufferOf(path(name)) ?? (await vscode.workspace.openTextDocument(path(name)))
      return { text: normalise(document.getText()), dirty: document.isDirty }
    },
    undo: async (name) => {
      await vscode.window.showTextDocument(vscode.Uri.file(path(name)))
      await vscode.commands.executeCommand('undo')
    },
    setSavePolicy: (next) => Promise.resolve(void (policy = next)),
    beforeApply: (action) => void (before = { ...before, apply: action }),
    beforeSave: (action) => void (before = { ...before, save: action }),
    afterApply: (action) => void (after = action),
    counts: () => calls,
    dispose: async () => {
      listener.dispose()
      savers?.dispose()
      await setFiles('readonlyInclude', undefined)
      await vscode.commands.executeCommand('workbench.action.closeAllEditors')
      for (const document of vscode.workspace.textDocuments) {
        if (document.isDirty && document.uri.fsPath.startsWith(folder)) await document.save()
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function setFiles(key: string, value: unknown): Promise<void> {
  const files = vscode.workspace.getConfiguration('files')
  if (files.inspect(key)?.globalValue !== value) await files.update(key, value, vscode.ConfigurationTarget.Global)
}

/** As a formatter does it: in one edit of the whole text. */
async function formatted(document: vscode.TextDocument, format: (text: string) => string): Promise<vscode.TextEdit[]> {
  const text = document.getText()
  const wanted = format(text)
  const all = new vscode.Range(document.positionAt(0), document.positionAt(text.length))
  return wanted === text ? [] : [vscode.TextEdit.replace(all, wanted)]
}

/** In one tick when the file is open. */
async function typeAtStart(path: string, text: string): Promise<void> {
  const document = bufferOf(path) ?? (await vscode.workspace.openTextDocument(path))
  const edit = new vscode.WorkspaceEdit()
  edit.insert(document.uri, new vscode.Position(0, 0), text)
  if (!(await vscode.workspace.applyEdit(edit))) throw new Error('the user could not type')
}
