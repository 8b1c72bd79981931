import { describe, expect, it } from 'vitest'
import { groups, sumOfFacts } from '../../../../src/ui/calls/folding.ts'
import { aCall } from '../samples.ts'

const done = (id: string, name = 'search_files') => aCall({ id, name, status: 'completed' })
const shape = (calls: ReturnType<typeof aCall>[], stands: (id: string) => boolean = () => false): string =>
  groups(calls, stands)
    .map((group) => (group.kind === 'call' ? group.id : `[${group.calls.map(({ id }) => id).join(' ')}]`))
    .join(' ')

describe('folding', () => {
  it('takes four or more completed neighbours of one tool', () => {
    expect(shape([done('a'), done('b'), done('c')])).toBe('a b c')
    expect(shape([done('a'), done('b'), done('c'), done('d'), done('e', 'read_file')])).toBe('[a b c d] e')
  })

  it('leaves out what runs, what failed, what exited with another code, what is open', () => {
    const calls = ['a', 'b', 'c', 'd', 'e'].map((id) => done(id))
    expect(shape([...calls, aCall({ id: 'f', name: 'search_files' })])).toBe('[a b c d e] f')
    expect(shape(calls.map((call) => (call.id === 'c' ? { ...call, exitCode: 1 } : call)))).toBe('a b c d e')
    expect(shape(calls, (id) => id === 'e')).toBe('[a b c d] e')
    expect(shape(calls, (id) => id === 'b')).toBe('a b c d e')
  })

  it('adds up facts that count one thing', () => {
    const facts = (...list: string[]) => sumOfFacts(list.map((fact) => aCall({ fact })))
    expect(facts('1 match', '16 matches')).toBe('17 matches')
    expect(facts('148 lines', '2 lines')).toBe('150 lines')
    expect(facts('1 line', '2 files')).toBe('')
    expect(facts('exit 0')).toBe('')
  })
})
