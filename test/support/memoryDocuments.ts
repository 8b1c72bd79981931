import type { DocumentStore, OpenDocument, Removed } from '../../src/core/edits/documentStore.ts'
import {
  type Decoded,
  decode,
  encode,
  hasMixedEndings,
  isBinary,
  withEndingsOf,
} from '../../src/core/edits/encoding.ts'
import { applyEdits, normalise } from '../../src/core/edits/textEdits.ts'
import { versionOf } from '../../src/core/edits/version.ts'
import type { Failure, FileTarget, ReadDocument, TextEdit } from '../../src/core/ports.ts'
import { failed } from '../../src/core/tools/tool.ts'

const MOST_BYTES = 50 * 1024 * 1024

interface Buffer {
  text: string
  version: number
  dirty: boolean
  /** The bytes that it was loaded from or saved as. */
  base: Uint8Array | undefined
  undo: string[]
}

/** What the store is about to do; the test may do something in between, or never let it go on. */
export type Operation = 'open' | 'apply' | 'save' | 'create' | 'remove' | 'move'

/** Files and buffers in memory, with the manners of VS Code that matter: it refuses what was computed on another text. */
export class MemoryStore implements DocumentStore {
  readonly disk = new Map<string, Uint8Array>()
  readonly buffers = new Map<string, Buffer>()
  readonly calls: Record<Operation, number> = { open: 0, apply: 0, save: 0, create: 0, remove: 0, move: 0 }
  /** Awaited between the call of an operation and its effect. */
  gate: (operation: Operation, path: string) => Promise<void> = () => Promise.resolve()
  /** A clean buffer takes up what somebody else wrote to the disk when it is next opened; or never. */
  reloads = true
  readonly folders = new Set<string>()
  readonly readOnly = new Set<string>()
  /** What a formatter makes of a text when it is saved. */
  participant: (text: string) => string = (text) => text
  /** Nothing can be written. */
  full = false

  async read(target: FileTarget): Promise<ReadDocument | Failure> {
    const buffer = this.buffers.get(target.path)
    if (buffer?.dirty) return asRead(buffer.text, true)
    const bytes = this.disk.get(target.path)
    const wrong = this.#wrong(target, bytes)
    if (wrong !== undefined) return wrong
    if (bytes === undefined) return failed('not_found', `${target.display} does not exist.`)
    return asRead(textOf(bytes), false)
  }

  async open(target: FileTarget): Promise<OpenDocument | { kind: 'missing' } | Failure> {
    const { path, display, uri } = target
    await this.#pass('open', path)
    const bytes = this.disk.get(path)
    if (this.readOnly.has(path)) return failed('read_only', `${display} is read-only.`)
    const wrong = this.#wrong(target, bytes)
    if (wrong !== undefined) return wrong
    if (uri !== undefined) return { ...this.#document(path), neverSaved: 'has no file yet' }
    if (bytes === undefined && this.buffers.get(path)?.dirty !== true) return { kind: 'missing' }
    const buffer = this.buffer(path)
    if (!buffer.dirty && bytes !== undefined && bytes !== buffer.base) {
      if (!this.reloads) return failed('conflict', `${display} has not been reloaded.`)
      change(buffer, textOf(bytes))
      buffer.base = bytes
    }
    return this.#document(path)
  }

  async create({ path }: FileTarget, text: string, save: boolean): Promise<boolean | Failure> {
    await this.#pass('create', path)
    if (this.disk.has(path) || this.buffers.get(path)?.dirty === true) return false
    if (this.full) return failed('disk_full', 'The disk is full. Nothing was changed.')
    const bytes = new TextEncoder().encode(save ? text : '')
    this.disk.set(path, bytes)
    this.buffers.set(path, { text, version: 1, dirty: !save, base: bytes, undo: [] })
    return true
  }

  async remove({ path, display }: FileTarget, text: string): Promise<Removed | Failure> {
    await this.#pass('remove', path)
    const [bytes, buffer] = [this.disk.get(path), this.buffers.get(path)]
    const now = buffer?.text ?? (bytes && textOf(bytes))
    if (bytes === undefined || now !== text) return failed('conflict', `${display} has changed.`)
    this.disk.delete(path)
    this.buffers.delete(path)
    return {
      kind: 'removed',
      restore: async () => {
        await this.#pass('create', path)
        if (this.disk.has(path)) return failed('exists', `${display} exists again.`)
        this.disk.set(path, bytes)
        return undefined
      },
    }
  }

  async move(from: FileTarget, to: FileTarget): Promise<Failure | undefined> {
    await this.#pass('move', from.path)
    const [bytes, buffer] = [this.disk.get(from.path), this.buffers.get(from.path)]
    if (bytes === undefined) return failed('not_found', `${from.display} does not exist.`)
    if (this.disk.has(to.path)) return failed('exists', `${to.display} exists.`)
    this.disk.delete(from.path)
    this.disk.set(to.path, bytes)
    this.buffers.delete(from.path)
    if (buffer !== undefined) this.buffers.set(to.path, buffer)
    return undefined
  }

  unsaved(): readonly FileTarget[] {
    return [...this.buffers].filter(([, { dirty }]) => dirty).map(([path]) => memoryTarget(path))
  }

  /** The file's buffer, opened if it is not. */
  buffer(path: string): Buffer {
    const open = this.buffers.get(path)
    if (open !== undefined) return open
    const base = this.disk.get(path)
    const buffer = { text: base === undefined ? '' : textOf(base), version: 1, dirty: false, base, undo: [] }
    this.buffers.set(path, buffer)
    return buffer
  }

  /** The user types. */
  type(path: string, edits: readonly TextEdit[]): void {
    const buffer = this.buffer(path)
    change(buffer, applyEdits(buffer.text, edits))
    buffer.dirty = true
  }

  /** The window closes a clean buffer that nobody looks at. */
  close(path: string): void {
    if (this.buffers.get(path)?.dirty === false) this.buffers.delete(path)
  }

  /** The user goes back to what the disk has. */
  revert(path: string): void {
    const [buffer, bytes] = [this.buffers.get(path), this.disk.get(path)]
    if (buffer === undefined || bytes === undefined) return
    change(buffer, textOf(bytes))
    buffer.base = bytes
    buffer.dirty = false
  }

  undo(path: string): void {
    const buffer = this.buffer(path)
    const before = buffer.undo.pop()
    if (before === undefined) return
    buffer.text = before
    buffer.version++
    buffer.dirty = true
  }

  /** Saves as VS Code does: refused when the file is not the one that was loaded. */
  saveNow(path: string): boolean {
    const buffer = this.buffers.get(path)
    if (buffer === undefined) return false
    if (!buffer.dirty) return true
    if (buffer.base !== this.disk.get(path) || this.full) return false
    const saved = this.participant(buffer.text)
    if (saved !== buffer.text) change(buffer, saved)
    const before = buffer.base === undefined ? undefined : decode(buffer.base)
    const bytes = encode({ text: rewritten(before, buffer.text), encoding: before?.encoding ?? 'utf8' })
    this.disk.set(path, bytes)
    buffer.base = bytes
    buffer.dirty = false
    return true
  }

  #document(path: string): OpenDocument {
    const opened = this.buffers.get(path)?.base
    return {
      kind: 'open',
      now: () => {
        const buffer = this.buffers.get(path)
        return buffer && { text: buffer.text, dirty: buffer.dirty }
      },
      apply: async (edits) => {
        const computedOn = this.buffers.get(path)
        const version = computedOn?.version
        await this.#pass('apply', path)
        const buffer = this.buffers.get(path)
        if (buffer === undefined || buffer !== computedOn || buffer.version !== version) return false
        change(buffer, applyEdits(buffer.text, edits))
        buffer.dirty = true
        return true
      },
      save: async (text) => {
        const { base, text: now, dirty } = this.buffers.get(path) ?? {}
        if (dirty !== true) {
          const disk = this.disk.get(path)
          if (disk === undefined || disk === opened) return { kind: 'closed' }
          return textOf(disk) === now ? { kind: 'saved' } : { kind: 'saved', text: textOf(disk) }
        }
        if (now !== text) return { kind: 'typed' }
        await this.#pass('save', path)
        if (this.saveNow(path)) return { kind: 'saved' }
        const bytes = this.disk.get(path)
        if (bytes === base) return { kind: 'refused', why: 'The disk is full.' }
        return { kind: 'changed', before: base && textOf(base), now: bytes && textOf(bytes) }
      },
    }
  }

  #wrong({ path, display }: FileTarget, bytes: Uint8Array | undefined): Failure | undefined {
    if (this.folders.has(path)) return failed('is_folder', `${display} is a folder.`)
    if (bytes === undefined) return undefined
    if (bytes.length > MOST_BYTES) return failed('too_large', `${display} has more than 50 MB.`)
    return isBinary(bytes) ? failed('binary_file', `${display} is binary.`) : undefined
  }

  async #pass(operation: Operation, path: string): Promise<void> {
    this.calls[operation]++
    await this.gate(operation, path)
  }
}

export function memoryTarget(path: string): FileTarget {
  return { path, asked: path, display: path.slice(1), inside: true }
}

function change(buffer: Buffer, text: string): void {
  buffer.undo.push(buffer.text)
  buffer.text = text
  buffer.version++
}

function rewritten(before: Decoded | undefined, text: string): string {
  if (before === undefined) return text
  if (hasMixedEndings(before.text)) return withEndingsOf(before.text, text)
  return before.text.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text
}

function textOf(bytes: Uint8Array): string {
  return normalise(decode(bytes)?.text ?? '')
}

function asRead(text: string, dirty: boolean): ReadDocument {
  return { kind: 'read', text, version: versionOf(text), dirty }
}
