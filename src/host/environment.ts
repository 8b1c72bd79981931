import * as vscode from 'vscode'
import type { RememberedAnswer } from '../protocol/events.ts'
import type { Environment } from '../protocol/messages.ts'
import type { Log } from '../core/ports.ts'
import type { WindowModels } from './models.ts'
import { limits, onSettingsChanged } from './settings.ts'

/** How long the panel waits for the search for a model before it shows itself without, in ms. */
const PATIENCE_MS = 600

/** What the panel shows besides the session; looked up when the panel first asks, and again when something changes. */
export class PanelEnvironment {
  readonly #models: WindowModels
  readonly #log: Log
  readonly #remembered: () => RememberedAnswer[]
  readonly #changed = new vscode.EventEmitter<Environment>()
  readonly #listeners: vscode.Disposable[]
  #found: Pick<Environment, 'model' | 'ways'> = { ways: { vscode: [] } }
  #looking: Promise<void> | undefined
  #round = 0

  readonly onChanged = this.#changed.event

  /** @param remembered the answers that hold in the panel's session */
  constructor(models: WindowModels, log: Log, remembered: () => RememberedAnswer[]) {
    this.#models = models
    this.#log = log
    this.#remembered = remembered
    const announce = (): void => this.announce()
    const lookAgain = (): void => {
      announce()
      if (this.#looking !== undefined) void this.refresh()
    }
    this.#listeners = [
      onSettingsChanged(lookAgain),
      models.onChanged(lookAgain),
      vscode.workspace.onDidGrantWorkspaceTrust(announce),
      vscode.workspace.onDidChangeWorkspaceFolders(announce),
    ]
  }

  /** As it is known within a moment; a slower answer is announced. */
  async get(): Promise<Environment> {
    this.#looking ??= this.refresh()
    const { promise: patience, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, PATIENCE_MS)
    await Promise.race([this.#looking, patience])
    clearTimeout(timer)
    return this.#now()
  }

  /** Tells the panel how things are now. */
  announce(): void {
    this.#changed.fire(this.#now())
  }

  /** Looks for models again. */
  refresh(): Promise<void> {
    this.#looking = this.#look()
    return this.#looking
  }

  dispose(): void {
    for (const listener of this.#listeners) listener.dispose()
    this.#changed.dispose()
  }

  async #look(): Promise<void> {
    const round = ++this.#round
    try {
      const found = await this.#models.describe()
      if (round !== this.#round) return
      this.#found = found
      this.#changed.fire(this.#now())
    } catch (error) {
      this.#log.error('The search for a model failed', error)
    }
  }

  #now(): Environment {
    const folder = vscode.workspace.workspaceFolders?.[0]
    return {
      ...this.#found,
      approvals: limits().approvals,
      remembered: this.#remembered(),
      trusted: vscode.workspace.isTrusted,
      hasFolder: folder !== undefined,
      folder: folder?.name,
    }
  }
}
