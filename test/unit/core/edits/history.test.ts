import { describe, expect, it } from 'vitest'
import { changedLines } from '../../../../src/core/edits/blame.ts'
import { EditHistory } from '../../../../src/core/edits/history.ts'
import { versionOf } from '../../../../src/core/edits/version.ts'

const reader = { sessionId: 's1', turnId: 't2', callId: 'c9' }
const call = (turnId: string, sessionId = 's1') => ({ sessionId, turnId, callId: 'c1', name: 'edit_file' })

/** What is said of the way from the first text to the last. */
function said(...steps: [text: string, by: 'user' | 'disk' | ReturnType<typeof call>][]): string | undefined {
  const history = new EditHistory()
  for (const [text, by] of steps) {
    if (typeof by === 'object') history.wrote('/a', text, by)
    else history.saw('/a', text, by === 'user')
  }
  return history.since('/a', versionOf(steps[0]?.[0]), versionOf(steps.at(-1)?.[0]), reader)
}

describe('who changed what', () => {
  it('names the user, the disk and calls, each with their lines as they are now', () => {
    const text = said(
      ['a\nb\nc\nd\n', 'disk'],
      ['mine\na\nb\nc\nd\n', 'user'],
      ['mine\na\nB\nC\nd\n', call('t2')],
      ['mine\na\nB\nC\nd\nend\n', 'disk'],
    )
    expect(text).toBe(
      'the user changed line 1; edit_file (call c1) changed lines 3 to 4; something on disk (another program, or a save) changed line 6.',
    )
  })
  it('says where lines were taken out', () => {
    expect(said(['a\nb\nc\n', 'disk'], ['a\nc\n', 'user'])).toBe('the user took out lines before line 2.')
  })
  it('tells calls of other turns and sessions apart', () => {
    expect(said(['a\n', 'disk'], ['b\n', call('t1')])).toContain('of an earlier turn changed line 1')
    expect(said(['a\n', 'disk'], ['b\n', call('t1', 's2')])).toContain('of another session changed line 1')
  })
  it('says nothing where nothing changed, or the texts are gone', () => {
    expect(said(['a\n', 'disk'], ['a\n', 'user'])).toBeUndefined()
    const small = new EditHistory(10)
    small.saw('/a', 'a'.repeat(8), false)
    small.saw('/b', 'b'.repeat(8), false)
    small.saw('/a', 'c', true)
    expect(small.since('/a', versionOf('a'.repeat(8)), versionOf('c'))).toBeUndefined()
  })
  it('lists some of many places', () => {
    const before = Array.from({ length: 40 }, (_, line) => String(line))
    const after = before.map((text, line) => (line % 3 === 0 ? `${text}!` : text))
    expect(changedLines(before.join('\n'), after.join('\n'))).toBe('lines 1, 4, 7, 10, 13, 16, 19, 22 and others')
  })
})
