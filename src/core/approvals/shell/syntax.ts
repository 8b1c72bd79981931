/** A node of the parsed command. What is missing has the type `MISSING`, what is wrong `ERROR`. */
export interface SyntaxNode {
  type: string
  /** In UTF-16 code units. */
  start: number
  end: number
  children: readonly SyntaxNode[]
}

/** Undefined when it took too long. */
export type Parse = (text: string) => SyntaxNode | undefined

/** Why a command is not known to be harmless: goes on after "Asks because ". */
export class Doubt {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

/** Text of the command for a reason, on one line and not long. */
export function shown(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return `“${line.length > 40 ? `${line.slice(0, 39)}…` : line}”`
}
