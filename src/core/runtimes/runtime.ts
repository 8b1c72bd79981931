import type { Failure } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'

/** A command for the shell of the place where it runs. */
export interface ShellCommand {
  command: string
  /** A folder there; the runtime's own unless given. */
  cwd?: string
  /** In the environment of all that it starts. */
  mark: string
  /** Whether it reads what is written to the carrying process; otherwise its input is empty. */
  input: boolean
}

/** A local command line that has the command run there. The end of its input ends the command with all it started. */
export interface Carrier {
  file: string
  args: readonly string[]
}

/** How scripts' calls come from there: as files that commands reach, or over the connection of the script's own kernel. */
export type ScriptTransport = 'files' | 'stream'

/** Where commands and scripts run. What is local is one of several. */
export interface Runtime extends AsyncDisposable {
  /** As the user reads it: `build@host`, `container web`. */
  readonly label: string
  /** The folder there in which commands run. */
  readonly folder: string
  readonly transport: ScriptTransport
  /** @throws {CancelledError} */
  carry(command: ShellCommand, token: CancellationToken): Promise<Carrier | Failure>
  /** Why the carrying process ended with this code, when that says nothing of the command: the connection was lost. */
  lost(exitCode: number | undefined, errors: string): Failure | undefined
}
