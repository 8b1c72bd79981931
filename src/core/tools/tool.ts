import type { ApprovalMode } from '../../protocol/messages.ts'
import type { FileChange, WaitingFor } from '../../protocol/events.ts'
import type * as z from 'zod'
import type { ScriptLanguage } from '../code/scripts.ts'
import type { Reach } from '../approvals/policy.ts'
import type { ShellVerdict } from '../approvals/shell.ts'
import type { ConfigFile } from '../config/config.ts'
import type { KeyPath } from '../config/keys.ts'
import type { CallOwner, Failure, FileTarget } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { Claim } from '../scheduling/claims.ts'
import type { Outcome } from '../scheduling/outcome.ts'

/** What an edit would make of one file. */
export interface Proposal {
  target: FileTarget
  /** With `\n` line endings; undefined where there is no file yet. */
  before: string | undefined
  after: string
  /** Whether the user has changed it. */
  amended?: boolean
}

/** What a call is about to do, as the policy judges it. Made from resolved facts, never from the model's own words. */
export type Action =
  /** Reads files: `outside` the workspace, or files that hold `secret`s, are asked about. */
  | { kind: 'read'; targets: FileTarget[]; preview?: undefined }
  | {
      kind: 'edit'
      targets: FileTarget[]
      /** The changes of all its files as they would be made now; undefined where it would be refused. */
      preview?: (token: CancellationToken) => Promise<FileChange[] | undefined>
      /** What its input does not say, where the changes are too long to be shown whole. */
      detail?: readonly string[]
      /** The edit of one file as it would be made now; undefined where it would be refused. */
      propose?: (token: CancellationToken) => Promise<Proposal | undefined>
      /** From now on the run makes exactly this change, or none. */
      bind?: (proposal: Proposal) => void
    }
  /** `outside`: it asks to run without the walls of the sandbox. */
  | {
      kind: 'command'
      command: string
      cwd: string
      outside?: boolean
      /** What the analysis of the command says; undefined where there is none. */
      shell?: ShellVerdict
      preview?: undefined
    }
  | { kind: 'script'; language: ScriptLanguage; code: string; cwd: string; preview?: undefined }
  /** Writes to a process that runs: what it makes of that, only it knows. */
  | { kind: 'input'; process: string; title: string; text: string; preview?: undefined }
  /** Asks the web: a search engine for a query, or a server for the page at a URL. */
  | { kind: 'web'; query?: string; url?: string; preview?: undefined }
  /** Asks another model or service, which costs and sends away what it is given. */
  | {
      kind: 'auxiliary'
      service: 'vision' | 'image' | 'speech' | 'panel'
      /** What is asked of it. */
      what: string
      /** What is sent, or with `writes` what is written. */
      targets: FileTarget[]
      writes?: boolean
      /** What is fetched and then sent. */
      url?: string
      preview?: undefined
    }
  /** Reads or changes Stretto's own configuration. */
  | {
      kind: 'config'
      file: ConfigFile | 'settings'
      /** The value that is set, resolved. */
      path: KeyPath
      writes: boolean
      /** Undefined: it is removed. */
      value?: unknown
      preview?: undefined
    }
  /** Touches nothing outside the session: a list of things to do, a question to the user. */
  | { kind: 'session'; preview?: undefined }

/** What a tool does with a steer: see the design's table. */
export type OnSteer = 'finish' | 'return' | 'background'

export type ToolResult =
  | {
      kind: 'completed'
      text: string
      /** The card's words. */
      fact?: string
      exitCode?: number
      changes?: FileChange[]
    }
  | (Failure & { changes?: FileChange[] })
  /** It goes on in the background, as the call asked for. */
  | { kind: 'backgrounded'; background: Background }
  /** Cancelled, with what it had got so far. */
  | { kind: 'cancelled'; partial: string; fact?: string; exitCode?: number; changes?: FileChange[] }

/** What goes on when its call has ended. */
export interface Background {
  /** What it is known by. */
  id: string
  /** Its output so far. */
  output: string
}

/** A running call's way to say what goes on. */
export interface CallProgress {
  /** In whose name it acts: what it starts belongs to this turn, also when it goes on after it. */
  readonly owner: CallOwner
  /** How far what it runs may reach. */
  readonly reach: Reach
  /** Adds live output to the card. */
  output(text: string): void
  /** Says what it waits for; undefined when it goes on. A call that waits takes no place among the running. */
  waiting(waitingFor: WaitingFor | undefined): void
  /**
   * Says how the work goes on in the background when the user steers. The function is called at most once, and from then
   * on the work belongs to whoever it was handed to: the call's token no longer ends it.
   */
  onBackground(goOn: () => Background): void
  /** The calls that it makes itself, the same object each time. */
  children(): ChildCalls
  /** Whether a page may be read without a question: where a redirect leads. @throws {CancelledError} */
  permits(url: string): Promise<boolean>
  /** Asks the user in the card; settles with the answer. @throws {CancelledError} */
  ask(question: { question: string; options: string[] }, token: CancellationToken): Promise<string | Failure>
}

/**
 * The calls that one call makes: siblings of each other, with the rights and the way of the model's own. While one of
 * them is open the parent takes no place among the running, and while all of them wait its deadline stands still.
 */
export interface ChildCalls {
  /** Cancelled with the parent; once that goes on in the background, with its turn. */
  readonly token: CancellationToken
  /** All so far, in order of arrival. */
  readonly made: readonly ChildCall[]
  /** Settles with the call's result, never rejects. The token's cancellation ends this call alone. */
  call(name: string, input: unknown, token: CancellationToken): Promise<Outcome>
  /** Ends those that are open: for a parent in the background, which its own token reaches no more. */
  stop(): void
  /** No more can begin; what is open is cancelled. Settles when all have their results. */
  end(): Promise<void>
}

/** One of them; it has no status while it is open. */
export interface ChildCall extends Partial<Pick<Outcome, 'status' | 'reason' | 'fact'>> {
  id: string
  name: string
  summary: string
}

/** What one call will do, with its paths resolved. Made again after each wait: facts may have changed meanwhile. */
export interface Plan {
  claims: Claim[]
  action: Action
  /** What the input asks for in place of the tool's own deadline, in ms. */
  deadlineMs?: number
  /**
   * Does it. Takes its document tickets in the very call, before the first await.
   *
   * @throws {CancelledError}
   */
  run(progress: CallProgress, token: CancellationToken): Promise<ToolResult>
}

/** A tool is data, made by a factory that is given its ports. */
export interface Tool<Input = unknown> {
  name: string
  /** For the model. */
  description: string
  input: z.ZodType<Input>
  onSteer: OnSteer
  /** Longest time its work may take, in ms, from its start; none for a tool that waits for a person. */
  deadlineMs: number | undefined
  /** What the card says after the tool's name. */
  summary(input: Input): string
  plan(input: Input): Promise<Plan | Failure>
  /** The call of another tool that this one stands for: then that one is made in its place, and this one is not planned. */
  through?(input: Input): { name: string; input: unknown } | undefined
}

export function failed(code: string, message: string): Failure {
  return { kind: 'failed', code, message }
}

export type { ApprovalMode }
