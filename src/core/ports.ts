/** What core needs from a host. VS Code implements these in `src/host`, tests in `test/support`. */
import type { FileChange } from '../protocol/events.ts'
import type { CancellationToken } from './scheduling/cancellation.ts'

/** An expected failure, as a value. `message` says what to do next. */
export interface Failure {
  kind: 'failed'
  /** A word in snake_case: `not_found`, `binary_file`, `conflict` … */
  code: string
  message: string
  /** What was done all the same: an edit that is in its buffer and could not be saved. */
  change?: FileChange
}

export interface Folder {
  name: string
  /** Absolute, as the user opened it. */
  path: string
}

export interface Workspace {
  folders(): readonly Folder[]
  /** What a path means where that is no file of this machine; undefined where it may be one. */
  resource?(path: string): FileTarget | Failure | undefined
  trusted(): boolean
}

/** A file after its path was resolved: symlinks followed, case folded where the file system folds it. */
export interface FileTarget {
  /** The physical file: what is locked, compared and opened. Absolute. */
  path: string
  /** The path that was asked for, absolute and normalised, before symlinks were followed. */
  asked: string
  /** As the user reads it: relative to its workspace folder, or absolute outside of all. */
  display: string
  /** Whether the physical file lies in a workspace folder. */
  inside: boolean
  /**
   * What it is where it is no file of this machine: a file of another file system, an untitled buffer. `path` is then
   * its name at locks and in claims.
   */
  uri?: string
}

/** A replacement of the UTF-16 range `[start, end)` of a text. */
export interface TextEdit {
  start: number
  end: number
  text: string
}

/** What a computation sees of a document, and what it wants of it. */
export interface DocumentText {
  /** The buffer's text if the file is open, with `\n` line endings; undefined if there is no file. */
  text: string | undefined
  /** A hash of the text; what `read` gave, to compare with. */
  version: string
}
/** Pure and synchronous; called again on a newer text when the one it saw is gone. Edits are in `\n` coordinates. */
export type Compute = (document: DocumentText) => { edits: TextEdit[] } | Failure

export interface Receipt {
  kind: 'edited'
  /** Versions of the text before and after this caller's own edits. */
  before: string
  after: string
  change: FileChange
  saved: boolean
  /** What the editor made of the text while it saved it (a formatter): the version it is now, and what differs. */
  reformatted?: {
    version: string
    diff: Pick<FileChange, 'added' | 'removed' | 'diff' | 'omitted'>
    /** With `\n`; none where somebody else saved, maybe with changes of his own. */
    text?: string
  }
}

export interface ReadDocument {
  kind: 'read'
  /** With `\n` line endings, without BOM. */
  text: string
  version: string
  dirty: boolean
}

/** Progress of a caller that queues for a document; `place` counts from 1, 0 says that the wait is over. */
export type OnPlace = (place: number) => void

/** In whose name something is done. */
export interface CallOwner {
  sessionId: string
  turnId: string
  callId: string
  /** The call's tool. */
  name?: string
}

export interface EditHooks {
  onPlace?: OnPlace
  /** Whose edit it is; none for what no call does. */
  owner?: CallOwner
  /** The version that the caller knows: what changed since is told where the edit does not fit. */
  known?: string | undefined
}

/** One document's part in a change of several. */
export type DocumentChange =
  /** As `edit` does it: creates the file where there is none and `compute` gives its text. */
  | { kind: 'edit'; target: FileTarget; compute: Compute }
  /** `compute` may refuse it; it gives no edits. */
  | { kind: 'delete'; target: FileTarget; compute: Compute }
  /** Renames the file, edited, to a path where there is none. */
  | { kind: 'move'; target: FileTarget; to: FileTarget; compute: Compute }

export interface Documents {
  /** The buffer's text if the file is open, else the file's. */
  read(target: FileTarget, token: CancellationToken): Promise<ReadDocument | Failure>
  /**
   * Takes a ticket at the document's lock in the very call, computes on the text that earlier tickets left, and
   * settles when the change is applied and saved or refused. Cancelled in the queue: throws, and nothing happened.
   *
   * @throws {CancelledError}
   */
  edit(target: FileTarget, compute: Compute, token: CancellationToken, hooks?: EditHooks): Promise<Receipt | Failure>
  /**
   * Several documents at once, each path in one change only: all of it, or none. Takes a ticket at every lock in the
   * very call; computes everything before anything is applied; puts back what was done when a part fails, and names what
   * could not be put back. Receipts are in the order of the changes. Cancelled in the queue: throws, and nothing happened.
   *
   * @throws {CancelledError}
   */
  change(changes: readonly DocumentChange[], token: CancellationToken, hooks?: EditHooks): Promise<Receipt[] | Failure>
  /** Files whose buffer is newer than the disk. */
  unsaved(): readonly FileTarget[]
}

export interface Problem {
  path: string
  /** From 1. */
  line: number
  column: number
  severity: 'error' | 'warning' | 'information' | 'hint'
  message: string
  source?: string
}

export interface Diagnostics {
  /** All that the Problems panel knows; of one file when given. */
  problems(target: FileTarget | undefined): readonly Problem[]
  /** Whether a language service has spoken of files of this language in this window. */
  speaksOf(target: FileTarget): boolean
  /** Tells of each file whose problems are said anew. */
  onChanged(listener: (target: Pick<FileTarget, 'path'>) => void): { dispose(): void }
}

/** A place in a file; line and column count from 1, columns in UTF-16 units. */
export interface CodePlace {
  target: FileTarget
  line: number
  column: number
}

export interface CodeSymbol extends CodePlace {
  name: string
  /** `function`, `class` … */
  kind: string
  /** What it is in. */
  container?: string
}

/** Pieces of one file's text that are replaced; `end` is behind the last character. */
export interface CodeEdits {
  target: FileTarget
  edits: { start: Omit<CodePlace, 'target'>; end: Omit<CodePlace, 'target'>; text: string }[]
}

/** What the window's language services know. Bounded in time; what nobody knows is empty. */
export interface Languages {
  /** Symbols of the workspace whose names are like the query. */
  find(query: string, token: CancellationToken): Promise<CodeSymbol[] | Failure>
  definitions(of: CodePlace, token: CancellationToken): Promise<CodePlace[] | Failure>
  /** With the definition itself. */
  references(of: CodePlace, token: CancellationToken): Promise<CodePlace[] | Failure>
  /** What renaming it would change; nothing is changed. */
  rename(of: CodePlace, name: string, token: CancellationToken): Promise<CodeEdits[] | Failure>
}

export interface Log {
  info(message: string): void
  warn(message: string): void
  error(message: string, error?: unknown): void
}

export interface Clock {
  now(): number
  /** Calls back once after `ms`, unless disposed before. */
  after(ms: number, callback: () => void): { dispose(): void }
}
