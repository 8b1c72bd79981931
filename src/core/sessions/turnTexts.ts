/** What a turn made of one file: texts with `\n`, undefined where there was no file (or none that is text). */
export interface TurnText {
  before: string | undefined
  after: string | undefined
}

/** What a turn made of its files. */
export interface TurnTexts {
  /** Undefined for a file that the turn did not touch, or that is no longer kept. `path` is absolute. */
  of(sessionId: string, turnId: string, path: string): Promise<TurnText | undefined>
}
