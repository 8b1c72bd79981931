import * as vscode from 'vscode'
import type { Log } from '../core/ports.ts'

export interface LogChannel extends Log, vscode.Disposable {
  show(): void
}

/** The output channel `Stretto`. What goes in is shown to users and pasted into reports: never a key, never a prompt. */
export function createLog(): LogChannel {
  const channel = vscode.window.createOutputChannel('Stretto', { log: true })
  return {
    info: (message) => channel.info(message),
    warn: (message) => channel.warn(message),
    error: (message, error) => channel.error(message, ...(error === undefined ? [] : [describe(error)])),
    show: () => channel.show(),
    dispose: () => channel.dispose(),
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
