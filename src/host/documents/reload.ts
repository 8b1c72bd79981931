import { stat, utimes } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import * as vscode from 'vscode'
import type { FileTarget } from '../../core/ports.ts'
import { until } from './buffers.ts'

/** How long VS Code may take to notice a change of a file that it watches, in ms. */
const NOTICE_MS = 1_000
/** How long a clean buffer may take in all to follow its file, in ms. */
const RELOAD_MS = 6_000
const STEP_MS = 150

/** Waits, bounded, for a clean buffer that is older than its file. */
export class Reload implements Disposable {
  readonly #target: FileTarget
  readonly #since = performance.now()
  #watcher: vscode.FileSystemWatcher | undefined

  constructor(target: FileTarget) {
    this.#target = target
  }

  /** Waits for news of the buffer; false when it has had its time. */
  async next(buffer: Pick<vscode.TextDocument, 'version' | 'isDirty' | 'isClosed'>): Promise<boolean> {
    const waited = performance.now() - this.#since
    if (waited > RELOAD_MS) return false
    const { version } = buffer
    if (waited > NOTICE_MS && this.#target.uri === undefined) await this.#nudge(this.#target.path)
    await until(() => buffer.version !== version || buffer.isDirty || buffer.isClosed, STEP_MS)
    return true
  }

  [Symbol.dispose](): void {
    this.#watcher?.dispose()
  }

  /** Outside of the workspace VS Code watches no file in the background: has it watched, and touched again. */
  async #nudge(path: string): Promise<void> {
    if (this.#watcher === undefined) {
      const pattern = new vscode.RelativePattern(vscode.Uri.file(dirname(path)), basename(path))
      this.#watcher = vscode.workspace.createFileSystemWatcher(pattern)
      return
    }
    const { atime } = await stat(path)
    await utimes(path, atime, new Date())
  }
}
