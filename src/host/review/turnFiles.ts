import * as vscode from 'vscode'
import type { SessionState } from '../../protocol/state.ts'

/** What one turn made of one file. */
export interface TurnFile {
  sessionId: string
  turnId: string
  /** As in the turn's changes. */
  path: string
  uri: vscode.Uri
}

/** The files that a turn changed, each once. */
export function turnFiles({ id: sessionId, calls }: SessionState, turnId: string): TurnFile[] {
  const changes = calls.filter((call) => call.turnId === turnId).flatMap((call) => call.changes ?? [])
  const byPath = new Map(changes.map(({ path, uri }) => [path, uri]))
  return [...byPath].map(([path, uri]) => ({ sessionId, turnId, path, uri: vscode.Uri.parse(uri, true) }))
}
