import * as vscode from 'vscode'
import type { TurnTexts } from '../../core/sessions/turnTexts.ts'
import type { SessionState } from '../../protocol/state.ts'
import { type TurnFile, turnFiles } from './turnFiles.ts'

const SCHEME = 'stretto-before'

/** What stood in files before a turn: the left sides of its diff, read when they are shown. */
export function beforeTexts(texts: TurnTexts): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: async ({ path, query }) => {
      const [sessionId = '', turnId = '', file = path] = query.split('&').map(decodeURIComponent)
      const found = await texts.of(sessionId, turnId, file)
      return found === undefined ? 'This text is not kept any more.' : (found.before ?? '')
    },
  })
}

/** Opens VS Code's own diff of all files of a turn, the files themselves on the right. */
export async function reviewChanges(state: SessionState, turnId: string | undefined): Promise<void> {
  const files = turnId === undefined ? [] : turnFiles(state, turnId)
  if (turnId === undefined || files.length === 0) {
    void vscode.window.showInformationMessage('Stretto has changed no file in this session.')
    return
  }
  const kinds = new Map(
    state.calls
      .filter((call) => call.turnId === turnId)
      .flatMap((call) => call.changes ?? [])
      .map(({ path, kind }) => [path, kind]),
  )
  const resources = files.map((file) => [
    file.uri,
    beforeUri(file),
    kinds.get(file.path) === 'deleted' ? undefined : file.uri,
  ])
  await vscode.commands.executeCommand('vscode.changes', `Stretto: ${files.length} changed`, resources)
}

function beforeUri({ sessionId, turnId, path, uri }: TurnFile): vscode.Uri {
  const query = [sessionId, turnId, uri.fsPath].map(encodeURIComponent).join('&')
  return vscode.Uri.from({ scheme: SCHEME, path: `/${path.replace(/^\/+/, '')}`, query })
}
