import * as vscode from 'vscode'
import type { Session } from '../core/agent/session.ts'
import type { Log, Workspace } from '../core/ports.ts'
import type { FromPanel } from '../protocol/messages.ts'
import type { CurrentSession } from './currentSession.ts'
import type { PanelEnvironment } from './environment.ts'
import { plainLine } from './plainText.ts'
import { openLink, openPath } from './openPath.ts'
import type { PanelActions } from './panelActions.ts'
import type { ProcessTerminals } from './processTerminals.ts'
import { reviewChanges } from './review/changes.ts'
import type { Restores } from './restore/restores.ts'
import type { ProposedTexts } from './review/proposedTexts.ts'
import type { Review } from './review/review.ts'
import { turnFiles } from './review/turnFiles.ts'
import { showCallDiff, showOutput, type ShowParts, showText, showTurnDiff } from './showChanges.ts'

type Request = Exclude<FromPanel, { type: 'ready' | 'showMedia' }>

type ProcessRequest = Extract<Request, { processId: string }>

interface RequestParts extends ShowParts {
  current: CurrentSession
  actions: PanelActions
  terminals: ProcessTerminals
  workspace: Workspace
  review: Review
  proposed: ProposedTexts
  restores: Restores
  environment: Pick<PanelEnvironment, 'announce'>
  log: Log
}

/** Does what the panel's user asks for, in the session that the panel shows. */
export class PanelRequests {
  readonly #parts: RequestParts

  constructor(parts: RequestParts) {
    this.#parts = parts
  }

  handle(request: Request): void {
    const { current, log } = this.#parts
    current
      .get()
      .then((session) => this.#do(request, session))
      .catch((error: unknown) => {
        log.error(`The panel's request failed: ${request.type}`, error)
        const why = plainLine(error instanceof Error ? error.message : String(error))
        void vscode.window.showErrorMessage(`Stretto could not do that: ${why}`)
      })
  }

  async #do(request: Request, session: Session): Promise<void> {
    switch (request.type) {
      case 'send':
      case 'queue':
        if (request.text.trim() !== '') await session.send(request.text, { source: 'panel' })
        return
      case 'steer':
        return steer(request, session)
      case 'unqueue':
        session.unqueue(request.messageId)
        return
      case 'stop':
        return session.stop()
      case 'stopCall':
        return session.stop(request.callId)
      case 'approve':
        await this.#parts.proposed.flush()
        session.approve(request.callId, request.fingerprint, request.answer)
        return
      case 'revoke':
        session.gate.revoke(request.fingerprint)
        this.#parts.environment.announce()
        return
      case 'reply':
        session.reply(request.callId, request.text)
        return
      case 'restoreCheckpoint':
        return this.#parts.restores.restore(session, request.turnId, request.scope)
      case 'undoRestore':
        return this.#parts.restores.undo(session, request.restoreId)
      case 'action':
        return this.#parts.actions.run(request.action)
      case 'openFile':
        return openPath(request.path, request.line, this.#parts.workspace.folders())
      case 'showDiff':
      case 'showOutput':
        return this.#showCall(request, session)
      case 'showProcess':
      case 'openTerminal':
      case 'stopProcess':
        return this.#doProcess(request, session)
      case 'showTurnDiff':
        return showTurnDiff(session.state, request.turnId, request.path, this.#parts)
      case 'review':
        return this.#review(request, session)
      case 'reviewChanges':
        return reviewChanges(session.state, request.turnId)
      case 'openLink':
        return openLink(request.href)
    }
  }

  /** One that is no longer known has ended, and with it all that could be done to it. */
  async #doProcess({ type, processId }: ProcessRequest, { background }: Session): Promise<void> {
    const process = background.get(processId)
    if (process === undefined) return
    if (type === 'stopProcess') await process.work.stop()
    else if (type === 'openTerminal') this.#parts.terminals.show(process)
    else await showText(`${processId}.txt`, process.work.output.text(), this.#parts)
  }

  async #review({ turnId, path, verdict }: Extract<Request, { type: 'review' }>, { state }: Session): Promise<void> {
    const reviews = await this.#parts.review.ready()
    const files = turnFiles(state, turnId).filter((file) => path === undefined || file.path === path)
    const once = files.filter(({ other }, at) => !files.slice(0, at).some((file) => file.path === other?.path))
    for (const file of once) await reviews.decide(file, verdict)
  }

  async #showCall(request: Extract<Request, { type: 'showDiff' | 'showOutput' }>, session: Session): Promise<void> {
    const call = session.state.calls.find(({ id }) => id === request.callId)
    if (call === undefined) return
    if (request.type === 'showOutput') return showOutput(call, this.#parts)
    const isShown = call.approval?.editable === true && (await this.#parts.proposed.show(session, call.id))
    if (!isShown) await showCallDiff(call, request.path, this.#parts)
  }
}

function steer({ text, messageId }: Extract<Request, { type: 'steer' }>, session: Session): void {
  const words = messageId === undefined ? text : session.unqueue(messageId)
  if (words !== undefined && words.trim() !== '') session.steer(words, { source: 'panel' })
}
