import { describe, expect, test } from 'vitest'
import { type Claim, conflicts, ordered } from '../../../../src/core/scheduling/claims.ts'

const read: Claim = { kind: 'read', path: '/w/src/a' }
const edit: Claim = { kind: 'edit', path: '/w/src/a' }
const write: Claim = { kind: 'write', path: '/w/src/a' }
const run: Claim = { kind: 'run' }

describe('the table of hazards', () => {
  test.each([
    [read, read, false],
    [read, edit, true],
    [read, write, true],
    [read, run, false],
    [edit, read, true],
    [edit, edit, false],
    [edit, write, true],
    [edit, run, true],
    [write, read, true],
    [write, edit, true],
    [write, write, true],
    [write, run, true],
    [run, read, false],
    [run, edit, true],
    [run, write, true],
    [run, run, false],
  ] as const)('earlier %j, later %j: waits %s', (earlier, later, waits) => {
    expect(conflicts(earlier, later)).toBe(waits)
  })

  test.each([
    ['/w/src', '/w/src/a', true],
    ['/w/src/a', '/w/src', true],
    ['/w/sr', '/w/src/a', false],
    ['/w/src/a', '/w/src/ab', false],
    ['/', '/w/src/a', true],
    ['C:\\w', 'C:\\w\\a', true],
  ])('%s and %s overlap: %s', (a, b, overlap) => {
    expect(conflicts({ kind: 'write', path: a }, { kind: 'read', path: b })).toBe(overlap)
  })

  test('what is done to one process is done in order, and nothing else waits for it', () => {
    const server: Claim = { kind: 'process', path: 'server' }
    expect(conflicts(server, server)).toBe(true)
    expect(conflicts(server, { kind: 'process', path: 'server-2' })).toBe(false)
    for (const other of [read, edit, write, run]) {
      expect(conflicts(server, other)).toBe(false)
      expect(conflicts(other, server)).toBe(false)
    }
  })

  test('only edits of one and the same document begin in order without waiting for each other', () => {
    expect(ordered(edit, edit)).toBe(true)
    expect(ordered(edit, { kind: 'edit', path: '/w/src/b' })).toBe(false)
    expect(ordered(read, edit)).toBe(false)
  })
})
