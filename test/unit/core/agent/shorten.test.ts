import { describe, expect, test } from 'vitest'
import { oldestResults, shortenedText } from '../../../../src/core/agent/shorten.ts'
import type { SessionEvent } from '../../../../src/protocol/events.ts'
import { replay, type SessionState } from '../../../../src/protocol/state.ts'

const of = { at: 1, turnId: 't1' }

/** A turn with a step for each result, or more than one of them. */
function session(...steps: string[][]): SessionState {
  const events: SessionEvent[] = [
    { ...of, type: 'turnStarted', messageId: 'm1', text: 'go', source: 'panel', model: 'm' },
    ...steps.flatMap((results, step): SessionEvent[] => [
      { ...of, type: 'stepStarted', stepId: `s${step}`, model: 'm' },
      ...results.flatMap((result, at): SessionEvent[] => {
        const callId = `c${step}.${at}`
        return [
          { ...of, type: 'callProposed', callId, stepId: `s${step}`, name: 'read_file', input: {}, summary: '' },
          { ...of, type: 'callEnded', callId, status: 'completed', result },
        ]
      }),
    ]),
  ]
  return replay('x', events)
}

describe('results that are shortened', () => {
  test('are the oldest long ones, no more than room is needed for, and never those of the last steps', () => {
    const long = 'x'.repeat(5_000)
    const state = session([long, 'short'], [long, long], [long], [long])
    expect(oldestResults(state, 1, 2).callIds).toEqual(['c0.0'])
    expect(oldestResults(state, 6_000, 2).callIds).toEqual(['c0.0', 'c1.0'])
    expect(oldestResults(state, 1e9, 2).callIds).toEqual(['c0.0', 'c1.0', 'c1.1'])
    expect(oldestResults(state, 1e9, 0).callIds).toHaveLength(5)
  })

  test('keep their beginning and their end, whole characters, and say how much is left out', () => {
    const text = `Error (x): ${'🙂'.repeat(3_000)} the end`
    const short = shortenedText(text)
    expect(short).toMatch(/^Error \(x\): /)
    expect(short).toMatch(/the end$/)
    expect(short).toMatch(/5019 characters were left out/)
    expect(short.isWellFormed()).toBe(true)
    expect(shortenedText(text)).toBe(short)
    expect(shortenedText('short')).toBe('short')
  })
})
