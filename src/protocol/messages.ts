import type { ApprovalAnswer, HunkVerdict, RememberedAnswer, RestoreScope, SessionEvent } from './events.ts'
import type { SessionState } from './state.ts'

export type ApprovalMode = 'ask' | 'edits' | 'all'

/** When edits are reviewed: applied first, or shown first. */
export type ReviewMode = 'after' | 'before'

/** A source of models that was found on this machine, or not. */
export interface ModelWays {
  /** Models that VS Code offers, by name. */
  vscode: string[]
  /** A local server that answers: `Ollama`, `LM Studio`. */
  local?: string
}

/** What the panel shows besides the session. */
export interface Environment {
  /** The chosen model's id; none yet when undefined. `demo` is the script. */
  model?: { id: string; provider: 'openai' | 'vscode' | 'demo'; host?: string }
  ways: ModelWays
  approvals: ApprovalMode
  /** What runs without a question because the user said so, in the panel's session. */
  remembered?: RememberedAnswer[]
  trusted: boolean
  hasFolder: boolean
  /** For links in text: the workspace folder's name. */
  folder?: string
}

/** Buttons of the panel that stand for something in VS Code. */
export type PanelAction =
  | 'setApiKey'
  | 'selectModel'
  | 'useDemo'
  | 'useLocal'
  | 'manageTrust'
  | 'openFolder'
  | 'showLog'
  | 'chooseApprovals'
  | 'tryAgain'
  | 'tryNow'
  | 'newSession'
  | 'summarise'
  /** A turn that did not fit the model, once more with a summary. */
  | 'summariseAndTryAgain'
  | 'raiseLimit'
  | 'stopHere'

/** What the webview tells the host. Parsed at the border: a webview is not trusted. */
export type FromPanel =
  | { type: 'ready' }
  | { type: 'send'; text: string }
  | { type: 'queue'; text: string }
  /** Redirects the running turn; with the id of a queued message, that message. */
  | { type: 'steer'; text: string; messageId?: string }
  | { type: 'unqueue'; messageId: string }
  | { type: 'stop' }
  | { type: 'stopCall'; callId: string }
  | { type: 'approve'; callId: string; fingerprint: string; answer: ApprovalAnswer }
  /** Takes a remembered answer back. */
  | { type: 'revoke'; fingerprint: string }
  | { type: 'reply'; callId: string; text: string }
  | { type: 'action'; action: PanelAction }
  | { type: 'openFile'; path: string; line?: number }
  | { type: 'showDiff'; callId: string; path: string }
  /** The diff of all that one turn did to a file. */
  | { type: 'showTurnDiff'; turnId: string; path: string }
  | { type: 'showOutput'; callId: string }
  /** All that a process of the background has written. */
  | { type: 'showProcess'; processId: string }
  | { type: 'openTerminal'; processId: string }
  | { type: 'stopProcess'; processId: string }
  /** A verdict on all hunks of a file, or of all files, that a turn changed. */
  | { type: 'review'; turnId: string; path?: string; verdict: HunkVerdict }
  /** VS Code's diff of all files that a turn changed. */
  | { type: 'reviewChanges'; turnId: string }
  /** Back to before this turn. */
  | { type: 'restoreCheckpoint'; turnId: string; scope: RestoreScope }
  /** As the session's restores name it. */
  | { type: 'undoRestore'; restoreId: string }
  | { type: 'openLink'; href: string }
  /** Asks where the picture or the sound is that a call made. */
  | { type: 'showMedia'; callId: string }

/** What the host tells the webview. Events follow the snapshot of their session without a gap. */
export type ToPanel =
  | { type: 'snapshot'; state: SessionState; environment: Environment }
  | { type: 'events'; sessionId: string; events: SessionEvent[] }
  | { type: 'environment'; environment: Environment }
  | { type: 'fill'; text: string }
  | { type: 'focus' }
  /** A file of the workspace, at an address of the webview's own. */
  | { type: 'media'; callId: string; src: string }
  /** Bring a call's card into view. */
  | { type: 'reveal'; callId: string }
