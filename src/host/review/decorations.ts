import * as vscode from 'vscode'
import type { PlacedHunk } from '../../core/edits/review.ts'
import { plainLine } from '../plainText.ts'
import { firstLine } from './lenses.ts'
import type { Reviews } from './reviews.ts'

/** Removed text beside a line, in characters. */
const LONGEST = 60
/** Removed lines in a hover. */
const MOST_LINES = 40

/** Shows hunks in editors, in the colours of the editor's own diffs. */
export class HunkDecorations {
  readonly #reviews: Reviews
  readonly #added = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('diffEditor.insertedLineBackground'),
    borderWidth: '0 0 0 2px',
    borderStyle: 'solid',
    borderColor: new vscode.ThemeColor('editorGutter.addedBackground'),
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.addedForeground'),
    overviewRulerLane: vscode.OverviewRulerLane.Full,
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  })
  readonly #removed = vscode.window.createTextEditorDecorationType({
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.deletedForeground'),
    overviewRulerLane: vscode.OverviewRulerLane.Left,
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  })
  readonly #listeners: vscode.Disposable[]

  constructor(reviews: Reviews) {
    this.#reviews = reviews
    this.#listeners = [
      this.#added,
      this.#removed,
      reviews.onChanged(() => this.#draw()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#draw()),
    ]
  }

  dispose(): void {
    for (const listener of this.#listeners) listener.dispose()
  }

  #draw(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const hunks = this.#reviews.open(editor.document)
      editor.setDecorations(
        this.#added,
        hunks.flatMap((placed) => addedLines(editor.document, placed)),
      )
      editor.setDecorations(
        this.#removed,
        hunks.flatMap((placed) => removedLines(editor.document, placed)),
      )
    }
  }
}

function addedLines(document: vscode.TextDocument, { place }: PlacedHunk): vscode.Range[] {
  const end = Math.min(place.end, document.lineCount)
  return end > place.start ? [new vscode.Range(place.start, 0, end - 1, document.lineAt(end - 1).text.length)] : []
}

/** VS Code has no lines between lines for extensions: what was removed stands beside, and whole in the hover. */
function removedLines(document: vscode.TextDocument, placed: PlacedHunk): vscode.DecorationOptions[] {
  const { removed } = placed.hunk
  if (removed.length === 0) return []
  const { range } = document.lineAt(firstLine(document, placed))
  const contentText = removed.length === 1 ? `− ${short(removed[0] ?? '')}` : `− ${removed.length} lines`
  const after = {
    contentText,
    margin: '0 0 0 2em',
    color: new vscode.ThemeColor('descriptionForeground'),
    backgroundColor: new vscode.ThemeColor('diffEditor.removedLineBackground'),
  }
  return [{ range, hoverMessage: hover(removed), renderOptions: { after } }]
}

function hover(removed: readonly string[]): vscode.MarkdownString {
  const shown = removed.slice(0, MOST_LINES).map((line) => `- ${line}`)
  const more = removed.length > MOST_LINES ? [`  … ${removed.length - MOST_LINES} more`] : []
  return new vscode.MarkdownString('Removed here:').appendCodeblock([...shown, ...more].join('\n'), 'diff')
}

function short(line: string): string {
  const plain = plainLine(line.trim())
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)} …` : plain
}
