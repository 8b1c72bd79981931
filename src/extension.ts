import { join } from 'node:path'
import * as vscode from 'vscode'
import type { AnswerStore } from './core/approvals/remembered.ts'
import { Agent } from './host/agent.ts'
import { createApi, type StrettoApi } from './host/api.ts'
import { callMedia } from './host/callMedia.ts'
import { ChatView, VIEW } from './host/chatView.ts'
import { registerCodeActions } from './host/codeActions.ts'
import { registerCommands } from './host/commands/register.ts'
import { windowConfig } from './host/config.ts'
import { CurrentSession } from './host/currentSession.ts'
import { PanelEnvironment } from './host/environment.ts'
import { createLog } from './host/log.ts'
import { WindowModels } from './host/models.ts'
import { AnswerNotifications } from './host/notifications.ts'
import { PanelActions } from './host/panelActions.ts'
import { PanelRequests } from './host/panelRequests.ts'
import { ProcessTerminals } from './host/processTerminals.ts'
import { ReadOnlyTexts } from './host/readOnlyTexts.ts'
import { ChangeRecord } from './host/recordingDocuments.ts'
import { checkpointTexts } from './host/restore/checkpointTexts.ts'
import { Restores } from './host/restore/restores.ts'
import { ProposedTexts } from './host/review/proposedTexts.ts'
import { Review } from './host/review/review.ts'
import { followRunning } from './host/runningContext.ts'
import { ApiKeys } from './host/secrets.ts'
import { TurnProgress } from './host/turnProgress.ts'
import { windowWorkspace } from './host/workspace.ts'

/** How long the end of everything may take before VS Code ends the process, in ms. */
const END_MS = 4000

let end: (() => Promise<void>) | undefined

export function activate(context: vscode.ExtensionContext): StrettoApi {
  const start = performance.now()
  const parts = build(context)
  const { agent, models, config, log } = parts
  context.subscriptions.push(...wire(parts))
  end = async () => {
    await agent.dispose(END_MS)
    await models.dispose()
    await config.dispose()
    log.dispose()
  }
  const api = createApi(parts)
  performance.measure('stretto.activate', { start })
  return api
}

export async function deactivate(): Promise<void> {
  await end?.()
  end = undefined
}

function build(context: vscode.ExtensionContext) {
  const log = createLog()
  const workspace = windowWorkspace()
  const programs = join(context.extensionPath, 'dist')
  const config = windowConfig({ folder: context.globalStorageUri.fsPath, programs, log })
  const keys = new ApiKeys(context.secrets, config.keyLock)
  const models = new WindowModels({ keys, log, access: context.languageModelAccessInformation, config })
  const record = new ChangeRecord()
  const storage = (context.storageUri ?? context.globalStorageUri).fsPath
  const headless = process.env['STRETTO_HEADLESS'] === '1'
  const { appRoot } = vscode.env
  const answers = keptAnswers(context.workspaceState)
  const manifest: unknown = context.extension.packageJSON
  const own = { storage, appRoot, programs, answers, config, keys, manifest }
  const agent = new Agent({ workspace, models, log, record, headless, ...own })
  const current = new CurrentSession(agent, context.workspaceState)
  const environment = new PanelEnvironment(models, log, () => agent.get(current.id ?? '')?.gate.remembered() ?? [])
  const texts = new ReadOnlyTexts()
  const terminals = new ProcessTerminals()
  const actions = new PanelActions({ current, models, log })
  const proposed = new ProposedTexts(agent, texts)
  const review = new Review({ agent, texts: checkpointTexts(agent), workspace, log })
  const restores = new Restores(agent)
  const shown = { workspace, texts, record, review, proposed, restores }
  const requests = new PanelRequests({ current, environment, actions, terminals, ...shown, log })
  const chat = new ChatView(context.extensionUri, { media: callMedia, agent, current, environment, requests, log })
  return { log, config, keys, models, agent, current, environment, texts, terminals, review, proposed, restores, chat }
}

function wire(parts: ReturnType<typeof build>): vscode.Disposable[] {
  const { agent, current, environment, texts, terminals, review, proposed, restores, chat } = parts
  const isShown = (sessionId: string): boolean => chat.visible && current.id === sessionId
  const progress = new TurnProgress({ agent, isShown })
  const notifications = new AnswerNotifications({ agent, chat, current, isShown })
  const shownChanged = (): void => {
    progress.update()
    notifications.update()
  }
  const giveBack = (event: { sessionId: string; texts: string[] }): void => {
    if (current.hasShown(event.sessionId)) chat.send({ type: 'fill', text: event.texts.join('\n\n') })
  }
  return [
    environment,
    texts,
    terminals,
    review,
    proposed,
    current,
    chat,
    progress,
    notifications,
    chat.onVisibility(shownChanged),
    current.onChanged(shownChanged),
    restores,
    agent.onEvent(({ event }) => {
      if (event.type === 'callAnswered') environment.announce()
    }),
    agent.onReturned(giveBack),
    restores.onReturned(giveBack),
    followRunning(agent, current),
    vscode.window.registerWebviewViewProvider(VIEW, chat, { webviewOptions: { retainContextWhenHidden: true } }),
    registerCodeActions(),
    registerCommands(parts),
  ]
}

/** On the user's side: no file of the workspace can bring an answer with it. */
function keptAnswers(memory: vscode.Memento): AnswerStore {
  const key = 'rememberedAnswers'
  return { read: () => memory.get(key), write: (value) => void memory.update(key, value) }
}
