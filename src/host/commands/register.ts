import * as vscode from 'vscode'
import type { Agent } from '../agent.ts'
import type { LogChannel } from '../log.ts'
import type { WindowModels } from '../models.ts'
import { plainLine } from '../plainText.ts'
import { reviewCommands } from '../review/commands.ts'
import type { Review } from '../review/review.ts'
import type { ApiKeys } from '../secrets.ts'
import { restoreCheckpoint } from '../restore/command.ts'
import type { Restores } from '../restore/restores.ts'
import { ask } from './ask.ts'
import { fixDiagnostics } from './fixDiagnostics.ts'
import { editSelection, explainSelection } from './selection.ts'
import { selectModel } from './selectModel.ts'
import { setApiKey } from './setApiKey.ts'
import type { StartParts } from './start.ts'
import { steer } from './steer.ts'

export interface CommandParts extends StartParts {
  agent: Agent
  models: WindowModels
  restores: Restores
  keys: ApiKeys
  review: Review
  log: LogChannel
}

export function registerCommands(parts: CommandParts): vscode.Disposable {
  const { agent, current, keys, log } = parts
  const commands: Record<string, (given: unknown) => Promise<unknown>> = {
    ask: (given) => ask(given, parts),
    newSession: () => newSession(parts),
    stop: async () => current.id !== undefined && agent.get(current.id)?.stop(),
    summarise: async () => (await current.get()).summarise(),
    steer: (given) => steer(given, parts),
    openChat: () => openChat(parts),
    explainSelection: (given) => explainSelection(given, parts),
    editSelection: (given) => editSelection(given, parts),
    fixDiagnostics: (given) => fixDiagnostics(given, parts),
    setApiKey: () => setApiKey(keys),
    selectModel: () => selectModel(parts),
    restoreCheckpoint: () => restoreCheckpoint(parts),
    ...reviewCommands(parts),
  }
  const registrations = Object.entries(commands).map(([name, run]) =>
    vscode.commands.registerCommand(`stretto.${name}`, async (given: unknown) => {
      try {
        await run(given)
      } catch (error) {
        log.error(`The command stretto.${name} failed`, error)
        void tellFailure(error, log)
      }
    }),
  )
  return vscode.Disposable.from(...registrations)
}

async function newSession(parts: StartParts): Promise<void> {
  await parts.current.renew()
  await openChat(parts)
}

async function openChat({ chat }: StartParts): Promise<void> {
  await chat.reveal(false)
  chat.send({ type: 'focus' })
}

async function tellFailure(error: unknown, log: LogChannel): Promise<void> {
  const why = plainLine(error instanceof Error ? error.message : String(error))
  const button = await vscode.window.showErrorMessage(`Stretto could not do that: ${why}`, 'Show log')
  if (button === 'Show log') log.show()
}
