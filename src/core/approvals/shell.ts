/** What is known of a command before it runs. */
export type ShellVerdict =
  /** Parsed whole, and known to read nothing but what may be read, to write nothing and to send nothing. */
  | { kind: 'harmless' }
  /** `reason` goes on after "Asks because ", without a full stop: what was not understood, or is not harmless. */
  | { kind: 'asks'; reason: string }

/** What judges commands of this machine's shell; what it cannot parse whole asks. */
export interface ShellAnalysis {
  /**
   * Looks at the files that the command would read, and at git's configuration where it runs git.
   *
   * @param cwd the physical folder that it would run in
   */
  judge(command: string, cwd: string): Promise<ShellVerdict>
}
