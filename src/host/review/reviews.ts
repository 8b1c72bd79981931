import * as vscode from 'vscode'
import type { Session } from '../../core/agent/session.ts'
import { resolveFile } from '../../core/approvals/paths.ts'
import { type Rejection, rejection } from '../../core/edits/rejection.ts'
import { type Hunk, hunksOf, openHunks, placeHunks, type PlacedHunk, verdictsOfText } from '../../core/edits/review.ts'
import { normalise } from '../../core/edits/textEdits.ts'
import type { Workspace } from '../../core/ports.ts'
import type { TurnText, TurnTexts } from '../../core/sessions/turnTexts.ts'
import type { HunkVerdict } from '../../protocol/events.ts'
import type { SessionState } from '../../protocol/state.ts'
import type { Agent } from '../agent.ts'
import { physical } from '../documents/buffers.ts'
import { takeBack, type TakenBack } from './takeBack.ts'
import { type TurnFile, turnFiles } from './turnFiles.ts'

export interface ReviewParts {
  agent: Agent
  texts: TurnTexts
  workspace: Workspace
}

/** A file of a turn with its hunks. */
export interface FileHunks extends TurnFile {
  sides: TurnText
  hunks: readonly Hunk[]
}

/** After this long without typing, the hunks are looked for again, in ms. */
const QUIET_MS = 150

/**
 * The changes that can be reviewed in editors: of each file, those of the last turn that changed it. Verdicts are events
 * of their session; what is kept here can be found again from them and the turn's texts.
 */
export class Reviews {
  readonly #parts: ReviewParts
  readonly #files = new Map<string, FileHunks>()
  readonly #changed = new vscode.EventEmitter<void>()
  readonly #listeners: vscode.Disposable[]
  readonly #placed = new WeakMap<vscode.TextDocument, { version: number; of: FileHunks; placed: PlacedHunk[] }>()
  readonly #typed = new Set<vscode.TextDocument>()
  #quiet: NodeJS.Timeout | undefined

  /** Hunks came, went or moved. */
  readonly onChanged = this.#changed.event

  constructor(parts: ReviewParts) {
    this.#parts = parts
    this.#listeners = [
      parts.agent.onEvent(({ event }) => event.type === 'hunksReviewed' && this.#changed.fire()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#follow(document)),
      vscode.workspace.onDidOpenTextDocument((document) => this.#follow(document)),
    ]
  }

  /** Takes up what the turns of a session have changed: after a turn, or when the session was read back. */
  async take(state: SessionState, turnIds: readonly string[]): Promise<void> {
    const last = new Map(turnIds.flatMap((id) => turnFiles(state, id)).map((file) => [file.uri.fsPath, file]))
    const found = await Promise.all([...last.values()].map((file) => this.#load(file)))
    this.#dropReviewed(state.id)
    for (const file of found) {
      if (file === undefined) continue
      // Last in the order, also where it was there before.
      this.#files.delete(file.uri.fsPath)
      if (file.hunks.length > 0) this.#files.set(file.uri.fsPath, file)
    }
    this.#changed.fire()
  }

  /** The hunks of a document that still need a verdict, in order. */
  open(document: vscode.TextDocument): PlacedHunk[] {
    return openHunks(this.#place(document))
  }

  fileOf(document: vscode.TextDocument): FileHunks | undefined {
    return document.uri.scheme === 'file' ? this.#files.get(physical(document)) : undefined
  }

  /** Files with hunks that have no verdict yet, in the order of the turn. */
  openFiles(): FileHunks[] {
    return [...this.#files.values()].filter((file) => {
      const known = this.#verdicts(file)
      return file.hunks.some(({ id }) => !known.has(id))
    })
  }

  /** The user's verdict on hunks of a file, on all of them unless given. Says what could not be taken back. */
  async decide(file: TurnFile, verdict: HunkVerdict, ids?: readonly string[]): Promise<string | undefined> {
    const session = await this.#parts.agent.open(file.sessionId)
    if (session === undefined) return 'The session of this change is gone.'
    const sides = [file, ...(file.other === undefined ? [] : [{ ...file, ...file.other, other: undefined }])]
    const found = await Promise.all(sides.map((side) => this.#hunks(side)))
    const known = found.filter((side) => side !== undefined)
    if (known.length < sides.length) {
      const conflict = 'What this turn found in the file is not kept any more. Use its diff in the chat.'
      record(session, { ...file, hunks: [] }, verdict, [], conflict)
      return conflict
    }
    const asked = known.map((side, at) => new Set(at === 0 && ids !== undefined ? ids : this.#undecided(side, verdict)))
    const { done, conflict } =
      verdict === 'accepted' ? { done: asked.map((some) => [...some]) } : await this.#takeBack(known, asked)
    for (const [at, side] of known.entries()) record(session, side, verdict, done[at] ?? [], conflict)
    return conflict
  }

  async #takeBack(files: readonly FileHunks[], asked: readonly ReadonlySet<string>[]): Promise<TakenBack> {
    const targets = await Promise.all(files.map(({ uri }) => resolveFile(uri.fsPath, this.#parts.workspace)))
    const rejected = targets.flatMap((target, at) => {
      const file = files[at]
      if ('kind' in target || file === undefined) return []
      const { sides, hunks } = file
      const reject = (text: string | undefined): Rejection =>
        rejection(sides, placeHunks(sides, hunks, text, this.#verdicts(file)), text, asked[at] ?? new Set())
      return [{ target, reject }]
    })
    const failure = targets.find((target) => 'kind' in target)
    if (failure !== undefined) return { done: [], conflict: failure.message }
    return takeBack(rejected, await this.#parts.agent.documents())
  }

  /** What is accepted may still be rejected; what is rejected is not accepted with the rest. */
  #undecided(file: FileHunks, verdict: HunkVerdict): string[] {
    const known = this.#verdicts(file)
    return file.hunks.map(({ id }) => id).filter((id) => verdict === 'rejected' || !known.has(id))
  }

  dispose(): void {
    clearTimeout(this.#quiet)
    for (const listener of this.#listeners) listener.dispose()
    this.#changed.dispose()
  }

  async #load(file: TurnFile): Promise<FileHunks | undefined> {
    const sides = await this.#parts.texts.of(file.sessionId, file.turnId, file.uri.fsPath)
    return sides && { ...file, sides, hunks: hunksOf(sides) }
  }

  async #hunks(file: TurnFile): Promise<FileHunks | undefined> {
    const known = this.#files.get(file.uri.fsPath)
    return known?.turnId === file.turnId && known.sessionId === file.sessionId ? known : this.#load(file)
  }

  /** Another turn has begun: what has its verdicts is over. */
  #dropReviewed(sessionId: string): void {
    const open = new Set(this.openFiles())
    for (const [key, file] of this.#files) if (file.sessionId === sessionId && !open.has(file)) this.#files.delete(key)
  }

  #place(document: vscode.TextDocument): PlacedHunk[] {
    const of = this.fileOf(document)
    if (of === undefined) return []
    const known = this.#placed.get(document)
    const verdicts = this.#verdicts(of)
    const isKnown = known?.version === document.version && known.of === of
    if (isKnown && known.placed.every(({ hunk, verdict }) => verdicts.get(hunk.id) === verdict)) return known.placed
    const placed = placeHunks(of.sides, of.hunks, normalise(document.getText()), verdicts)
    this.#placed.set(document, { version: document.version, of, placed })
    return placed
  }

  #verdicts({ sessionId, turnId, path }: TurnFile): Map<string, HunkVerdict> {
    const turn = this.#parts.agent.state(sessionId)?.turns.find(({ id }) => id === turnId)
    const review = turn?.reviews?.find((one) => one.path === path)
    return new Map(review?.verdicts.map(({ id, verdict }) => [id, verdict]))
  }

  #follow(document: vscode.TextDocument): void {
    if (this.#files.size === 0 || this.fileOf(document) === undefined) return
    this.#typed.add(document)
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => this.#settle(), QUIET_MS)
  }

  /** Undoing and doing again are verdicts too. */
  #settle(): void {
    for (const document of this.#typed) {
      const file = this.fileOf(document)
      const session = file && this.#parts.agent.get(file.sessionId)
      if (file === undefined || session === undefined || document.isClosed) continue
      const said = verdictsOfText(this.#place(document))
      for (const verdict of ['open', 'rejected'] as const) {
        const ids = said.filter((one) => one.verdict === verdict).map(({ id }) => id)
        if (ids.length > 0) record(session, file, verdict, ids)
      }
    }
    this.#typed.clear()
    this.#changed.fire()
  }
}

function record(
  session: Session,
  { turnId, path, hunks }: Pick<FileHunks, 'turnId' | 'path' | 'hunks'>,
  verdict: HunkVerdict | 'open',
  ids: readonly string[],
  conflict?: string,
): void {
  session.record(turnId, {
    type: 'hunksReviewed',
    path,
    hunks: [...ids],
    verdict,
    of: hunks.length,
    ...(conflict !== undefined && { conflict }),
  })
}
