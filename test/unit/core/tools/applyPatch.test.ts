import { mkdtemp, realpath, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describe as describeAction } from '../../../../src/core/approvals/describe.ts'
import { fingerprint } from '../../../../src/core/approvals/fingerprint.ts'
import { decide } from '../../../../src/core/approvals/policy.ts'
import { LockedDocuments } from '../../../../src/core/edits/lockedDocuments.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { Locks } from '../../../../src/core/scheduling/locks.ts'
import { applyPatch } from '../../../../src/core/tools/applyPatch.ts'
import { ReadVersions } from '../../../../src/core/tools/readVersions.ts'
import type { Plan } from '../../../../src/core/tools/tool.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { MemoryStore } from '../../../support/memoryDocuments.ts'
import { noNews } from '../../../support/noLanguages.ts'
import { textOf, Workbench } from './workbench.ts'

/** Files in memory below a folder that is there, so that paths can be resolved. */
async function world(files: Record<string, string>) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'patch-')))
  const store = new MemoryStore()
  for (const [path, text] of Object.entries(files)) store.disk.set(join(folder, path), Buffer.from(text))
  const documents = new LockedDocuments({
    store,
    locks: new Locks(),
    clock: new ManualClock(),
    savePolicy: () => 'clean',
  })
  const workspace = { folders: () => [{ name: 'w', path: folder }], trusted: () => true }
  const tool = applyPatch({ documents, workspace, versions: new ReadVersions(), news: noNews })
  const plan = async (lines: string): Promise<Plan> => {
    const made = await tool.plan({ patch: `*** Begin Patch\n${lines}\n*** End Patch` })
    if ('kind' in made) throw new Error(made.message)
    return made
  }
  const bench = new Workbench(folder)
  const call = async (lines: string): Promise<string> => {
    const made = await tool.plan({ patch: `*** Begin Patch\n${lines}\n*** End Patch` })
    return textOf('kind' in made ? made : await made.run(bench.progress(), neverCancelled))
  }
  const disk = () =>
    Object.fromEntries(
      [...store.disk].map(([path, bytes]) => [path.slice(folder.length + 1), Buffer.from(bytes).toString()]),
    )
  return { folder, store, tool, plan, call, disk }
}

const EVERY = [
  '*** Update File: a.ts\n@@\n-one\n+1',
  '*** Add File: src/new.ts\n+new',
  '*** Update File: b.ts\n*** Move to: lib/b.ts\n@@\n-two\n+2',
  '*** Delete File: c.ts',
].join('\n')
const FILES = { 'a.ts': 'one\n', 'b.ts': 'two\n', 'c.ts': 'three\n' }

test('a patch changes, makes, moves and deletes files, and says so file by file', async () => {
  const { call, disk } = await world(FILES)
  expect(await call(EVERY)).toBe(
    [
      'Edited a.ts: +1 −1, saved.',
      'Created src/new.ts: 1 line, saved.',
      'Moved b.ts to lib/b.ts: +1 −1, saved.',
      'Deleted c.ts: 1 line.',
    ].join('\n'),
  )
  expect(disk()).toEqual({ 'a.ts': '1\n', 'src/new.ts': 'new\n', 'lib/b.ts': '2\n' })
})

test('it claims to edit what it only changes, and to write what comes, goes or moves, at both places', async () => {
  const { plan, folder } = await world(FILES)
  const { claims, action } = await plan(EVERY)
  expect(claims).toEqual([
    { kind: 'edit', path: join(folder, 'a.ts') },
    { kind: 'write', path: join(folder, 'src/new.ts') },
    { kind: 'write', path: join(folder, 'b.ts') },
    { kind: 'write', path: join(folder, 'lib/b.ts') },
    { kind: 'write', path: join(folder, 'c.ts') },
  ])
  expect(action.kind === 'edit' && action.targets.map(({ display }) => display)).toEqual([
    'a.ts',
    'src/new.ts',
    'b.ts',
    'lib/b.ts',
    'c.ts',
  ])
})

test('the question shows the change of every file, and what is too long as the patch itself', async () => {
  const { plan } = await world(FILES)
  const { action } = await plan(EVERY)
  if (action.kind !== 'edit') throw new Error(action.kind)
  const previews = await action.preview?.(neverCancelled)
  expect(previews).toMatchObject([
    { path: 'a.ts', kind: 'modified', diff: [{ text: 'one' }, { text: '1' }] },
    { path: 'src/new.ts', kind: 'added', diff: [{ text: 'new' }] },
    { path: 'lib/b.ts', kind: 'moved', from: { path: 'b.ts' } },
    { path: 'c.ts', kind: 'deleted', diff: [{ kind: 'removed', text: 'three' }] },
  ])
  expect(describeAction('apply_patch', { patch: EVERY }, action, previews)).not.toContain('***')
  const cut = previews?.map((preview, index) => (index === 3 ? { ...preview, omitted: 1 } : preview))
  expect(describeAction('apply_patch', { patch: EVERY }, action, cut)).toContain('*** Delete File: c.ts')
  const long = previews?.map((preview) => ({ ...preview, diff: [{ ...preview.diff[0]!, text: 'x'.repeat(501) }] }))
  expect(describeAction('apply_patch', { patch: EVERY }, action, long)).toContain('*** Delete File: c.ts')
})

test('another patch, or another place for a file, is another thing to approve', async () => {
  const { plan } = await world(FILES)
  const print = async (patch: string): Promise<string> =>
    fingerprint('apply_patch', { patch }, (await plan(patch)).action)
  const prints = await Promise.all(
    [
      EVERY,
      EVERY.replace('+1', '+I'),
      EVERY.replace('lib/', 'lub/'),
      EVERY.replace('Delete File: c', 'Delete File: d'),
    ].map(print),
  )
  expect(new Set(prints).size).toBe(4)
})

test.each([
  '*** Add File: .vscode/tasks.json\n+{}',
  '*** Update File: .vscode/settings.json\n-a\n+b',
  '*** Delete File: .git/config',
  '*** Update File: x\n*** Move to: .git/hooks/pre-commit',
  '*** Update File: AGENTS.md\n*** Move to: x',
  '*** Update File: .stretto/rules\n-a\n+b',
  '*** Update File: a.ts\n-one\n+1\n*** Delete File: .VSCODE/Settings.JSON',
])('a protected path is asked about each time, whatever is done to it: %j', async (patch) => {
  const { plan } = await world(FILES)
  const { action } = await plan(patch)
  expect(decide(action, { mode: 'all', trusted: true })).toMatchObject({ kind: 'ask', canRemember: false })
})

test('a move out of the workspace is an edit outside of it', async () => {
  const { plan } = await world(FILES)
  const { action } = await plan('*** Update File: a.ts\n*** Move to: ../outside.ts')
  expect(decide(action, { mode: 'edits', trusted: true })).toMatchObject({ kind: 'ask' })
})

test('a link is judged by where it leads, and neither deleted nor moved', async () => {
  const { plan, call, folder } = await world(FILES)
  await writeFile(join(folder, 'real.ts'), 'x')
  await symlink(join(folder, 'real.ts'), join(folder, 'link.ts'))
  await symlink(join(tmpdir(), 'elsewhere'), join(folder, 'out'))
  expect(await call('*** Delete File: link.ts')).toMatch(/^is_link: link\.ts is a symbolic link to real\.ts/)
  expect(await call('*** Update File: link.ts\n*** Move to: x')).toMatch(/^is_link/)
  const { action } = await plan('*** Add File: out/new.ts\n+x')
  expect(decide(action, { mode: 'edits', trusted: true })).toMatchObject({ kind: 'ask' })
})

const unchanged: [name: string, patch: string, says: RegExp][] = [
  ['a file that is not there', '*** Update File: d.ts\n-a\n+b', /^not_found: d\.ts does not exist/],
  ['a deletion of a file that is not there', '*** Delete File: d.ts', /^not_found: d\.ts does not exist/],
  ['an addition of a file that is there', '*** Add File: a.ts\n+x', /^exists: a\.ts exists.*Update File/],
  ['a move to a file that is there', '*** Update File: a.ts\n*** Move to: b.ts', /^exists: b\.ts exists/],
  ['a move to where it is', '*** Update File: a.ts\n*** Move to: ./a.ts', /^no_change/],
  [
    'lines that do not match',
    '*** Update File: a.ts\n-onne\n+1',
    /^not_matched: a\.ts: The hunk at line 3.*nearest line is 1/,
  ],
  ['a binary file', '*** Update File: bin\n-a\n+b', /^binary_file: bin is binary/],
  ['a folder', '*** Update File: folder\n-a\n+b', /^is_folder: folder is a folder/],
  ['a file named twice', '*** Update File: a.ts\n-one\n+1\n*** Delete File: a.ts', /^named_twice: a\.ts/],
  ['a place named twice', '*** Update File: b.ts\n*** Move to: z\n*** Add File: z\n+x', /^named_twice: z/],
  ['no patch', '-one\n+1', /^malformed_patch/],
]
test.each(unchanged)('%s: the result says what to do, and nothing is changed', async (_name, patch, says) => {
  const files = { ...FILES, bin: 'a\0b' }
  const { call, disk, store, folder } = await world(files)
  store.folders.add(join(folder, 'folder'))
  expect(await call(patch)).toMatch(says)
  expect(await call(`*** Update File: c.ts\n-three\n+3\n${patch}`)).toMatch(/^(?!Edited)/)
  expect(disk()).toEqual(files)
})

test('a file may be updated by several parts, one after another', async () => {
  const { call, disk } = await world({ f: 'a\nb\n' })
  expect(await call('*** Update File: f\n-b\n+B\n*** Update File: ./f\n-a\n+A\n B')).toBe('Edited f: +2 −2, saved.')
  expect(disk()).toEqual({ f: 'A\nB\n' })
})

test('what did not match to the letter is said', async () => {
  const { call } = await world({ f: 'a  \nb\n' })
  expect(await call('*** Update File: f\n a\n-b\n+B')).toBe(
    'Edited f: +1 −1, saved.\nf: Some lines (the hunk at line 3 of the patch) matched but for white space at their ends.',
  )
})

test('its summary names the files', async () => {
  const { tool } = await world({})
  expect(tool.summary({ patch: '*** Update File: a\n*** Add File: b\n*** Update File: a' })).toBe('a and 1 more')
  expect(tool.summary({ patch: '*** Delete File: a b' })).toBe('a b')
})
