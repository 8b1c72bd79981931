import assert from 'node:assert/strict'
import type { SavePolicy } from '../../src/core/edits/documentStore.ts'
import { insertText } from '../../src/core/edits/insert.ts'
import { replaceText } from '../../src/core/edits/replace.ts'
import type { Compute, Documents, Failure, FileTarget, Receipt } from '../../src/core/ports.ts'
import { failed } from '../../src/core/tools/tool.ts'

/** Documents with hands on what is around them: the disk, the user at the keyboard, VS Code's calls. */
export interface DocumentsWorld {
  documents: Documents
  target(name: string): FileTarget
  /** Writes as another program does. */
  write(name: string, content: string | Uint8Array): Promise<void>
  /** Undefined when there is no such file. */
  bytes(name: string): Promise<Uint8Array | undefined>
  /** The user opens the file and types at its beginning; settles when the buffer has it. */
  type(name: string, text: string): Promise<void>
  buffer(name: string): Promise<{ text: string; dirty: boolean }>
  undo(name: string): Promise<void>
  /** Another program deletes the file. */
  remove(name: string): Promise<void>
  folder(name: string): Promise<void>
  /** The user sets that the file is not to be changed. */
  readOnly(name: string): Promise<void>
  /** From now on a formatter makes this of each text that is saved. */
  onSave(format: (text: string) => string): void
  /** A new buffer without a file. */
  untitled(text: string): Promise<FileTarget>
  setSavePolicy(policy: SavePolicy): Promise<void>
  /** Does something once, in the tick in which the next change is applied, just before. */
  beforeApply(action: () => void): void
  /** The same, before a save. */
  beforeSave(action: () => void): void
  /** How often a change was applied, and a document saved. */
  counts(): { applied: number; saved: number }
  dispose(): Promise<void>
}

export type Test = (title: string, body: (world: DocumentsWorld) => Promise<void>) => void

export const replace =
  (oldText: string, newText: string): Compute =>
  ({ text }) =>
    text === undefined ? failed('not_found', 'none') : replaceText(text, [{ oldText, newText }])

export const append =
  (text: string): Compute =>
  (document) =>
    insertText(document.text, { text })

export async function edited(result: Promise<Receipt | Failure>): Promise<Receipt> {
  const receipt = await result
  assert.ok(receipt.kind === 'edited', 'message' in receipt ? receipt.message : '')
  return receipt
}

export async function refused(result: Promise<Receipt | Failure>): Promise<Failure> {
  const failure = await result
  assert.ok(failure.kind === 'failed')
  return failure
}

export function utf8(text: string): Uint8Array {
  return Buffer.from(text)
}

export function utf16(text: string): Buffer {
  return Buffer.from(`\uFEFF${text}`, 'utf16le')
}

export function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex')
}
