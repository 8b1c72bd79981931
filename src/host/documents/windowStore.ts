import * as vscode from 'vscode'
import { recheck } from '../../core/approvals/paths.ts'
import type { DocumentStore, OpenDocument, Removed } from '../../core/edits/documentStore.ts'
import { normalise } from '../../core/edits/textEdits.ts'
import { versionOf } from '../../core/edits/version.ts'
import type { Failure, FileTarget, ReadDocument, Workspace } from '../../core/ports.ts'
import type { CancellationToken } from '../../core/scheduling/cancellation.ts'
import { failed } from '../../core/tools/tool.ts'
import { bufferFor, dirtyFiles, physical, until } from './buffers.ts'
import { decodeExactly, decodeFile, readBytes } from './disk.ts'
import { displayOf } from './display.ts'
import { moveFile, removeFile } from './fileOps.ts'
import { createNotebook, isNotebook, openNotebook, readNotebook } from './notebooks.ts'
import { whyReadOnly } from './readOnly.ts'
import { Reload } from './reload.ts'
import { noSpaceFor } from './space.ts'
import { uriOf } from './uris.ts'
import { type EditObserver, WindowDocument } from './windowDocument.ts'

const OPEN_TRIES = 3

/** Files and buffers of this window. */
export class WindowStore implements DocumentStore {
  readonly #workspace: Workspace
  readonly #observer: EditObserver | undefined

  constructor(workspace: Workspace, observer?: EditObserver) {
    this.#workspace = workspace
    this.#observer = observer
  }

  async read(target: FileTarget, token: CancellationToken): Promise<ReadDocument | Failure> {
    const moved = await recheck(target)
    if (moved !== undefined) return moved
    if (isNotebook(target)) return readNotebook(target)
    const buffer = bufferFor(target)
    if (isUntitled(target)) return buffer === undefined ? closed(target) : asRead(buffer.getText(), true)
    if (buffer?.isDirty) return asRead(buffer.getText(), true)
    const found = await readBytes(target)
    token.throwIfCancelled()
    if (found.kind === 'failed') return found
    const uri = buffer?.uri ?? uriOf(target)
    if (buffer === undefined) return asRead(await decodeFile(found.bytes, uri), false)
    const raw = await decodeExactly(found.bytes, buffer.encoding, target.display)
    return asRead('kind' in raw ? buffer.getText() : raw.text, false)
  }

  async open(target: FileTarget): Promise<OpenDocument | { kind: 'missing' } | Failure> {
    const moved = await recheck(target)
    const refused = moved ?? (await whyReadOnly(target))
    if (refused !== undefined) return refused
    if (isNotebook(target)) return openNotebook(target, this.#observer)
    if (isUntitled(target)) {
      const open = bufferFor(target)
      return open === undefined ? closed(target) : new WindowDocument(target, open.uri, undefined, this.#observer)
    }
    using reload = new Reload(target)
    for (;;) {
      const found = await readBytes(target)
      const open = bufferFor(target)
      if (found.kind === 'failed' && open?.isDirty !== true) {
        return found.code === 'not_found' ? { kind: 'missing' } : found
      }
      const buffer = open ?? (await openBuffer(target))
      if ('kind' in buffer) return buffer
      const { uri, encoding } = buffer
      const disk = found.kind === 'failed' ? found : await decodeExactly(found.bytes, encoding, target.display)
      const raw = 'kind' in disk ? undefined : disk
      if (buffer.isDirty) return new WindowDocument(target, uri, raw, this.#observer)
      if ('kind' in disk) return disk
      if (normalise(disk.text) === normalise(buffer.getText())) {
        return new WindowDocument(target, uri, raw, this.#observer)
      }
      if (await reload.next(buffer)) continue
      return failed('conflict', `The editor has not yet taken up ${target.display} as it is on disk. Try again.`)
    }
  }

  async create(target: FileTarget, text: string, save: boolean): Promise<boolean | Failure> {
    const moved = await recheck(target)
    const refused = moved ?? noSpaceFor(target, Buffer.byteLength(text))
    if (refused !== undefined) return refused
    // The user typed into the buffer of a file that is gone.
    if (bufferFor(target)?.isDirty === true) return false
    if (isNotebook(target)) return createNotebook(target, text, save, this.#observer)
    const uri = uriOf(target)
    const endings = vscode.workspace.getConfiguration('files', uri).get<string>('eol')
    const written = endings === '\r\n' ? text.replaceAll('\n', '\r\n') : text
    const change = new vscode.WorkspaceEdit()
    const contents = await vscode.workspace.encode(save ? written : '', { uri })
    change.createFile(uri, { contents })
    if (!save) change.insert(uri, new vscode.Position(0, 0), text)
    this.#observer?.applying?.(uri)
    if (await vscode.workspace.applyEdit(change)) return true
    if ((await readBytes(target)).kind === 'bytes') return false
    return failed('not_created', `${target.display} could not be created. Is its folder there and writable?`)
  }

  async remove(target: FileTarget, text: string): Promise<Removed | Failure> {
    const opened = await this.open(target)
    if (opened.kind === 'failed') return opened
    if (opened.kind === 'missing' || isUntitled(target)) return closed(target)
    if (opened.now()?.text === text) return removeFile(target, this.#observer)
    return failed('conflict', `${target.display} has changed meanwhile. It was not deleted.`)
  }

  async move(from: FileTarget, to: FileTarget): Promise<Failure | undefined> {
    const moved = (await recheck(from)) ?? (await recheck(to)) ?? (await whyReadOnly(from))
    if (moved !== undefined) return moved
    return isUntitled(from) || isUntitled(to) ? closed(from) : moveFile(from, to, this.#observer)
  }

  unsaved(): readonly FileTarget[] {
    return dirtyFiles().map((document) => {
      const path = physical(document)
      const asked = document.uri.fsPath
      return { path, asked, ...displayOf(asked, this.#workspace) }
    })
  }
}

/** Under load VS Code may refuse to open a file that it opens a moment later. */
async function openBuffer(target: FileTarget): Promise<vscode.TextDocument | Failure> {
  let why: unknown
  for (let tries = 0; tries < OPEN_TRIES; tries++) {
    try {
      return await vscode.workspace.openTextDocument(uriOf(target))
    } catch (error) {
      why = error
      await until(() => false, 50 * (tries + 1))
    }
  }
  const words = why instanceof Error ? why.message : String(why)
  return failed('unavailable', `VS Code could not open ${target.display}: ${words}`)
}

function asRead(raw: string, dirty: boolean): ReadDocument {
  const text = normalise(raw)
  return { kind: 'read', text, version: versionOf(text), dirty }
}

function isUntitled({ uri }: FileTarget): boolean {
  return uri?.startsWith('untitled:') === true
}

function closed({ display }: FileTarget): Failure {
  return failed('not_found', `${display} is no longer open in the editor. Nothing was changed.`)
}
