/** The one union of everything that happens in a session: the journal's lines and the UI's updates. */
import type { Raised } from './budget.ts'
import type { ContextMeasure } from './context.ts'

export type CallStatus =
  | 'proposed'
  | 'queued'
  | 'approval'
  | 'waiting'
  | 'running'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'deferred'
  | 'backgrounded'

/** The states in which a call has its result. */
export type EndStatus = 'completed' | 'failed' | 'cancelled' | 'deferred' | 'backgrounded'

/** Why a token was cancelled, weakest first. */
export type CancelReason = 'steer' | 'timeout' | 'stop' | 'dispose'

/** What a waiting call waits for: an earlier sibling, a document's lock (`place` counts from 1), a script's kernel, processes. */
export type WaitingFor =
  | { kind: 'hazard'; callId: string; name: string; summary: string }
  | { kind: 'lock'; resource: string; place: number }
  | { kind: 'kernel' }
  | { kind: 'process'; ids: string[] }

/** A line of a unified diff; `line` is the number on the side that the line belongs to (new for context). */
export interface DiffLine {
  kind: 'context' | 'added' | 'removed'
  line: number
  text: string
}

/** What one call did to one file. Counts are lines; `diff` is cut after a bounded number of lines. */
export interface FileChange {
  /** As the user reads it: relative to the workspace folder where it is inside one. */
  path: string
  uri: string
  kind: 'modified' | 'added' | 'deleted' | 'moved'
  /** Where a moved file was before. */
  from?: { path: string; uri: string }
  added: number
  removed: number
  diff: DiffLine[]
  /** Lines of the diff that `diff` leaves out. */
  omitted: number
  saved: boolean
  /** Why it was left unsaved, in words. */
  unsavedReason?: string
}

/** A question put to the user about one call. What is allowed is exactly this `fingerprint`. */
export interface ApprovalRequest {
  fingerprint: string
  /** What will be done, whole, resolved and with control characters escaped. */
  action: string
  /** Where it happens: the folder of a command. */
  where?: string
  /** Why it asks, as a sentence. */
  reason: string
  /** The changes that an edit would make now, of all its files. */
  previews?: FileChange[]
  /** Whether the answer can be remembered, for the session or the workspace. */
  canRemember: boolean
  /** Whether the user may change the edit before allowing it: the question is then put again, with their words. */
  editable?: boolean
}

/** `session` and `workspace` hold for exactly the same again, as long as that lasts; the user can take them back. */
export type ApprovalAnswer = 'once' | 'session' | 'workspace' | 'deny'

/** An answer that holds until it is taken back. */
export interface RememberedAnswer {
  fingerprint: string
  tool: string
  /** What is allowed, as the question showed it. */
  action: string
  /** The folder of a command. */
  where?: string | undefined
  /** A host whose pages may be read. */
  host?: string | undefined
  scope: 'session' | 'workspace'
}

/** A question of the model's to the user, answered in the call's card. */
export interface UserQuestion {
  question: string
  options: string[]
}

/** The user's word on a hunk: neighbouring lines that a turn changed in a file. */
export type HunkVerdict = 'accepted' | 'rejected'

export type RestoreScope = 'files' | 'conversation' | 'both'

/** What restoring did to files; paths as the user reads them. */
export interface RestoredFiles {
  /** Of the checkpoint by which it can be taken back. */
  id: string
  /** As they were before. */
  restored: string[]
  /** As they were before, but for what others changed since. */
  merged: string[]
  /** Could not be restored without losing something, or at all. */
  left: { path: string; why: string }[]
  /** What was not kept in the first place, as sentences. */
  gaps: string[]
}

export interface Usage {
  inputTokens: number
  outputTokens: number
  /** Of the input's, read from the endpoint's cache. */
  cachedInputTokens?: number
  costUsd?: number
}

/** Why a turn waits: the next request would go over a limit, or nobody knows whether it would. */
export type BudgetQuestion =
  | {
      kind: 'usd' | 'tokens'
      limit: number
      spent: number
      /** What the next request would take, about. */
      estimate: number
      /** What raising adds to the limit: the limit as it is set, often enough for the request. */
      more: number
    }
  /** There is a limit in USD, and the model's price is not known. */
  | { kind: 'price'; limit: number; model: string }

export type BudgetAnswer = 'raise' | 'stop'

export interface TurnError {
  code: string
  message: string
}

export type TurnSource = 'panel' | 'command' | 'codeAction' | 'api'

interface Base {
  /** Milliseconds since the epoch. */
  at: number
  turnId: string
}
interface OfCall extends Base {
  callId: string
}

interface OfProcess extends Base {
  /** Unique among those that go on in the session. */
  processId: string
}

export type SessionEvent =
  | (Base & {
      type: 'turnStarted'
      messageId: string
      text: string
      /** What the model gets along with the text: a selection, a diagnostic. */
      context?: string
      source: TurnSource
      model: string
    })
  | (Base & { type: 'stepStarted'; stepId: string; model: string; context?: ContextMeasure })
  | (Base & { type: 'textAdded'; stepId: string; text: string })
  /** What the model thinks before it answers: for the user, and never sent back as text. */
  | (Base & { type: 'reasoningAdded'; stepId: string; text: string })
  /** A call's arguments are still being written by the model; `bytes` have come so far. */
  | (Base & { type: 'callDrafted'; stepId: string; index: number; name: string; bytes: number })
  | (Base & {
      type: 'stepEnded'
      stepId: string
      usage?: Usage
      broken?: string
      /** What the endpoint wants back with this answer in the next request: opaque. */
      reasoning?: unknown
    })
  | (Base & {
      type: 'notice'
      level: 'info' | 'warning'
      code: string
      text: string
      retryAt?: number
      attempt?: number
    })
  | (Base & { type: 'turnEnded'; status: 'completed' | 'stopped' | 'failed'; error?: TurnError })
  | (Base & { type: 'stopRequested' })
  | (Base & { type: 'messageQueued'; messageId: string; text: string })
  | (Base & { type: 'messageUnqueued'; messageId: string })
  /** A message for the running turn: it goes with the next request. */
  | (Base & { type: 'messageSteered'; messageId: string; text: string })
  /** A steer has its place in the conversation; `request` counts the turn's requests from 1. */
  | (Base & { type: 'messageDelivered'; messageId: string; request: number })
  /** Something goes on in the background: of the call `startedBy`, in whose turn's name. */
  | (OfProcess & {
      type: 'processStarted'
      startedBy: string
      /** What the user reads: the command line. */
      title: string
      kind: 'command' | 'script'
      /** Whether it can be written to. */
      input: boolean
      /** Left behind by a command that has ended. */
      detached: boolean
    })
  /** The last lines of what it has written so far. */
  | (OfProcess & { type: 'processOutput'; tail: string })
  /** `how` is in words: `exit code 0`. */
  | (OfProcess & { type: 'processEnded'; how: string })
  /** The user's verdicts on hunks of a file, or what undoing made of them. */
  | (Base & {
      type: 'hunksReviewed'
      /** As in the turn's changes. */
      path: string
      hunks: string[]
      /** `open` takes a verdict back. */
      verdict: HunkVerdict | 'open'
      /** How many hunks the turn has in the file. */
      of: number
      /** What could not be taken back, and why. */
      conflict?: string
    })
  /** The user chose the model of the session's next turns; the window's own where `model` is empty. */
  | (Base & { type: 'modelChosen'; model: string; label: string })
  /** The user went back to before this turn: with the conversation, it and what came after it are no more. */
  | (Base & { type: 'restored'; scope: RestoreScope; files?: RestoredFiles })
  /** The user took that back; `id` is that of the state's restore. */
  | (Base & { type: 'restoreUndone'; id: string; files?: RestoredFiles })
  /** The beginning of the conversation is being summarised. */
  | (Base & { type: 'compacting' })
  /** From now on the model gets the summary in place of all messages up to that one; the journal keeps them. */
  | (Base & { type: 'compacted'; summary: string; upTo: string; messages: number; context?: ContextMeasure })
  /** From now on the model gets the results of these calls shortened. */
  | (Base & { type: 'shortened'; callIds: string[]; context?: ContextMeasure })
  /** Nothing came of it; why, in words, unless it was stopped. */
  | (Base & { type: 'compactionEnded'; error?: string })
  /** A request beside the conversation's own: a summary, a tool's. */
  | (Base & { type: 'charged'; usage: Usage })
  | (Base & { type: 'budgetReached'; question: BudgetQuestion })
  /** `raised` is all that the user has added to the limits so far. */
  | (Base & { type: 'budgetAnswered'; answer: BudgetAnswer; raised?: Raised })
  | (OfCall & {
      type: 'callProposed'
      stepId: string
      name: string
      input: unknown
      /** What the card says after the tool's name. */
      summary: string
      /** Its place among the calls of its step, as the model wrote them. */
      index?: number
      /** The call whose script or sub-agent made this one. */
      parentId?: string
      /** The tool through which the model asked for it. */
      via?: 'more_tools'
    })
  | (OfCall & { type: 'callQueued' })
  | (OfCall & { type: 'callApproval'; request: ApprovalRequest })
  | (OfCall & { type: 'callAnswered'; answer: ApprovalAnswer })
  | (OfCall & { type: 'callAsked'; question: UserQuestion })
  | (OfCall & { type: 'callWaiting'; waitingFor: WaitingFor })
  | (OfCall & { type: 'callRunning' })
  | (OfCall & { type: 'callOutput'; text: string })
  /** Arguments that came after the call had begun, and were ignored. */
  | (OfCall & { type: 'callExtra'; bytes: number })
  | (OfCall & {
      type: 'callEnded'
      status: EndStatus
      /** What the model sees. */
      result: string
      /** The cancellation's reason, or the failure's code. */
      reason?: string
      /** The card's words: `148 lines`, `exit 0`. */
      fact?: string
      exitCode?: number
      changes?: FileChange[]
    })
