import * as vscode from 'vscode'
import type { ApprovalMode, PanelAction } from '../protocol/messages.ts'
import type { CurrentSession } from './currentSession.ts'
import type { LogChannel } from './log.ts'
import type { WindowModels } from './models.ts'
import { limits, setSetting } from './settings.ts'

interface ActionParts {
  current: CurrentSession
  models: WindowModels
  log: LogChannel
}

/** What the panel's buttons do in VS Code. */
export class PanelActions {
  readonly #parts: ActionParts

  constructor(parts: ActionParts) {
    this.#parts = parts
  }

  async run(action: PanelAction): Promise<void> {
    switch (action) {
      case 'setApiKey':
      case 'selectModel':
      case 'newSession':
      case 'summarise':
        await vscode.commands.executeCommand(`stretto.${action}`)
        return
      case 'useDemo':
        return setSetting('model.provider', 'demo')
      case 'useLocal':
        return this.#useLocal()
      case 'manageTrust':
        await vscode.commands.executeCommand('workbench.trust.manage')
        return
      case 'openFolder':
        await vscode.commands.executeCommand('vscode.openFolder')
        return
      case 'showLog':
        this.#parts.log.show()
        return
      case 'chooseApprovals':
        return chooseApprovals()
      case 'tryAgain':
        return this.#tryAgain()
      case 'summariseAndTryAgain':
        if (await (await this.#parts.current.get()).summarise()) await this.#tryAgain()
        return
      case 'raiseLimit':
      case 'stopHere':
        ;(await this.#parts.current.get()).budget.answer(action === 'raiseLimit' ? 'raise' : 'stop')
        return
      case 'tryNow':
        this.#parts.models.tryNow()
    }
  }

  async #useLocal(): Promise<void> {
    const server = await this.#parts.models.local()
    if (server === undefined) {
      void vscode.window.showInformationMessage(
        'No local server answers. Start Ollama or LM Studio with a model, then try again.',
      )
      return
    }
    await setSetting('model.name', server.model)
    await setSetting('model.baseUrl', server.baseUrl)
    await setSetting('model.provider', 'openai')
  }

  /** Sends the last message again, unless a turn runs. */
  async #tryAgain(): Promise<void> {
    const session = await this.#parts.current.get()
    const last = session.state.messages.findLast((message) => message.role === 'user')
    if (last === undefined || session.state.status === 'running') return
    await session.send(last.text, { source: 'panel', context: last.context })
  }
}

const modes: readonly { mode: ApprovalMode; label: string; detail: string }[] = [
  { mode: 'ask', label: 'Ask', detail: 'Reads, searches and harmless commands run; edits and other commands ask.' },
  { mode: 'edits', label: 'Edits', detail: 'Edits in the workspace run too; commands ask.' },
  {
    mode: 'all',
    label: 'All',
    detail: 'Commands and edits outside the workspace run too. Protected files and secrets still ask.',
  },
]

async function chooseApprovals(): Promise<void> {
  const now = limits().approvals
  const items = modes.map((item) => ({ ...item, description: item.mode === now ? 'current' : undefined }))
  const chosen = await vscode.window.showQuickPick(items, { title: 'What runs without a question' })
  if (chosen !== undefined) await setSetting('approvals.mode', chosen.mode)
}
