import * as vscode from 'vscode'
import type { RestoreScope } from '../../protocol/events.ts'
import type { SessionState } from '../../protocol/state.ts'
import type { CurrentSession } from '../currentSession.ts'
import { plainLine } from '../plainText.ts'
import type { Restores } from './restores.ts'

interface CommandParts {
  current: CurrentSession
  restores: Restores
}

const scopes: readonly { scope: RestoreScope; label: string; detail: string }[] = [
  { scope: 'both', label: 'Files and conversation', detail: 'Everything as it was before this message.' },
  { scope: 'files', label: 'Files', detail: 'The conversation stays; the agent is told that the files changed.' },
  { scope: 'conversation', label: 'Conversation', detail: 'The files stay as they are.' },
]

/** Asks for a turn, then for what of it. */
export async function restoreCheckpoint({ current, restores }: CommandParts): Promise<void> {
  const session = await current.get()
  const turns = turnItems(session.state)
  if (turns.length === 0) {
    void vscode.window.showInformationMessage('There is no turn to go back to in this session.')
    return
  }
  const title = 'Restore checkpoint: go back to before which message?'
  const turn = await vscode.window.showQuickPick(turns, { title, matchOnDescription: true })
  if (turn === undefined) return
  const chosen = await vscode.window.showQuickPick(scopes, { title: `Restore to before “${turn.label}”` })
  if (chosen !== undefined) await restores.restore(session, turn.turnId, chosen.scope)
}

/** The last turn first. */
function turnItems({ turns, messages, calls }: SessionState): (vscode.QuickPickItem & { turnId: string })[] {
  const items = turns.map(({ id: turnId, startedAt }) => {
    const message = messages.find((one) => one.role === 'user' && one.turnId === turnId)
    const changes = calls.filter((call) => call.turnId === turnId).flatMap((call) => call.changes ?? [])
    const files = new Set(changes.map(({ path }) => path)).size
    const time = new Date(startedAt).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
    const description = files === 0 ? time : `${time} · ${files} ${files === 1 ? 'file' : 'files'} edited`
    return { turnId, label: plainLine(message?.text ?? turnId).slice(0, 80), description }
  })
  return items.toReversed()
}
