import * as vscode from 'vscode'

const SCHEME = 'stretto-diff'
/** Texts kept that no editor shows any more. */
const KEPT = 20

/** Read-only documents: a side of a diff, a whole output. Each lives as long as an editor shows it. */
export class ReadOnlyTexts implements vscode.TextDocumentContentProvider {
  readonly #texts = new Map<string, string>()
  readonly #listeners: vscode.Disposable[]
  #count = 0

  constructor() {
    this.#listeners = [
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#texts.delete(uri.toString())),
    ]
  }

  /** @param name what the tab says; its extension chooses the highlighting */
  add(name: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}`, query: String(++this.#count) })
    this.#texts.set(uri.toString(), text)
    this.#dropUnshown()
    return uri
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? 'This text is gone. Open it again from its card in the chat.'
  }

  dispose(): void {
    for (const listener of this.#listeners) listener.dispose()
  }

  #dropUnshown(): void {
    const shown = new Set(vscode.workspace.textDocuments.map(({ uri }) => uri.toString()))
    const unshown = [...this.#texts.keys()].filter((key) => !shown.has(key))
    for (const key of unshown.slice(0, -KEPT)) this.#texts.delete(key)
  }
}
