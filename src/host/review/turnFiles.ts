import * as vscode from 'vscode'
import { mediaOf } from '../../protocol/media.ts'
import type { SessionState } from '../../protocol/state.ts'

/** What one turn made of one file. */
export interface TurnFile {
  sessionId: string
  turnId: string
  /** As in the turn's changes. */
  path: string
  uri: vscode.Uri
  /** The other name of a moved file: one verdict holds for both. */
  other?: { path: string; uri: vscode.Uri }
}

/** The files that a turn changed, each once; pictures and sounds that it made are not reviewed. */
export function turnFiles({ id: sessionId, calls }: SessionState, turnId: string): TurnFile[] {
  const files = new Map<string, TurnFile>()
  const of = { sessionId, turnId }
  const named = (path: string, uri: string) => ({ path, uri: vscode.Uri.parse(uri, true) })
  for (const { path, uri, from } of calls
    .filter((call) => call.turnId === turnId && mediaOf(call.name) === undefined)
    .flatMap((call) => call.changes ?? [])) {
    const now = named(path, uri)
    const before = from && named(from.path, from.uri)
    files.set(path, { ...of, ...files.get(path), ...now, ...(before && { other: before }) })
    if (before !== undefined) files.set(before.path, { ...of, ...before, other: now })
  }
  return [...files.values()]
}
