import { describe, expect, it } from 'vitest'
import { look, stateWords, statusSentence } from '../../../../src/ui/words/callWords.ts'
import { amount, dollars, ordinal, plural, span, turnSpan } from '../../../../src/ui/words/spans.ts'
import { plainLine, visible } from '../../../../src/ui/words/visible.ts'
import { aCall } from '../samples.ts'

const NB = '\u202f'

describe('spans', () => {
  it('are whole seconds while live, tenths after, minutes from sixty seconds', () => {
    expect([span(2345, true), span(2345)]).toEqual([`2${NB}s`, `2.3${NB}s`])
    expect([span(59_949), span(59_950), span(72_000)]).toEqual([`59.9${NB}s`, '1:00', '1:12'])
    expect([span(59_999, true), span(60_000, true)]).toEqual([`59${NB}s`, '1:00'])
    expect(span(-5)).toBe(`0.0${NB}s`)
    expect([turnSpan(400), turnSpan(41_000)]).toEqual([`0.4${NB}s`, `41${NB}s`])
  })

  it('go with amounts, places and money', () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal).join(' ')).toBe('1st 2nd 3rd 4th 11th 12th 13th 21st 112th')
    expect([plural(1, 'call'), plural(2, 'call')]).toEqual(['1 call', '2 calls'])
    expect([amount(940), amount(41_300), amount(999_960)]).toEqual(['940', '41.3k', '1.0M'])
    expect([dollars(0.14), dollars(0.004), dollars(0)]).toEqual(['$0.14', '<$0.01', '$0.00'])
  })
})

describe("a call's words", () => {
  it('say what it waits for, in three lengths', () => {
    const lock = aCall({ status: 'waiting', waitingFor: { kind: 'lock', resource: 'src/a.ts', place: 2 } })
    expect(stateWords(lock)).toEqual(['waiting for src/a.ts, 2nd in line', 'src/a.ts, 2nd in line', '2nd in line'])
    const waitingFor = { kind: 'hazard', callId: 'c0', name: 'edit_file', summary: 'src/a.ts' } as const
    expect(stateWords(aCall({ status: 'waiting', waitingFor }))).toEqual([
      'after edit_file src/a.ts',
      'after edit_file src/a.ts',
      'after edit_file',
    ])
  })

  it('tell an exit code that is not 0 from a success', () => {
    const call = aCall({ status: 'completed', exitCode: 1, fact: 'exit 1, 2 of 14 tests' })
    expect(look(call)).toBe('nonzero')
    expect(stateWords(call)).toEqual(['exit 1, 2 of 14 tests', 'exit 1', 'exit 1'])
    expect(look(aCall({ status: 'completed', exitCode: 0 }))).toBe('completed')
  })

  it('give the first words of an error, and its code where there is little room', () => {
    const result = 'Error (bad_pattern): unclosed group at 8.\nEscape the parenthesis.'
    expect(stateWords(aCall({ status: 'failed', reason: 'bad_pattern', result }))).toEqual([
      'unclosed group at 8',
      'unclosed group at 8',
      'bad pattern',
    ])
    const denied = (result: string) => stateWords(aCall({ status: 'failed', reason: 'denied', result }))[0]
    expect(denied('Error (denied): The user denied this. Go on.')).toBe('denied by you')
    expect(denied('Error (denied): Asks because it must. Nobody can answer here.')).toBe('denied')
  })

  it('say whether a stopped call left something', () => {
    const stopped = { status: 'cancelled', reason: 'stop', startedAt: 1 } as const
    expect(stateWords(aCall({ ...stopped, result: 'Cancelled (stop): half a page' }))[0]).toBe(
      'stopped by you, partial result',
    )
    expect(stateWords(aCall({ ...stopped, result: 'Cancelled (stop): no output so far.' }))[0]).toBe('stopped by you')
    expect(stateWords(aCall({ ...stopped, reason: 'timeout', output: 'x' }))[1]).toBe('timed out, partial')
    expect(stateWords(aCall({ ...stopped, fact: 'effect unknown' }))[0]).toBe('stopped, effect unknown')
  })

  it('name the processes that it waits for', () => {
    const waiting = aCall({ status: 'waiting', waitingFor: { kind: 'process', ids: ['dev', 'tests'] } })
    expect(stateWords(waiting)[2]).toBe('waiting for dev, tests')
  })

  it('say what a steer did to it', () => {
    const backgrounded = aCall({ status: 'backgrounded', reason: 'steer', fact: 'typecheck' })
    const whole = 'goes on in the background as typecheck'
    expect(stateWords(backgrounded)).toEqual([whole, 'goes on as typecheck', 'typecheck'])
    expect(statusSentence(backgrounded)).toBe(whole)
    expect(stateWords(aCall({ status: 'deferred', reason: 'steer' }))[2]).toBe('did not run')
    const returned = aCall({ status: 'cancelled', reason: 'steer', startedAt: 1, result: 'Cancelled (steer): half' })
    expect(stateWords(returned)).toEqual([
      'returned early, partial result',
      'returned early, partial',
      'returned early',
    ])
  })
})

describe('text from elsewhere', () => {
  it('shows what would hide or turn the order of what is read', () => {
    expect(visible('a\u202eb\u200bc\u001b[0m\tx\n')).toBe('a\\u{202e}b\\u{200b}c\\u{001b}[0m\tx\n')
  })

  it('of a terminal stands as it stands in the end', () => {
    expect(plainLine('\u001b[32m✓\u001b[0m done \u001b]0;title\u0007now\r')).toBe('✓ done now')
    expect(plainLine('10 %\r50 %\r100 %')).toBe('100 %')
  })
})
