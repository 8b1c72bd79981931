import * as vscode from 'vscode'
import type { FileChange } from '../protocol/events.ts'
import type { CallState, SessionState } from '../protocol/state.ts'
import { textAfter, textBefore } from './changedTexts.ts'
import type { ReadOnlyTexts } from './readOnlyTexts.ts'
import type { ChangedText, ChangeRecord } from './recordingDocuments.ts'

export interface ShowParts {
  texts: ReadOnlyTexts
  record: ChangeRecord
}

/** What one call did to a file, or will do if it is allowed. */
export async function showCallDiff(call: CallState, path: string, parts: ShowParts): Promise<void> {
  const changes = (call.changes ?? []).filter((change) => change.path === path)
  const preview = call.approval?.previews?.find((one) => one.path === path)
  if (changes.length > 0) await showDiff(changes, parts)
  else if (preview !== undefined) await showPreview(preview, parts)
}

/** All that one turn did to a file. */
export async function showTurnDiff(state: SessionState, turnId: string, path: string, parts: ShowParts): Promise<void> {
  const calls = state.calls.filter((call) => call.turnId === turnId)
  const inOrder = calls.toSorted((a, b) => (a.endedAt ?? Infinity) - (b.endedAt ?? Infinity))
  await showDiff(
    inOrder.flatMap((call) => call.changes ?? []).filter((change) => change.path === path),
    parts,
  )
}

/** A call's whole result, or its output so far. */
export async function showOutput(call: CallState, { texts }: ShowParts): Promise<void> {
  const text = call.output.length > (call.result?.length ?? 0) ? call.output : (call.result ?? call.output)
  await showText(`${call.name} ${call.id}.txt`, text, { texts })
}

/** @param name what the tab says */
export async function showText(name: string, text: string, { texts }: Pick<ShowParts, 'texts'>): Promise<void> {
  const uri = texts.add(name, text)
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true })
}

async function showPreview(preview: FileChange, parts: ShowParts): Promise<void> {
  const before = preview.kind === 'added' ? '' : await currentText(preview.from?.uri ?? preview.uri)
  const after = before === undefined ? undefined : textAfter(before, preview)
  if (before === undefined || after === undefined) await openInstead(preview)
  else await openDiff(preview, { before, after }, 'proposed', parts)
}

async function showDiff(changes: readonly FileChange[], parts: ShowParts): Promise<void> {
  const last = changes.at(-1)
  if (last === undefined) return
  const found = recorded(changes, parts.record) ?? (await rebuilt(changes, last))
  if (found === undefined) await openInstead(last)
  else await openDiff(last, found, 'before and after', parts)
}

function recorded(changes: readonly FileChange[], record: ChangeRecord): ChangedText | undefined {
  const [first, last] = [changes.at(0), changes.at(-1)].map((change) => change && record.find(change))
  return first && last && { before: first.before, after: last.after }
}

/** From the file as it is now, back over the changes; possible while nothing else has changed those lines. */
async function rebuilt(changes: readonly FileChange[], last: FileChange): Promise<ChangedText | undefined> {
  const after = last.kind === 'deleted' ? '' : await currentText(last.uri)
  let before = after
  for (const change of changes.toReversed()) before = before === undefined ? undefined : textBefore(before, change)
  return before === undefined || after === undefined ? undefined : { before, after }
}

/** The file itself stands on the right while it still is what the change made of it, so that it can be edited. */
async function openDiff(change: FileChange, text: ChangedText, what: string, { texts }: ShowParts): Promise<void> {
  const left = texts.add(change.path, text.before)
  const isCurrent = change.kind !== 'deleted' && (await currentText(change.uri)) === text.after
  const right = isCurrent ? vscode.Uri.parse(change.uri, true) : texts.add(change.path, text.after)
  await vscode.commands.executeCommand('vscode.diff', left, right, `${change.path} (${what})`, { preview: true })
}

async function openInstead(change: FileChange): Promise<void> {
  void vscode.window.showInformationMessage(
    'The whole text on both sides of this change is not kept any more. The card shows what it changed; the file is open as it is now.',
  )
  if (change.kind === 'deleted') return
  await vscode.window.showTextDocument(vscode.Uri.parse(change.uri, true), { preview: true })
}

/** With `\n` line endings; undefined when the file cannot be read. */
async function currentText(uri: string): Promise<string | undefined> {
  try {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri, true))
    return document.getText().replaceAll('\r\n', '\n')
  } catch {
    // Missing, binary or too large: there is no text to compare with.
    return undefined
  }
}
