import { mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describe as describeAction } from '../../../../src/core/approvals/describe.ts'
import { fingerprint } from '../../../../src/core/approvals/fingerprint.ts'
import { decide } from '../../../../src/core/approvals/policy.ts'
import { LockedDocuments } from '../../../../src/core/edits/lockedDocuments.ts'
import type { CodeEdits, FileTarget, Languages } from '../../../../src/core/ports.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { Locks } from '../../../../src/core/scheduling/locks.ts'
import { ReadVersions } from '../../../../src/core/tools/readVersions.ts'
import { symbols, type SymbolsInput } from '../../../../src/core/tools/symbols.ts'
import { failed, type Plan } from '../../../../src/core/tools/tool.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { MemoryStore } from '../../../support/memoryDocuments.ts'
import { noLanguages, noNews } from '../../../support/noLanguages.ts'
import { textOf, Workbench } from './workbench.ts'

/** A service that knows every place of a word, in any file. */
async function world(files: Record<string, string>, changed: Partial<Languages> = {}) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'symbols-')))
  const store = new MemoryStore()
  const target = (name: string): FileTarget => {
    const path = join(folder, name)
    return { path, asked: path, display: name, inside: true }
  }
  for (const [name, text] of Object.entries(files)) store.disk.set(target(name).path, Buffer.from(text))
  const asked: unknown[] = []
  const places = (word: string) =>
    Object.keys(files).flatMap((name) =>
      [...store.buffer(target(name).path).text.matchAll(new RegExp(`\\b${word}\\b`, 'g'))].map(({ index, input }) => {
        const before = input.slice(0, index).split('\n')
        return { target: target(name), line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
      }),
    )
  const languages: Languages = {
    ...noLanguages,
    references: async (of) => {
      asked.push([of.target.display, of.line, of.column])
      return places('total')
    },
    definitions: async () => places('total').slice(0, 1),
    rename: async (_of, name) => {
      const all = places('total')
      const edits = [...new Set(all.map((place) => place.target.path))].map((path): CodeEdits => {
        const own = all.filter((place) => place.target.path === path)
        return {
          target: own[0]!.target,
          edits: own.map(({ line, column }) => ({
            start: { line, column },
            end: { line, column: column + 5 },
            text: name,
          })),
        }
      })
      return edits
    },
    ...changed,
  }
  const documents = new LockedDocuments({
    store,
    locks: new Locks(),
    clock: new ManualClock(),
    savePolicy: () => 'clean',
  })
  const workspace = { folders: () => [{ name: 'w', path: folder }], trusted: () => true }
  const tool = symbols({ documents, workspace, languages, versions: new ReadVersions(), news: noNews })
  const bench = new Workbench(folder)
  const plan = async (input: SymbolsInput): Promise<Plan> => {
    const made = await tool.plan(tool.input.parse(input))
    if ('kind' in made) throw new Error(`${made.code}: ${made.message}`)
    return made
  }
  const run = async (made: Plan): Promise<string> => textOf(await made.run(bench.progress(), neverCancelled))
  const call = async (input: SymbolsInput): Promise<string> => {
    const made = await tool.plan(tool.input.parse(input))
    return 'kind' in made ? textOf(made) : run(made)
  }
  const disk = () =>
    Object.fromEntries(
      [...store.disk].map(([path, bytes]) => [path.slice(folder.length + 1), Buffer.from(bytes).toString()]),
    )
  return { plan, run, call, disk, store, asked, target }
}

const FILES = { 'a.ts': 'const total = 1\nsubtotal(total)\n', 'b.ts': 'import { total } from "./a"\n' }

test('references are given with the text of their lines', async () => {
  const { call, asked } = await world(FILES)
  expect(await call({ action: 'references', path: 'a.ts', symbol: 'total' })).toBe(
    'a.ts:1 const total = 1\na.ts:2 subtotal(total)\nb.ts:1 import { total } from "./a"',
  )
  expect(asked).toEqual([['a.ts', 1, 7]])
})

test('a name is looked for as a word of its own, at the line that is given', async () => {
  const { call, asked } = await world(FILES)
  await call({ action: 'references', path: 'a.ts', symbol: 'total', line: 2 })
  expect(asked).toEqual([['a.ts', 2, 10]])
  const wrong = await call({ action: 'references', path: 'a.ts', symbol: 'total', line: 3 })
  expect(wrong).toBe('not_found: total is not at line 3 of a.ts, but at lines 1 and 2.')
  expect(await call({ action: 'definition', path: 'a.ts', symbol: 'tot' })).toMatch(/^not_found: tot is not in a\.ts/)
})

test('what lies outside of the workspace, or may hold secrets, is named without its text', async () => {
  const outside = { path: '/lib/x.d.ts', asked: '/lib/x.d.ts', display: '/lib/x.d.ts', inside: false }
  const { call } = await world(
    { ...FILES, '.env': 'total=1\n' },
    { definitions: async () => [{ target: outside, line: 3, column: 1 }] },
  )
  expect(await call({ action: 'definition', path: 'a.ts', symbol: 'total' })).toBe('/lib/x.d.ts:3')
  expect(await call({ action: 'references', path: 'a.ts', symbol: 'total' })).toMatch(/\n\.env:1$/)
})

test('a rename changes all its files, and claims to write them', async () => {
  const { plan, run, disk, target } = await world(FILES)
  const made = await plan({ action: 'rename', path: 'b.ts', symbol: 'total', new_name: 'sum' })
  expect(made.claims).toEqual([
    { kind: 'write', path: target('a.ts').path },
    { kind: 'write', path: target('b.ts').path },
  ])
  expect(await run(made)).toBe('Edited a.ts: +2 −2, saved.\nEdited b.ts: +1 −1, saved.')
  expect(disk()).toEqual({ 'a.ts': 'const sum = 1\nsubtotal(sum)\n', 'b.ts': 'import { sum } from "./a"\n' })
})

test('a rename whose files have changed since it was planned changes nothing; a new plan does', async () => {
  const { plan, run, disk, store, target } = await world(FILES)
  const input: SymbolsInput = { action: 'rename', path: 'a.ts', symbol: 'total', new_name: 'sum' }
  const stale = await plan(input)
  store.type(target('b.ts').path, [{ start: 0, end: 0, text: '// total\n' }])
  store.saveNow(target('b.ts').path)
  expect(await run(stale)).toMatch(/^conflict: b\.ts has changed meanwhile/)
  expect(disk()).toEqual({ ...FILES, 'b.ts': `// total\n${FILES['b.ts']}` })
  expect(await run(await plan(input))).toContain('Edited b.ts: +2 −2, saved.')
})

test('a question about a rename says every place, and another place is another question', async () => {
  const { plan, store, target } = await world(FILES)
  const input: SymbolsInput = { action: 'rename', path: 'a.ts', symbol: 'total', new_name: 'sum' }
  const { action } = await plan(input)
  expect(describeAction('symbols', input, action, undefined)).toContain('a.ts:1 sum\na.ts:2 sum\nb.ts:1 sum')
  store.type(target('b.ts').path, [{ start: 0, end: 0, text: '// total\n' }])
  const later = await plan(input)
  expect(fingerprint('symbols', input, later.action)).not.toBe(fingerprint('symbols', input, action))
})

test('a rename that reaches a protected file is asked about each time', async () => {
  const { plan } = await world({ ...FILES, '.vscode/settings.json': '"total"' })
  const { action } = await plan({ action: 'rename', path: 'a.ts', symbol: 'total', new_name: 'sum' })
  expect(decide(action, { mode: 'all', trusted: true })).toMatchObject({ kind: 'ask', canRemember: false })
})

test('edits that are not of the text that is there are not made', async () => {
  const rename: Languages['rename'] = async (of) => [
    { target: of.target, edits: [{ start: { line: 2, column: 1 }, end: { line: 2, column: 3 }, text: 'sum' }] },
  ]
  const { call, disk } = await world(FILES, { rename })
  const result = await call({ action: 'rename', path: 'a.ts', symbol: 'total', new_name: 'sum' })
  expect(result).toMatch(/^not_matched: The language service would change something else than total in a\.ts/)
  expect(disk()).toEqual(FILES)
})

test('what no service knows, or one refuses, is said', async () => {
  const { call } = await world(FILES, {
    references: async () => [],
    rename: async () => failed('refused', 'You cannot rename this element.'),
  })
  expect(await call({ action: 'references', path: 'a.ts', symbol: 'total' })).toMatch(
    /^No references of total.*search_files/,
  )
  expect(await call({ action: 'rename', path: 'a.ts', symbol: 'total', new_name: 'x' })).toBe(
    'refused: You cannot rename this element.',
  )
  expect(await call({ action: 'rename', path: 'a.ts', symbol: 'total' })).toBe('invalid_input: rename needs new_name.')
  expect(await call({ action: 'definition' })).toBe('invalid_input: definition needs path and symbol.')
})

test('symbols of the workspace are found by name', async () => {
  const { call } = await world(FILES, {
    find: async (query) => [
      {
        target: { path: '/a.ts', asked: '/a.ts', display: 'a.ts', inside: true },
        line: 1,
        column: 7,
        name: query,
        kind: 'constant',
        container: 'a',
      },
    ],
  })
  expect(await call({ action: 'find', query: 'total' })).toBe('a.ts:1 constant total (in a)')
})
