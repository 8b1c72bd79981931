import { expect, test } from 'vitest'
import type { Problem } from '../../../../src/core/ports.ts'
import { askUser } from '../../../../src/core/tools/askUser.ts'
import { diagnostics } from '../../../../src/core/tools/diagnostics.ts'
import { todo } from '../../../../src/core/tools/todo.ts'
import { textOf, Workbench } from './workbench.ts'

test('diagnostics of all files or of one, the worst first', async () => {
  await using bench = await Workbench.open()
  const problem = { line: 2, column: 3, message: 'no\n  such', severity: 'warning' } as const
  bench.problems = [
    { ...problem, path: 'b.ts' },
    { ...problem, path: 'a.ts', severity: 'error', source: 'ts' },
  ]
  const tool = diagnostics(bench.ports)
  const all = await bench.call(tool, {})
  expect(all).toEqual({
    kind: 'completed',
    text: 'a.ts:2:3 error no such (ts)\nb.ts:2:3 warning no such',
    fact: '2 problems',
  })
  expect(await bench.call(tool, { path: 'b.ts' })).toMatchObject({
    text: 'b.ts:2:3 warning no such',
    fact: '1 problem',
  })
  expect(await bench.call(tool, { path: 'c.ts' })).toMatchObject({ text: 'No problems in c.ts.', fact: '0 problems' })
})

test('many problems are cut and counted', async () => {
  await using bench = await Workbench.open()
  const problem: Problem = { path: 'a.ts', line: 1, column: 1, message: 'x', severity: 'hint' }
  bench.problems = Array.from({ length: 130 }, () => problem)
  const text = textOf(await bench.call(diagnostics(bench.ports), {}))
  expect(text.split('\n')).toHaveLength(101)
  expect(text).toContain('(30 more.')
})

test('ask_user gives the answer, or the failure when nobody can answer', async () => {
  await using bench = await Workbench.open()
  expect(askUser().deadlineMs).toBeUndefined()
  expect(await bench.call(askUser(), { question: 'Which?' })).toMatchObject({ kind: 'failed', code: 'denied' })
  bench.answer = 'blue'
  expect(textOf(await bench.call(askUser(), { question: 'Which?', options: ['red'] }))).toBe('The user answered: blue')
})

test('todo echoes the whole list', async () => {
  await using bench = await Workbench.open()
  const items = [
    { text: 'read', status: 'done' },
    { text: 'write', status: 'active' },
    { text: 'test', status: 'pending' },
  ]
  const result = await bench.call(todo(), { items })
  expect(result).toEqual({ kind: 'completed', text: '[x] read\n[~] write\n[ ] test', fact: '1 of 3 done' })
})
