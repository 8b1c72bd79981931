import * as vscode from 'vscode'

/** Tries again after each change or save of a document, or a moment, until there is a value. */
export async function settledSoon<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const value = await attempt()
    if (value !== undefined) return value
    await new Promise<void>((resolve) => {
      const listener = vscode.workspace.onDidSaveTextDocument(() => resolve())
      setTimeout(() => {
        listener.dispose()
        resolve()
      }, 50)
    })
  }
}
