import type { HunkVerdict, SessionEvent } from './events.ts'

/** The user's verdicts on what a turn made of a file. */
export interface FileReview {
  path: string
  /** How many hunks there are. */
  of: number
  verdicts: { id: string; verdict: HunkVerdict }[]
  /** What could not be taken back, and why. */
  conflict?: string
}

/** What the user has decided, after one more decision. */
export function withReview(
  reviews: FileReview[] = [],
  event: Extract<SessionEvent, { type: 'hunksReviewed' }>,
): FileReview[] {
  const { path, hunks, verdict, of, conflict } = event
  const before = reviews.find((review) => review.path === path)
  const kept = (before?.verdicts ?? []).filter(({ id }) => !hunks.includes(id))
  const added = verdict === 'open' ? [] : hunks.map((id) => ({ id, verdict }))
  const review = { path, of, verdicts: [...kept, ...added], ...(conflict !== undefined && { conflict }) }
  return before === undefined ? [...reviews, review] : reviews.map((one) => (one === before ? review : one))
}
