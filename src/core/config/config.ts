import type { Failure } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { McpFile, ModelFile, PermissionFile } from './schemas.ts'

/** In the one order in which their locks are taken. */
export const configFiles = ['models', 'mcp', 'permissions'] as const
export type ConfigFile = (typeof configFiles)[number]

/** What a file means, checked; an empty one where there is no file. */
export interface ConfigContent {
  models: ModelFile
  mcp: McpFile
  permissions: PermissionFile
}

/** A file as it is written. */
export type ConfigValue = Readonly<Record<string, unknown>>

/** Gives what the file is to hold. Pure and synchronous: it runs under the file's lock. */
export type ConfigChange = (value: ConfigValue) => ConfigValue | Failure

/** Stretto's own configuration: `models.jsonc`, `mcp.jsonc` and `permissions.jsonc`, shared by all windows. */
export interface Config {
  /** The file as it is now. Codes: `invalid_config` with the place of what is wrong, `io`. */
  read<F extends ConfigFile>(file: F): Promise<ConfigContent[F] | Failure>
  /** The file's own words, for whoever changes single values of it. */
  readValue(file: ConfigFile): Promise<ConfigValue | Failure>
  /** The physical file behind it: what calls claim. */
  locate(file: ConfigFile): Promise<string>
  /**
   * Changes a file under its lock, between windows too: reads it, checks it, and replaces it as a whole. Comments and
   * formatting stay. A file that is broken, or that would not fit its schema, is left byte for byte as it was. Codes:
   * those of `read`, `locked` when the lock is not to be had, and the change's own.
   *
   * @throws {CancelledError} when it was cancelled before it was written: nothing happened
   */
  update(file: ConfigFile, change: ConfigChange, token: CancellationToken): Promise<Failure | undefined>
  /** The same for several files: all are checked before the first is written. */
  updateAll(
    changes: Readonly<Partial<Record<ConfigFile, ConfigChange>>>,
    token: CancellationToken,
  ): Promise<Failure | undefined>
  /** A file changed, whoever changed it, in whatever window or program. */
  onChanged(listener: (file: ConfigFile) => void): { dispose(): void }
}
