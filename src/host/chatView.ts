import * as vscode from 'vscode'
import type { ToPanel } from '../protocol/messages.ts'
import { panelHtml } from './panelHtml.ts'
import type { PanelConnection, PanelParts } from './panelConnection.ts'

export const VIEW = 'stretto.chat'

interface Shown {
  view: vscode.WebviewView
  connection: Promise<PanelConnection>
}

/** The chat panel. VS Code may make, hide, move and drop its view at any time; the session goes on without it. */
export class ChatView implements vscode.WebviewViewProvider {
  readonly #extension: vscode.Uri
  readonly #parts: PanelParts
  readonly #visibility = new vscode.EventEmitter<boolean>()
  #shown: Shown | undefined
  /** Waits for a panel that can take it. */
  #held: ToPanel[] = []

  readonly onVisibility = this.#visibility.event

  constructor(extension: vscode.Uri, parts: PanelParts) {
    this.#extension = extension
    this.#parts = parts
  }

  get visible(): boolean {
    return this.#shown?.view.visible ?? false
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const shown: Shown = { view, connection: this.#connect(view.webview) }
    this.#shown = shown
    // What calls made to be seen or heard is there.
    const folders = vscode.workspace.workspaceFolders?.map(({ uri }) => uri) ?? []
    view.webview.options = {
      enableScripts: true,
      enableForms: false,
      localResourceRoots: [
        ...['dist', 'media'].map((folder) => vscode.Uri.joinPath(this.#extension, folder)),
        ...folders,
      ],
    }
    view.onDidChangeVisibility(() => this.#visibilityChanged(shown))
    view.onDidDispose(() => this.#dropped(shown))
    view.webview.html = panelHtml(view.webview, this.#extension)
    this.#visibility.fire(view.visible)
  }

  /** Brings the panel into view. */
  async reveal(preserveFocus: boolean): Promise<void> {
    if (this.#shown !== undefined) this.#shown.view.show(preserveFocus)
    else await vscode.commands.executeCommand(`${VIEW}.focus`, { preserveFocus })
  }

  /** For the panel, now or as soon as it shows its session. */
  send(message: ToPanel): void {
    this.#held.push(message)
    this.#release()
  }

  dispose(): void {
    const shown = this.#shown
    this.#shown = undefined
    void shown?.connection.then((connection) => connection.dispose())
    this.#visibility.dispose()
  }

  /** Messages that come before the panel's code is loaded wait for it, in order. */
  async #connect(webview: vscode.Webview): Promise<PanelConnection> {
    const early: unknown[] = []
    const listener = webview.onDidReceiveMessage((message: unknown) => early.push(message))
    const { PanelConnection: Connection } = await import('./panelConnection.ts')
    const connection = new Connection(webview, this.#parts, () => this.#release())
    listener.dispose()
    for (const message of early) connection.receive(message)
    return connection
  }

  #visibilityChanged(shown: Shown): void {
    void shown.connection.then((connection) => (shown.view.visible ? connection.resume() : connection.pause()))
    this.#visibility.fire(shown.view.visible)
  }

  #dropped(shown: Shown): void {
    void shown.connection.then((connection) => connection.dispose())
    if (this.#shown !== shown) return
    this.#shown = undefined
    this.#visibility.fire(false)
  }

  #release(): void {
    const shown = this.#shown
    if (shown === undefined || this.#held.length === 0) return
    void shown.connection.then((connection) => {
      if (!connection.live) return
      for (const message of this.#held.splice(0)) connection.send(message)
    })
  }
}
