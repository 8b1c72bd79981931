import type { Failure } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'

/** Stretto's settings as the editor keeps them for the user. A key goes without the name of the extension. */
export interface OwnSettings {
  /** The value that holds for each key that there is. */
  all(): Readonly<Record<string, unknown>>
  /** What is wrong with a value for this key; undefined where nothing is. The default always fits. */
  misfit(key: string, value: unknown): string | undefined
  /**
   * Sets it for the user; undefined brings the default back. Codes: `io`.
   *
   * @throws {CancelledError} when it was cancelled before it was written
   */
  set(key: string, value: unknown, token: CancellationToken): Promise<Failure | undefined>
}
