import * as vscode from 'vscode'
import type { Session } from '../../core/agent/session.ts'
import { normalise } from '../../core/edits/textEdits.ts'
import type { Agent } from '../agent.ts'
import type { ReadOnlyTexts } from '../readOnlyTexts.ts'

const SCHEME = 'stretto-proposed'
/** After this long without typing, the question is put again with what was typed, in ms. */
const QUIET_MS = 150

interface Proposed {
  session: Session
  callId: string
  bytes: Uint8Array
  changedAt: number
}

/**
 * Edits that wait for the user's answer, as documents that can be changed: the right side of their diff. What stands
 * there is what the question in the chat is about.
 */
export class ProposedTexts implements vscode.FileSystemProvider {
  readonly #texts: ReadOnlyTexts
  readonly #files = new Map<string, Proposed>()
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>()
  readonly #listeners: vscode.Disposable[]
  #quiet: NodeJS.Timeout | undefined

  readonly onDidChangeFile = this.#changed.event

  constructor(agent: Agent, texts: ReadOnlyTexts) {
    this.#texts = texts
    this.#listeners = [
      vscode.workspace.registerFileSystemProvider(SCHEME, this, { isCaseSensitive: true }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.uri.scheme !== SCHEME || !document.isDirty) return
        clearTimeout(this.#quiet)
        this.#quiet = setTimeout(() => void this.#save(), QUIET_MS)
      }),
      agent.onEvent(({ sessionId, event }) => {
        if (event.type === 'callAnswered' || event.type === 'callEnded') void this.#close(sessionId, event.callId)
      }),
    ]
  }

  /** Shows the diff of an edit that waits for an answer. False when none is open that can be changed. */
  async show(session: Session, callId: string): Promise<boolean> {
    const proposal = session.gate.proposal(callId)
    if (proposal === undefined) return false
    const { display } = proposal.target
    const path = `/${display.replaceAll('\\', '/').replace(/^\/+/, '')}`
    const uri = vscode.Uri.from({ scheme: SCHEME, path, query: `${session.id}&${callId}` })
    const bytes = new TextEncoder().encode(proposal.after)
    this.#files.set(uri.toString(), { session, callId, bytes, changedAt: Date.now() })
    this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }])
    const left = this.#texts.add(display, proposal.before ?? '')
    const title = `${display} (proposed: you can change the right side)`
    await vscode.commands.executeCommand('vscode.diff', left, uri, title, { preview: true })
    return true
  }

  /** Puts the question again with what was typed last, so that no answer is about less than what is shown. */
  async flush(): Promise<void> {
    clearTimeout(this.#quiet)
    await this.#save()
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined)
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    const { bytes, changedAt } = this.#find(uri)
    return { type: vscode.FileType.File, ctime: 0, mtime: changedAt, size: bytes.length }
  }

  readFile(uri: vscode.Uri): Uint8Array {
    return this.#find(uri).bytes
  }

  writeFile(uri: vscode.Uri, bytes: Uint8Array): void {
    const file = this.#find(uri)
    if (!file.session.gate.amend(file.callId, normalise(new TextDecoder().decode(bytes))))
      throw vscode.FileSystemError.Unavailable('This edit does not wait for an answer any more. Nothing was changed.')
    file.bytes = bytes
    file.changedAt = Date.now()
  }

  readDirectory(): never {
    throw vscode.FileSystemError.NoPermissions()
  }

  createDirectory(): never {
    throw vscode.FileSystemError.NoPermissions()
  }

  delete(): never {
    throw vscode.FileSystemError.NoPermissions()
  }

  rename(): never {
    throw vscode.FileSystemError.NoPermissions()
  }

  dispose(): void {
    clearTimeout(this.#quiet)
    for (const listener of this.#listeners) listener.dispose()
    this.#changed.dispose()
  }

  #find(uri: vscode.Uri): Proposed {
    const file = this.#files.get(uri.toString())
    if (file === undefined) throw vscode.FileSystemError.FileNotFound(uri)
    return file
  }

  async #save(): Promise<void> {
    const typed = vscode.workspace.textDocuments.filter(({ uri, isDirty }) => uri.scheme === SCHEME && isDirty)
    await Promise.all(typed.map((document) => document.save()))
  }

  /** The question is answered, or gone: its diff with it. */
  async #close(sessionId: string, callId: string): Promise<void> {
    const gone = [...this.#files].filter(([, file]) => file.session.id === sessionId && file.callId === callId)
    if (gone.length === 0) return
    const keys = new Set(gone.map(([key]) => key))
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs)
    await vscode.window.tabGroups.close(
      tabs.filter(({ input }) => input instanceof vscode.TabInputTextDiff && keys.has(input.modified.toString())),
      true,
    )
    for (const key of keys) this.#files.delete(key)
  }
}
