/** Holds a script until a test lets it go on. */
export interface Gate {
  /** Settles when the script has come to the gate. */
  readonly reached: Promise<void>
  readonly opened: Promise<void>
  /** What the script does when it comes to the gate. */
  reach(): void
  open(): void
}

export function gate(): Gate {
  const reaching = Promise.withResolvers<void>()
  const opening = Promise.withResolvers<void>()
  return { reached: reaching.promise, opened: opening.promise, reach: reaching.resolve, open: opening.resolve }
}
