import { existsSync } from 'node:fs'
import * as vscode from 'vscode'
import type { BufferText, OpenDocument, SaveResult } from '../../core/edits/documentStore.ts'
import { hasMixedEndings, withEndingsOf } from '../../core/edits/encoding.ts'
import { normalise } from '../../core/edits/textEdits.ts'
import type { Failure, FileTarget, TextEdit } from '../../core/ports.ts'
import { bufferAt, until } from './buffers.ts'
import { decodeExactly, encodeAs, type Raw, readBytes, writeBytes } from './disk.ts'
import { positionsIn } from './positions.ts'
import { noSpaceFor } from './space.ts'

/** How long a refused change waits for the text that it was refused for, in ms. */
const NEWS_MS = 100
/** Pauses before a save is tried again that failed though the file has not changed, in ms. */
const SAVE_PAUSES = [100, 300, 900]

const DISK_FULL = 'The disk is full: free some space.'

/** Hears of each call of VS Code's API that costs. */
export interface EditObserver {
  /** In the tick of the call, just before it. */
  applying?(uri: vscode.Uri): void
  saving?(uri: vscode.Uri): void
}

/** A buffer of VS Code's, found again at each use: the window closes those that nobody looks at. */
export class WindowDocument implements OpenDocument {
  readonly kind = 'open'
  readonly #target: FileTarget
  readonly #uri: vscode.Uri
  readonly #disk: Raw | undefined
  readonly #observer: EditObserver | undefined

  /** @param disk the file as it was found, if there is one */
  constructor(target: FileTarget, uri: vscode.Uri, disk: Raw | undefined, observer: EditObserver | undefined) {
    this.#target = target
    this.#uri = uri
    this.#disk = disk
    this.#observer = observer
  }

  now(): BufferText | undefined {
    const buffer = bufferAt(this.#uri)
    return buffer && { text: normalise(buffer.getText()), dirty: buffer.isDirty }
  }

  get neverSaved(): string | undefined {
    return this.#uri.scheme === 'untitled' ? 'has no file yet: the user has to save it' : undefined
  }

  async apply(edits: readonly TextEdit[]): Promise<boolean | Failure> {
    const buffer = bufferAt(this.#uri)
    if (buffer === undefined) return false
    const growth = edits.reduce((sum, { start, end, text }) => sum + Buffer.byteLength(text) - (end - start), 0)
    const full = noSpaceFor(this.#target, growth)
    if (full !== undefined) return full
    const { version } = buffer
    const position = positionsIn(normalise(buffer.getText()))
    const change = new vscode.WorkspaceEdit()
    for (const { start, end, text } of edits) {
      change.replace(this.#uri, new vscode.Range(position(start), position(end)), text)
    }
    this.#observer?.applying?.(this.#uri)
    const applied = await vscode.workspace.applyEdit(change)
    if (!applied) await until(() => bufferAt(this.#uri)?.version !== version, NEWS_MS)
    return applied
  }

  async save(text: string): Promise<SaveResult> {
    for (const pause of [...SAVE_PAUSES, undefined]) {
      const now = this.now()
      if (now?.dirty !== true) return this.#afterSave()
      if (now.text !== text) return { kind: 'typed' }
      if (this.#isGone()) return { kind: 'changed', before: this.#disk?.text, now: undefined }
      if (await this.#trySave()) return this.#afterSave()
      const disk = await this.#read()
      if (disk !== undefined && normalise(disk.text) === text && this.now()?.dirty !== true) return { kind: 'saved' }
      if (disk?.text !== this.#disk?.text) return this.#changed(disk)
      if (pause === undefined) break
      await until(() => this.now()?.dirty !== true, pause)
    }
    const full = noSpaceFor(this.#target, 0)
    const why = full === undefined ? 'VS Code could not write it: see whether it may be written.' : DISK_FULL
    return { kind: 'refused', why }
  }

  /**
   * What the disk holds now. VS Code's word is not enough: the buffer may have been reverted or closed meanwhile, and on a
   * full disk it may write a part of the text and take the file for saved.
   */
  async #afterSave(): Promise<SaveResult> {
    const disk = await this.#read()
    const now = this.now()
    const text = disk && normalise(disk.text)
    if (disk === undefined || text === undefined) return now === undefined ? { kind: 'closed' } : { kind: 'saved' }
    if (text === now?.text) {
      await this.#keepEndings(disk)
      return { kind: 'saved' }
    }
    if (now !== undefined && this.#disk !== undefined && noSpaceFor(this.#target, 0) !== undefined) {
      await this.#takeBack(this.#disk)
      return { kind: 'refused', why: DISK_FULL }
    }
    return disk.text === this.#disk?.text ? { kind: 'closed' } : { kind: 'saved', text }
  }

  /** Gives the file its old bytes back; the buffer is made unsaved first, so that it does not follow. */
  async #takeBack(disk: Raw): Promise<void> {
    const there = new vscode.WorkspaceEdit()
    there.insert(this.#uri, new vscode.Position(0, 0), ' ')
    const back = new vscode.WorkspaceEdit()
    back.delete(this.#uri, new vscode.Range(0, 0, 0, 1))
    if (await vscode.workspace.applyEdit(there)) await vscode.workspace.applyEdit(back)
    await writeBytes(this.#target, await encodeAs(disk))
  }

  #changed(disk: Raw | undefined): SaveResult {
    return { kind: 'changed', before: this.#disk && normalise(this.#disk.text), now: disk && normalise(disk.text) }
  }

  /** Whether the file was deleted since it was opened: saving would bring it back. */
  #isGone(): boolean {
    return this.#disk !== undefined && this.#target.uri === undefined && !existsSync(this.#target.path)
  }

  /** False when VS Code refuses, or has closed the document, which it says by throwing. */
  async #trySave(): Promise<boolean> {
    const buffer = bufferAt(this.#uri)
    if (buffer === undefined) return false
    this.#observer?.saving?.(this.#uri)
    try {
      return await buffer.save()
    } catch (error) {
      if (bufferAt(this.#uri) === undefined) return false
      throw error
    }
  }

  /** VS Code gives a file one line ending; the lines that were not edited get theirs back. */
  async #keepEndings(saved: Raw): Promise<void> {
    const before = this.#disk
    if (before === undefined || !hasMixedEndings(before.text)) return
    const text = withEndingsOf(before.text, normalise(saved.text))
    if (text !== saved.text) await writeBytes(this.#target, await encodeAs({ ...saved, text }))
  }

  async #read(): Promise<Raw | undefined> {
    const found = await readBytes(this.#target)
    if (found.kind === 'failed') return undefined
    const encoding = bufferAt(this.#uri)?.encoding ?? this.#disk?.encoding ?? 'utf8'
    const raw = await decodeExactly(found.bytes, encoding, this.#target.display)
    return 'kind' in raw ? undefined : raw
  }
}
