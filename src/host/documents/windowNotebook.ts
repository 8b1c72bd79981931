import * as vscode from 'vscode'
import type { BufferText, OpenDocument, SaveResult } from '../../core/edits/documentStore.ts'
import {
  type Cell,
  type CellChange,
  cellChanges,
  notebookText,
  parseNotebook,
  sourcesOfIpynb,
} from '../../core/edits/notebook.ts'
import { applyEdits, normalise, trimmed } from '../../core/edits/textEdits.ts'
import type { Failure, FileTarget, TextEdit } from '../../core/ports.ts'
import { decodeFile, readBytes } from './disk.ts'
import { positionsIn } from './positions.ts'
import type { EditObserver } from './windowDocument.ts'

const NOT_WRITTEN = 'VS Code could not write it, or it differs on disk: the user has to look.'

/** When the file of each notebook was saved by us last, in ms since 1970. */
const ownSaves = new WeakMap<vscode.NotebookDocument, number>()

/** A notebook of VS Code's as the text of its cells. Cells that an edit leaves alone keep their outputs. */
export class WindowNotebook implements OpenDocument {
  readonly kind = 'open'
  readonly #target: FileTarget
  readonly #uri: vscode.Uri
  readonly #observer: EditObserver | undefined

  private constructor(target: FileTarget, uri: vscode.Uri, observer: EditObserver | undefined) {
    this.#target = target
    this.#uri = uri
    this.#observer = observer
  }

  /** A failure for cells that have no text form. */
  static of(
    target: FileTarget,
    notebook: vscode.NotebookDocument,
    observer: EditObserver | undefined,
  ): WindowNotebook | Failure {
    const text = notebookText(cellsOf(notebook), target.display)
    return typeof text === 'string' ? new WindowNotebook(target, notebook.uri, observer) : text
  }

  now(): BufferText | undefined {
    const notebook = notebookAt(this.#uri)
    const text = notebook && notebookText(cellsOf(notebook), this.#target.display)
    return notebook === undefined || typeof text !== 'string' ? undefined : { text, dirty: notebook.isDirty }
  }

  async apply(edits: readonly TextEdit[]): Promise<boolean | Failure> {
    const notebook = notebookAt(this.#uri)
    const now = this.now()
    if (notebook === undefined || now === undefined) return false
    const wanted = parseNotebook(applyEdits(now.text, edits), this.#target.display)
    if ('kind' in wanted) return wanted
    this.#observer?.applying?.(this.#uri)
    return vscode.workspace.applyEdit(changeOf(notebook, wanted))
  }

  async save(text: string): Promise<SaveResult> {
    const notebook = notebookAt(this.#uri)
    if (notebook === undefined) return { kind: 'closed' }
    if (this.now()?.text !== text) return { kind: 'typed' }
    this.#observer?.saving?.(this.#uri)
    if (notebook.isDirty && !(await notebook.save())) return { kind: 'refused', why: NOT_WRITTEN }
    return this.#afterSave(text)
  }

  /** What became of it: VS Code may have reverted the notebook meanwhile, or take an edited one for saved. */
  async #afterSave(text: string): Promise<SaveResult> {
    const found = await readBytes(this.#target)
    const notebook = notebookAt(this.#uri)
    if (notebook === undefined || found.kind === 'failed') return { kind: 'closed' }
    if (await isOnDisk(notebook, found.bytes)) {
      const { mtime } = await vscode.workspace.fs.stat(this.#uri)
      ownSaves.set(notebook, mtime)
      return { kind: 'saved' }
    }
    return this.now()?.text === text ? { kind: 'refused', why: NOT_WRITTEN } : { kind: 'closed' }
  }
}

/** The notebook as it is now, if it is still open. */
export function notebookAt(uri: vscode.Uri): vscode.NotebookDocument | undefined {
  const key = uri.toString()
  return vscode.workspace.notebookDocuments.find((notebook) => !notebook.isClosed && notebook.uri.toString() === key)
}

export function isOwnSave(uri: vscode.Uri, mtime: number): boolean {
  const notebook = notebookAt(uri)
  return notebook !== undefined && ownSaves.get(notebook) === mtime
}

/** Whether the file's cells are those of the notebook; also true for a file whose cells only VS Code can tell. */
export async function isOnDisk(notebook: vscode.NotebookDocument, bytes: Uint8Array): Promise<boolean> {
  const onDisk = sourcesOfIpynb(await decodeFile(bytes, notebook.uri))
  const cells = cellsOf(notebook)
  if (onDisk === undefined) return true
  return onDisk.length === cells.length && cells.every(({ source }, index) => source === normalise(onDisk[index] ?? ''))
}

function cellsOf(notebook: vscode.NotebookDocument): Cell[] {
  return notebook.getCells().map(({ kind, document }) => ({
    kind: kind === vscode.NotebookCellKind.Code ? 'code' : 'markdown',
    language: document.languageId,
    source: normalise(document.getText()),
  }))
}

/** Where only sources change, in the cells' own documents; else cells are replaced, which is one change too. */
function changeOf(notebook: vscode.NotebookDocument, wanted: readonly Cell[]): vscode.WorkspaceEdit {
  const before = cellsOf(notebook)
  const changes = cellChanges(before, wanted)
  const change = new vscode.WorkspaceEdit()
  if (changes.every((one) => isInPlace(one, before))) {
    for (const one of changes)
      for (const [at, { source }] of one.cells.entries()) editCell(change, notebook.cellAt(one.start + at), source)
  } else {
    const replaced = changes.map((one) => {
      const cells = one.cells.map((cell, at) => dataOf(cell, kept(notebook, one, at, cell)))
      return vscode.NotebookEdit.replaceCells(new vscode.NotebookRange(one.start, one.end), cells)
    })
    change.set(notebook.uri, replaced)
  }
  return change
}

function isInPlace({ start, end, cells }: CellChange, before: readonly Cell[]): boolean {
  return cells.length === end - start && cells.every((cell, at) => isAlike(cell, before[start + at]))
}

function isAlike(cell: Cell, other: Cell | undefined): boolean {
  return cell.kind === other?.kind && (cell.kind === 'markdown' || cell.language === other.language)
}

function editCell(change: vscode.WorkspaceEdit, { document }: vscode.NotebookCell, source: string): void {
  const text = normalise(document.getText())
  const edit = trimmed({ start: 0, end: text.length, text: source }, text)
  const position = positionsIn(text)
  change.replace(document.uri, new vscode.Range(position(edit.start), position(edit.end)), edit.text)
}

/** The cell whose metadata and outputs a replaced one keeps: that at the same place in the change. */
function kept(
  notebook: vscode.NotebookDocument,
  { start, end, cells }: CellChange,
  at: number,
  cell: Cell,
): vscode.NotebookCell | undefined {
  if (cells.length !== end - start) return undefined
  const old = notebook.cellAt(start + at)
  return (old.kind === vscode.NotebookCellKind.Code) === (cell.kind === 'code') ? old : undefined
}

function dataOf({ kind, language, source }: Cell, old: vscode.NotebookCell | undefined): vscode.NotebookCellData {
  const is = kind === 'code' ? vscode.NotebookCellKind.Code : vscode.NotebookCellKind.Markup
  const data = new vscode.NotebookCellData(is, source, language)
  if (old !== undefined) {
    data.metadata = { ...old.metadata }
    data.outputs = [...old.outputs]
  }
  return data
}
