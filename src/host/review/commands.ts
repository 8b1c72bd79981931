import * as vscode from 'vscode'
import type { PlacedHunk } from '../../core/edits/review.ts'
import type { HunkVerdict } from '../../protocol/events.ts'
import type { CurrentSession } from '../currentSession.ts'
import { plainLine } from '../plainText.ts'
import { reviewChanges } from './changes.ts'
import { firstLine, type HunkAddress } from './lenses.ts'
import type { Review } from './review.ts'
import type { Reviews } from './reviews.ts'

interface CommandParts {
  review: Review
  current: CurrentSession
}

/** Verdicts and ways from hunk to hunk: by keyboard, from the palette, and from the lenses. */
export function reviewCommands({
  review,
  current,
}: CommandParts): Record<string, (given: unknown) => Promise<unknown>> {
  return {
    acceptHunk: async (given) => decide(await review.ready(), 'accepted', given),
    rejectHunk: async (given) => decide(await review.ready(), 'rejected', given),
    acceptFile: async (given) => decideFile(await review.ready(), 'accepted', given),
    rejectFile: async (given) => decideFile(await review.ready(), 'rejected', given),
    nextHunk: async () => go(await review.ready(), 1),
    previousHunk: async () => go(await review.ready(), -1),
    reviewChanges: async () => {
      const { state } = await current.get()
      const turns = state.calls.filter(({ changes }) => changes?.length).map(({ turnId }) => turnId)
      return reviewChanges(state, turns.at(-1))
    },
  }
}

async function decide(reviews: Reviews, verdict: HunkVerdict, given: unknown): Promise<void> {
  const editor = vscode.window.activeTextEditor
  const document = isAddress(given) ? documentOf(given.uri) : editor?.document
  const file = document && reviews.fileOf(document)
  if (document === undefined || file === undefined) return tell('This file has no change of Stretto’s to review.')
  const hunks = reviews.open(document)
  const hunk = isAddress(given) ? hunks.find((one) => one.hunk.id === given.id) : editor && atCursor(hunks, editor)
  if (hunk === undefined) return tell('The cursor is in no change. Stretto: Next Change goes to one.')
  await say(reviews.decide(file, verdict, [hunk.hunk.id]))
  const next = reviews.open(document).find(({ place }) => place.start >= hunk.place.start)
  if (!isAddress(given) && editor !== undefined && next !== undefined) show(editor, next)
}

async function decideFile(reviews: Reviews, verdict: HunkVerdict, given: unknown): Promise<void> {
  const document = isAddress(given) ? documentOf(given.uri) : vscode.window.activeTextEditor?.document
  const file = document && reviews.fileOf(document)
  if (document === undefined || file === undefined) return tell('This file has no change of Stretto’s to review.')
  const ids = reviews.open(document).map(({ hunk }) => hunk.id)
  await say(reviews.decide(file, verdict, ids))
}

/** To the next hunk of this file, then to the first of the next file, and round. */
async function go(reviews: Reviews, step: 1 | -1): Promise<void> {
  const editor = vscode.window.activeTextEditor
  const here = editor && reviews.fileOf(editor.document)
  if (editor !== undefined && here !== undefined) {
    const line = editor.selection.active.line
    const ahead = reviews.open(editor.document).filter((hunk) => {
      const at = firstLine(editor.document, hunk)
      return step === 1 ? at > line : at < line
    })
    const next = ahead.at(step === 1 ? 0 : -1)
    if (next !== undefined) return show(editor, next)
  }
  const files = reviews.openFiles().filter(({ sides }) => sides.after !== undefined)
  const at = here === undefined ? -1 : files.indexOf(here)
  const file = files.at((at + step + files.length) % Math.max(1, files.length))
  if (file === undefined) return tell('There is no change to review.')
  const shown = await vscode.window.showTextDocument(file.uri)
  const hunk = reviews.open(shown.document).at(step === 1 ? 0 : -1)
  if (hunk !== undefined) show(shown, hunk)
}

function show(editor: vscode.TextEditor, hunk: PlacedHunk): void {
  const line = firstLine(editor.document, hunk)
  editor.selection = new vscode.Selection(line, 0, line, 0)
  editor.revealRange(new vscode.Range(line, 0, line, 0), vscode.TextEditorRevealType.InCenterIfOutsideViewport)
}

function atCursor(hunks: readonly PlacedHunk[], { document, selection }: vscode.TextEditor): PlacedHunk | undefined {
  const { line } = selection.active
  return hunks.find(
    (hunk) => firstLine(document, hunk) <= line && line < Math.max(hunk.place.end, firstLine(document, hunk) + 1),
  )
}

function documentOf(uri: string): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri)
}

function isAddress(given: unknown): given is HunkAddress {
  return typeof given === 'object' && given !== null && 'uri' in given && 'id' in given && typeof given.uri === 'string'
}

async function say(deciding: Promise<string | undefined>): Promise<void> {
  const conflict = await deciding
  if (conflict !== undefined) void vscode.window.showWarningMessage(plainLine(conflict))
}

function tell(words: string): void {
  void vscode.window.showInformationMessage(words)
}
