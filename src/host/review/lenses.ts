import * as vscode from 'vscode'
import type { PlacedHunk } from '../../core/edits/review.ts'
import type { Reviews } from './reviews.ts'

/** Which hunk a command means. */
export interface HunkAddress {
  /** Of the document. */
  uri: string
  id: string
}

/** The verdicts, above each hunk. */
export class HunkLenses implements vscode.CodeLensProvider {
  readonly #reviews: Reviews
  readonly onDidChangeCodeLenses: vscode.Event<void>

  constructor(reviews: Reviews) {
    this.#reviews = reviews
    this.onDidChangeCodeLenses = reviews.onChanged
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const hunks = this.#reviews.open(document)
    return hunks.flatMap((placed, index) => lensesOf(document, placed, index + 1, hunks.length))
  }
}

function lensesOf(document: vscode.TextDocument, placed: PlacedHunk, nth: number, of: number): vscode.CodeLens[] {
  const range = document.lineAt(firstLine(document, placed)).range
  const address: HunkAddress = { uri: document.uri.toString(), id: placed.hunk.id }
  const lens = (title: string, command: string, tooltip: string): vscode.CodeLens =>
    new vscode.CodeLens(range, { title, command, tooltip, arguments: [address] })
  const which = of === 1 ? 'Stretto’s change' : `Change ${nth} of ${of}`
  return [
    lens('Accept', 'stretto.acceptHunk', `${which}: keep it`),
    lens('Reject', 'stretto.rejectHunk', `${which}: take it back, and keep what you wrote since`),
    ...(of > 1 ? [lens('Accept all in file', 'stretto.acceptFile', `Keep all ${of} changes of this file`)] : []),
  ]
}

/** The line that a hunk is shown at; of one that only removes, the line that stands where its lines were. */
export function firstLine(document: vscode.TextDocument, { place }: PlacedHunk): number {
  return Math.max(0, Math.min(place.start, document.lineCount - 1))
}
