import type { FileReview } from '../../protocol/reviews.ts'
import type { SessionState } from '../../protocol/state.ts'
import { changedFiles } from './changedFiles.ts'

/** How far the review of a file is; `words` is empty before it has begun. */
export interface ReviewState {
  done: boolean
  words: string
  /** For where there is little room. */
  short: string
}

export function reviewState(review: FileReview | undefined): ReviewState {
  if (review === undefined || review.verdicts.length === 0) return { done: false, words: '', short: '' }
  const { verdicts, of } = review
  const accepted = verdicts.filter(({ verdict }) => verdict === 'accepted').length
  const rejected = verdicts.length - accepted
  if (verdicts.length < of) {
    const some = `${verdicts.length} of ${of}`
    return { done: false, words: `${some} reviewed`, short: some }
  }
  const words = rejected === 0 ? 'accepted' : accepted === 0 ? 'rejected' : `${accepted} accepted, ${rejected} rejected`
  return { done: true, words, short: accepted > 0 && rejected > 0 ? 'reviewed' : words }
}

/** The files of a turn that still need a verdict. */
export function toReview({ calls, turns }: SessionState, turnId: string): string[] {
  const reviews = turns.find(({ id }) => id === turnId)?.reviews ?? []
  return changedFiles(calls.filter((call) => call.turnId === turnId))
    .map(({ path }) => path)
    .filter((path) => !reviewState(reviews.find((review) => review.path === path)).done)
}
