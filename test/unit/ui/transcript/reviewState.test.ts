import { describe, expect, it } from 'vitest'
import { replay } from '../../../../src/protocol/state.ts'
import type { FileChange, SessionEvent } from '../../../../src/protocol/events.ts'
import { reviewState, toReview } from '../../../../src/ui/transcript/reviewState.ts'

type Reviewed = Extract<SessionEvent, { type: 'hunksReviewed' }>
const reviewed = (hunks: string[], verdict: Reviewed['verdict'], conflict?: string): Reviewed => ({
  type: 'hunksReviewed',
  at: 0,
  turnId: 't1',
  path: 'a.ts',
  hunks,
  verdict,
  of: 3,
  ...(conflict !== undefined && { conflict }),
})
const change = (path: string): FileChange => ({
  path,
  uri: '',
  kind: 'modified',
  added: 1,
  removed: 0,
  diff: [],
  omitted: 0,
  saved: true,
})

function session(...events: SessionEvent[]) {
  const of = { at: 0, turnId: 't1' }
  return replay('s', [
    { type: 'turnStarted', ...of, messageId: 'm1', text: 'x', source: 'panel', model: 'm' },
    { type: 'callProposed', ...of, callId: 'c1', stepId: 's1', name: 'edit_file', input: {}, summary: '' },
    {
      type: 'callEnded',
      ...of,
      callId: 'c1',
      status: 'completed',
      result: '',
      changes: [change('a.ts'), change('b.ts')],
    },
    ...events,
  ])
}

const words = (...events: SessionEvent[]) => reviewState(session(...events).turns[0]?.reviews?.[0]).words

describe('the review of a file', () => {
  it('says how far it is, and how it ended', () => {
    expect(words()).toBe('')
    expect(words(reviewed(['1'], 'accepted'))).toBe('1 of 3 reviewed')
    expect(words(reviewed(['1', '2', '3'], 'accepted'))).toBe('accepted')
    expect(words(reviewed(['1', '2', '3'], 'rejected'))).toBe('rejected')
    expect(words(reviewed(['1', '2'], 'accepted'), reviewed(['3'], 'rejected'))).toBe('2 accepted, 1 rejected')
  })

  it('goes back when a rejection is undone, and counts a hunk once', () => {
    const all = reviewed(['1', '2', '3'], 'rejected')
    expect(words(all, reviewed(['2'], 'open'))).toBe('2 of 3 reviewed')
    expect(words(all, all, reviewed(['1'], 'accepted'))).toBe('1 accepted, 2 rejected')
  })

  it('keeps what could not be taken back until the next verdict', () => {
    const refused = session(reviewed(['1'], 'rejected', 'You have written there.'))
    expect(refused.turns[0]?.reviews?.[0]?.conflict).toBe('You have written there.')
    const later = session(reviewed(['1'], 'rejected', 'You have written there.'), reviewed(['2'], 'accepted'))
    expect(later.turns[0]?.reviews?.[0]?.conflict).toBeUndefined()
  })

  it('is to be done for the files without all their verdicts', () => {
    expect(toReview(session(), 't1')).toEqual(['a.ts', 'b.ts'])
    expect(toReview(session(reviewed(['1', '2', '3'], 'accepted')), 't1')).toEqual(['b.ts'])
  })
})
