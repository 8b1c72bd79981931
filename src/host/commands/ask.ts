import * as vscode from 'vscode'
import { type StartParts, startTurn } from './start.ts'

/** @param given the prompt, from a key binding or another extension; else the user is asked for it */
export async function ask(given: unknown, parts: StartParts): Promise<void> {
  const typed = typeof given === 'string' ? given : await promptForTask()
  const text = typed?.trim()
  if (text) await startTurn({ text, source: 'command' }, parts)
}

function promptForTask(): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: 'Stretto',
    prompt: 'What shall be done?',
    placeHolder: 'Fix the failing test',
    ignoreFocusOut: true,
  })
}
