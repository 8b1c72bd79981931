import * as vscode from 'vscode'
import type { StartParts } from './start.ts'

/** @param given the message, from a key binding or another extension; else the user is asked for it */
export async function steer(given: unknown, { current }: StartParts): Promise<void> {
  const typed = typeof given === 'string' ? given : await promptForMessage()
  const text = typed?.trim()
  if (!text) return
  const session = await current.get()
  session.steer(text, { source: 'command' })
}

function promptForMessage(): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: 'Stretto',
    prompt: 'What shall the running turn do instead? Edits finish, commands go on in the background.',
    ignoreFocusOut: true,
  })
}
