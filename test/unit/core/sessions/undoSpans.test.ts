import { expect, test } from 'vitest'
import { undoSpans } from '../../../../src/core/sessions/undoSpans.ts'

const whole = (text: string | undefined) => ({ kind: 'undone', text, merged: false })

test('an untouched result goes back, whatever it was', () => {
  expect(undoSpans('b', [{ before: 'a', after: 'b' }])).toEqual(whole('a'))
  expect(undoSpans('b', [{ before: undefined, after: 'b' }])).toEqual(whole(undefined))
  expect(undoSpans(undefined, [{ before: 'a', after: undefined }])).toEqual(whole('a'))
  expect(undoSpans('', [{ before: undefined, after: '' }])).toEqual(whole(undefined))
})

test('what is as it was already stays', () => {
  expect(undoSpans('a', [{ before: 'a', after: 'b' }])).toEqual(whole('a'))
  expect(undoSpans(undefined, [{ before: undefined, after: 'b' }])).toEqual(whole(undefined))
})

test('changes are taken back the last one first, those between them kept', () => {
  const spans = [
    { before: '1\n2\n3\n4\n5\n', after: 'A\n2\n3\n4\n5\n' },
    { before: 'A\n2\nuser\n4\n5\n', after: 'A\n2\nuser\n4\nB\n' },
  ]
  expect(undoSpans('A\n2\nuser\n4\nB\n', spans)).toEqual({ kind: 'undone', text: '1\n2\nuser\n4\n5\n', merged: true })
})

test('nothing of somebody else’s is lost: such a file is left alone', () => {
  const cases = [
    ['user', { before: 'a', after: 'b' }],
    [undefined, { before: 'a', after: 'b' }],
    ['user', { before: 'a', after: undefined }],
    ['b and user', { before: undefined, after: 'b' }],
  ] as const
  for (const [now, span] of cases) expect(undoSpans(now, [span]).kind, now).toBe('conflict')
})
