/** The port over which tools run scripts; kernels are behind it. */
import type { Reach } from '../approvals/policy.ts'
import type { CallOwner, Failure } from '../ports.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'

export type ScriptLanguage = 'javascript' | 'python'

/** A tool call that a script makes. */
export interface ScriptCall {
  name: string
  /** Not looked at yet. */
  input: unknown
}

export type ScriptReply = { kind: 'text'; text: string } | Failure

/** What a script that runs can be told. */
export interface RunningScript {
  /** The token that the script was given ends it no more: it belongs to its owner, and ends by `stop` or `dispose`. */
  detach(): void
  /** Ends it with all that it started; settles, here within 2.5 s, when it has ended. Safe to call again. */
  stop(): Promise<void>
}

export interface ScriptOptions {
  language: ScriptLanguage
  code: string
  /** Where it runs, when that is not this machine: there, in the runtime's folder. */
  runtime?: Runtime | undefined
  /** On this machine: an existing folder, absolute. */
  cwd: string
  owner: CallOwner
  /** How far it may reach. */
  reach: Reach
  /**
   * Hears what the script and its children print, as it comes; nothing after the script's end. A promise holds the rest
   * back until it settles; it never rejects.
   */
  onOutput(text: string): Promise<void> | void
  /** Never rejects. The token is cancelled when the script takes the call back or ends. */
  onCall(call: ScriptCall, token: CancellationToken): Promise<ScriptReply>
  /** Called once, when it has a kernel and begins. */
  onStart?(script: RunningScript): void
}

/** `error` is what the script did not catch, with its traceback. Stopped: by its token or by `stop`. */
export type ScriptEnd = { kind: 'ended'; error?: string } | { kind: 'stopped' }

export interface Scripts {
  /**
   * Runs a script to its end, after all of its output was heard and all of its calls have a reply. It may wait for a
   * kernel first. A failure says why there is no kernel, or that the script ended its own, and what to do.
   *
   * @throws {CancelledError} when cancelled before it began: nothing ran
   */
  run(options: ScriptOptions, token: CancellationToken): Promise<ScriptEnd | Failure>
}
