import { judge, type Harmless } from './shell/judge.ts'
import { oddText, stepsOf } from './shell/script.ts'
import { Doubt, type Parse } from './shell/syntax.ts'
import type { Surroundings } from './shell/words.ts'

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

/** What a command of bash does, as far as its text says. Pure: the same text has the same answer. */
export function analyse(command: string, parse: Parse, surroundings: Surroundings): Harmless | Doubt {
  const odd = oddText(command)
  if (odd !== undefined) return odd
  const root = parse(command)
  if (root === undefined) return new Doubt('the command takes too long to be understood')
  const steps = stepsOf(root, command, surroundings)
  return steps instanceof Doubt ? steps : judge(steps)
}
