import { expect, test } from 'vitest'
import { versionOf } from '../../../../src/core/edits/version.ts'
import { readFile } from '../../../../src/core/tools/readFile.ts'
import { textOf, Workbench } from './workbench.ts'

const numbered = (count: number): string => Array.from({ length: count }, (_, at) => `row ${at + 1}\n`).join('')

test('gives numbered lines and says how many', async () => {
  await using bench = await Workbench.open({ 'a.txt': 'one\r\ntwo\n\nlast' })
  const result = await bench.call(readFile(bench.ports), { path: 'a.txt' })
  expect(result).toEqual({
    kind: 'completed',
    text: '     1\tone\n     2\ttwo\n     3\t\n     4\tlast',
    fact: '4 lines',
  })
})

test('a part says where it is and how to read on', async () => {
  await using bench = await Workbench.open({ 'a.txt': numbered(50) })
  const result = await bench.call(readFile(bench.ports), { path: 'a.txt', offset: 10, limit: 2 })
  const text = '    10\trow 10\n    11\trow 11\n(Lines 10 to 11 of 50. Read on with offset 12.)'
  expect(result).toEqual({ kind: 'completed', text, fact: '2 of 50 lines' })
})

test('stops at the limit of a result, after 2,000 lines, and cuts long lines', async () => {
  await using bench = await Workbench.open({
    'many.txt': '\n'.repeat(3_000),
    'wide.txt': 'x'.repeat(5_000),
    'big.txt': numbered(9_000),
  })
  const tool = readFile(bench.ports)
  expect(textOf(await bench.call(tool, { path: 'many.txt' }))).toContain(
    '(Lines 1 to 2000 of 3000. Read on with offset 2001.)',
  )
  expect(textOf(await bench.call(tool, { path: 'wide.txt' }))).toMatch(/^ {5}1\tx{2000} … \(3000 more characters\)$/)
  bench.settings.outputBytes = 1_000
  const text = textOf(await bench.call(tool, { path: 'big.txt' }))
  expect(text.length).toBeLessThan(1_100)
  expect(text).toMatch(/Lines 1 to \d+ of 9000/)
})

test('a missing file fails and names what is near', async () => {
  await using bench = await Workbench.open({ 'src/parser.ts': '', 'src/other.md': '' })
  const text = textOf(await bench.call(readFile(bench.ports), { path: 'src/praser.ts' }))
  expect(text).toBe('not_found: src/praser.ts does not exist. Near it: src/parser.ts. Or look for it with find_files.')
})

test('an offset beyond the end fails with the number of lines; an empty file says so', async () => {
  await using bench = await Workbench.open({ 'a.txt': 'one\n', 'empty.txt': '' })
  const tool = readFile(bench.ports)
  expect(textOf(await bench.call(tool, { path: 'a.txt', offset: 2 }))).toContain('out_of_range: a.txt has 1 line;')
  expect(await bench.call(tool, { path: 'empty.txt' })).toMatchObject({ text: 'empty.txt is empty.', fact: '0 lines' })
})

test('claims the physical file and remembers the version that was read', async () => {
  await using bench = await Workbench.open({ 'a.txt': 'one\n' })
  const tool = readFile(bench.ports)
  const plan = await tool.plan({ path: 'a.txt' })
  const path = `${bench.folder}/a.txt`
  expect(plan).toMatchObject({
    claims: [{ kind: 'read', path }],
    action: { kind: 'read', targets: [{ path, inside: true }] },
  })
  expect(bench.versions.has(path, versionOf('one\n'))).toBe(false)
  await bench.call(tool, { path: 'a.txt' })
  expect(bench.versions.has(path, versionOf('one\n'))).toBe(true)
})
