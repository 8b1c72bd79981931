import { expect, test } from 'vitest'
import type { Receipt } from '../../../../src/core/ports.ts'
import { ReadVersions } from '../../../../src/core/tools/readVersions.ts'

function receipt(before: string, after: string, kind: 'added' | 'modified' = 'modified'): Receipt {
  const change = { path: 'a', uri: 'file:///a', kind, added: 1, removed: 0, diff: [], omitted: 0, saved: true }
  return { kind: 'edited', before, after, change, saved: true }
}

test('only the version that was read counts', () => {
  const versions = new ReadVersions()
  expect(versions.has('/a', 'v1')).toBe(false)
  versions.read('/a', 'v1')
  expect(versions.has('/a', 'v1')).toBe(true)
  expect(versions.has('/b', 'v1')).toBe(false)
  versions.read('/a', 'v2')
  expect(versions.has('/a', 'v1')).toBe(false)
})

test('an own write counts from the next step on, even if a sibling reads it', () => {
  const versions = new ReadVersions()
  versions.wrote('/a', receipt('missing', 'v1', 'added'))
  versions.read('/a', 'v1')
  expect(versions.has('/a', 'v1')).toBe(false)
  versions.stepEnded()
  expect(versions.has('/a', 'v1')).toBe(true)
})

test('after an own write the version before it does not count any more', () => {
  const versions = new ReadVersions()
  versions.read('/a', 'v1')
  versions.wrote('/a', receipt('v1', 'v2'))
  expect(versions.has('/a', 'v1')).toBe(false)
})

test('several edits in one step count, an edit of what was never read does not', () => {
  const versions = new ReadVersions()
  versions.read('/a', 'v1')
  versions.wrote('/a', receipt('v1', 'v2'))
  versions.wrote('/a', receipt('v2', 'v3'))
  versions.wrote('/b', receipt('u1', 'u2'))
  versions.stepEnded()
  expect(versions.has('/a', 'v3')).toBe(true)
  expect(versions.has('/b', 'u2')).toBe(false)
})

test('an edit that rebased on a change of the user’s does not count as having read that', () => {
  const versions = new ReadVersions()
  versions.read('/a', 'v1')
  versions.wrote('/a', receipt('user', 'v2'))
  versions.stepEnded()
  expect(versions.has('/a', 'v2')).toBe(false)
})
