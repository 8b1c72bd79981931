import { extname } from 'node:path'
import * as vscode from 'vscode'
import { isMedia } from '../protocol/media.ts'
import type { SessionState } from '../protocol/state.ts'

/**
 * Where the webview finds the picture or the sound that a call made; undefined for anything else, and for a file that is
 * not in the workspace any more. The address is of VS Code's own, and leads to files of the workspace only.
 */
export function callMedia(
  webview: Pick<vscode.Webview, 'asWebviewUri'>,
  { calls }: Pick<SessionState, 'calls'>,
  callId: string,
): string | undefined {
  const call = calls.find(({ id }) => id === callId)
  const [change] = call?.changes ?? []
  if (call === undefined || change === undefined || !isMedia(call.name, extname(change.path))) return undefined
  const uri = vscode.Uri.parse(change.uri)
  if (uri.scheme !== 'file' || vscode.workspace.getWorkspaceFolder(uri) === undefined) return undefined
  return webview.asWebviewUri(uri).toString()
}
