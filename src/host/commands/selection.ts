import * as vscode from 'vscode'
import { selectionContext } from '../codeContext.ts'
import { codeFile, codeRange } from '../editorContext.ts'
import { type StartParts, startTurn } from './start.ts'

export interface SelectionTarget {
  uri: vscode.Uri
  range: vscode.Range
}

interface Selected {
  document: vscode.TextDocument
  range: vscode.Range
  source: 'command' | 'codeAction'
}

export async function explainSelection(given: unknown, parts: StartParts): Promise<void> {
  const selected = await selection(given)
  if (selected === undefined) return
  const { path, context } = describe(selected)
  await startTurn({ text: `Explain the selected code in ${path}`, context, source: selected.source }, parts)
}

export async function editSelection(given: unknown, parts: StartParts): Promise<void> {
  const selected = await selection(given)
  if (selected === undefined) return
  const { path, context } = describe(selected)
  const wish = await vscode.window.showInputBox({
    title: 'Edit with Stretto',
    prompt: `How shall the selected code in ${path} change?`,
    ignoreFocusOut: true,
  })
  if (wish === undefined || wish.trim() === '') return
  const text = `Edit the selected code in ${path}: ${wish.trim()}`
  await startTurn({ text, context, source: selected.source }, parts)
}

function describe({ document, range }: Selected): { path: string; context: string } {
  const file = codeFile(document)
  return { path: file.path, context: selectionContext(file, codeRange(range)) }
}

async function selection(given: unknown): Promise<Selected | undefined> {
  if (isTarget(given)) {
    const document = await vscode.workspace.openTextDocument(given.uri)
    return { document, range: document.validateRange(given.range), source: 'codeAction' }
  }
  const editor = vscode.window.activeTextEditor
  if (editor !== undefined && !editor.selection.isEmpty) {
    return { document: editor.document, range: editor.selection, source: 'command' }
  }
  void vscode.window.showInformationMessage('Select some code in an editor first.')
  return undefined
}

function isTarget(given: unknown): given is SelectionTarget {
  if (typeof given !== 'object' || given === null) return false
  return 'uri' in given && given.uri instanceof vscode.Uri && 'range' in given && given.range instanceof vscode.Range
}
