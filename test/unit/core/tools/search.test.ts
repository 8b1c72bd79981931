import { symlink } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { findFiles } from '../../../../src/core/tools/findFiles.ts'
import { searchFiles } from '../../../../src/core/tools/searchFiles.ts'
import { CancellationSource, textOf, Workbench } from './workbench.ts'

const files = {
  '.gitignore': '*.log\nout/\n',
  '.git/config': 'needle\n',
  '.hidden/h.ts': 'needle h\n',
  'a.ts': 'first\nneedle a\n',
  'src/b.ts': 'needle b needle\n',
  'src/deep/c.md': 'Needle c\n',
  'src/x.log': 'needle ignored\n',
  'out/d.ts': 'needle ignored\n',
}

async function find(bench: Workbench, input: unknown): Promise<string> {
  return textOf(await bench.call(findFiles(bench.ports), input))
}
async function search(bench: Workbench, input: unknown): Promise<string> {
  return textOf(await bench.call(searchFiles(bench.ports), input))
}

test('finds files by glob, sorted, hidden ones included, ignored ones never', async () => {
  await using bench = await Workbench.open(files)
  expect(await find(bench, { glob: '*.ts' })).toBe('.hidden/h.ts\na.ts\nsrc/b.ts')
  expect(await find(bench, { glob: 'src/**' })).toBe('src/b.ts\nsrc/deep/c.md')
  expect(await find(bench, { glob: 'src' })).toBe('src/b.ts\nsrc/deep/c.md')
  expect(await find(bench, { glob: './src/*.{ts,md}' })).toBe('src/b.ts')
  expect(await find(bench, { glob: `${bench.folder}/a.*` })).toBe('a.ts')
  expect(await find(bench, { glob: '**/*' })).toBe('.gitignore\n.hidden/h.ts\na.ts\nsrc/b.ts\nsrc/deep/c.md')
  expect(await find(bench, { glob: '*.log' })).toContain('No files match')
})

test('says when the list is cut, and how many there are', async () => {
  await using bench = await Workbench.open(files)
  const result = await bench.call(findFiles(bench.ports), { glob: '*.ts', limit: 2 })
  const text = '.hidden/h.ts\na.ts\n(2 of 3 files. Narrow the glob, or give a higher limit.)'
  expect(result).toEqual({ kind: 'completed', text, fact: '3 files' })
})

test('searches by regular expression, in order of path and line', async () => {
  await using bench = await Workbench.open(files)
  const result = await bench.call(searchFiles(bench.ports), { pattern: 'ne+dle' })
  const text = '.hidden/h.ts:1: needle h\na.ts:2: needle a\nsrc/b.ts:1: needle b needle'
  expect(result).toEqual({ kind: 'completed', text, fact: '3 matches' })
})

test('a glob narrows the search and brings no ignored file back', async () => {
  await using bench = await Workbench.open(files)
  expect(await search(bench, { pattern: 'needle', glob: '**/*' })).not.toContain('ignored')
  expect(await search(bench, { pattern: '(?i)needle', glob: 'src/**' })).toBe(
    'src/b.ts:1: needle b needle\nsrc/deep/c.md:1: Needle c',
  )
  expect(await search(bench, { pattern: 'needle', glob: '*.md' })).toBe('No matches for needle in *.md.')
})

test('a literal pattern is taken as it is, and one that begins with a dash is no option', async () => {
  await using bench = await Workbench.open({ 'a.txt': 'f(x)[\n--pre=sh\n' })
  expect(await search(bench, { pattern: 'f(x)[', literal: true })).toBe('a.txt:1: f(x)[')
  expect(await search(bench, { pattern: '--pre=sh' })).toBe('a.txt:2: --pre=sh')
  expect(await search(bench, { pattern: '-e', literal: true })).toContain('No matches')
})

test('a pattern over several lines works', async () => {
  await using bench = await Workbench.open({ 'a.txt': 'one\ntwo\nthree\n' })
  expect(await search(bench, { pattern: String.raw`one\ntwo` })).toContain('a.txt:1: one')
  expect(await search(bench, { pattern: 'two\nthree', literal: true })).toContain('a.txt:2: two')
})

test('a bad pattern fails with ripgrep’s own words', async () => {
  await using bench = await Workbench.open({ 'a.txt': 'x' })
  const text = await search(bench, { pattern: 'f(' })
  expect(text).toMatch(/^bad_pattern: [\s\S]*unclosed group[\s\S]*literal: true/)
})

test('matches are limited, and long lines are cut around the match', async () => {
  await using bench = await Workbench.open({
    'a.txt': 'x\n'.repeat(500),
    'wide.js': `${'a'.repeat(9_000)}needle${'b'.repeat(9_000)}`,
  })
  const cut = await bench.call(searchFiles(bench.ports), { pattern: 'x' })
  expect(textOf(cut).split('\n')).toHaveLength(101)
  expect(cut).toMatchObject({ fact: '100 matches and more' })
  const wide = await search(bench, { pattern: 'needle' })
  expect(wide).toMatch(/^wide\.js:1: … a{80}needleb+ … \(\d+ more characters\)$/)
  expect(wide.length).toBeLessThan(400)
})

test('what usually holds secrets is not shown', async () => {
  await using bench = await Workbench.open({ '.env': 'KEY=needle\n', 'a.txt': 'needle\n' })
  const text = await search(bench, { pattern: 'needle' })
  expect(text).toContain('a.txt:1: needle')
  expect(text).not.toContain('KEY=')
  expect(text).toContain('Matches in protected files and files that hold secrets are not shown: .env.')
})

test('what read_file would be asked about is not shown: protected files', async () => {
  await using bench = await Workbench.open({
    '.vscode/settings.json': '{ "x": "needle" }\n',
    'sub/AGENTS.md': 'needle\n',
    'a.txt': 'needle\n',
  })
  const lines = (await search(bench, { pattern: 'needle' })).split('\n')
  expect(lines[0]).toBe('a.txt:1: needle')
  expect(lines[1]).toContain('not shown: .vscode/settings.json, sub/AGENTS.md.')
  expect(lines).toHaveLength(2)
})

test('links out of the workspace are not followed, and the user’s ripgrep configuration is not read', async () => {
  await using outside = await Workbench.open({ 'secret.txt': 'needle\n', rc: '--follow\n' })
  await using bench = await Workbench.open({ 'a.txt': 'needle\n' })
  await symlink(outside.folder, `${bench.folder}/link`)
  process.env['RIPGREP_CONFIG_PATH'] = `${outside.folder}/rc`
  try {
    expect(await search(bench, { pattern: 'needle' })).toBe('a.txt:1: needle')
  } finally {
    delete process.env['RIPGREP_CONFIG_PATH']
  }
})

test('says which files have unsaved changes that it did not see', async () => {
  await using bench = await Workbench.open({ 'a.txt': 'x\n' })
  bench.unsaved = [{ path: '/w/b.ts', asked: '/w/b.ts', display: 'b.ts', inside: true }]
  expect(await search(bench, { pattern: 'nothing' })).toContain('without their unsaved changes: b.ts')
})

test('with several folders, paths begin with the folder’s name', async () => {
  await using one = await Workbench.open({ 'a.ts': 'needle\n' })
  await using two = await Workbench.open({ 'b.ts': 'needle\n' })
  one.folders = [
    { name: 'one', path: one.folder },
    { name: 'two', path: two.folder },
  ]
  expect(await find(one, { glob: '*.ts' })).toBe('one/a.ts\ntwo/b.ts')
  expect(await find(one, { glob: 'two/*.ts' })).toBe('two/b.ts')
  expect(await search(one, { pattern: 'needle', glob: 'one/**' })).toBe('one/a.ts:1: needle')
})

test('without a folder, and outside of it, it says what to do', async () => {
  await using bench = await Workbench.open()
  expect(await find(bench, { glob: '/etc/*' })).toMatch(/^outside: /)
  expect(await search(bench, { pattern: 'x', glob: '../*' })).toMatch(/^outside: /)
  bench.folders = []
  expect(await find(bench, { glob: '*' })).toMatch(/^no_folder: No folder is open\. Open a folder/)
})

test('without ripgrep it fails and says so', async () => {
  await using bench = await Workbench.open()
  const ports = { ...bench.ports, ripgrep: () => Promise.resolve('/no/such/rg') }
  expect(textOf(await bench.call(findFiles(ports), { glob: '*' }))).toMatch(/^no_ripgrep: /)
})

test('cancelled on the way, it gives what it has and leaves no process', async () => {
  await using bench = await Workbench.open({ 'rg.sh': '#!/bin/sh\nprintf "./one.ts\\0"\nexec sleep 300\n' })
  const source = new CancellationSource()
  const ports = { ...bench.ports, ripgrep: () => Promise.resolve('/bin/sh') }
  const slow = { ...ports, processes: throughScript(bench) }
  const running = bench.call(findFiles(slow), { glob: '*.ts' }, source.token)
  await bench.heard
  source.cancel('stop')
  expect(await running).toEqual({ kind: 'cancelled', partial: 'one.ts', fact: '1 file' })
  expect(bench.processes.size).toBe(0)
})

/** Runs the folder's rg.sh in place of ripgrep, and says when it has been heard. */
function throughScript(bench: Workbench): Workbench['processes'] {
  const { processes } = bench
  return new Proxy(processes, {
    get: (_, name) =>
      name === 'run'
        ? (options: Parameters<typeof processes.run>[0], token: Parameters<typeof processes.run>[1]) =>
            processes.run(
              {
                ...options,
                args: [`${bench.folder}/rg.sh`],
                onOutput: (chunk) => {
                  void options.onOutput(chunk)
                  bench.hear()
                },
              },
              token,
            )
        : undefined,
  })
}
