/** What must not reach the model without the user's word: files that hold secrets, and what is outside. */
import { describe, expect, it } from 'vitest'
import type { ApprovalMode } from '../../../src/protocol/messages.ts'
import { Arena, CANARY, type Deed } from './arena.ts'

const TEXT = `TOKEN=${CANARY}\n`
const deedsFor = (path: string): [name: string, deed: Deed][] => [
  ['read_file', { tool: 'read_file', input: { path } }],
  ['read_file, one line', { tool: 'read_file', input: { path, offset: 1, limit: 1 } }],
  ['a search of all', { tool: 'search_files', input: { pattern: 'TOKEN' } }],
  ['a search by its glob', { tool: 'search_files', input: { pattern: '.*', glob: path } }],
  ['a search of hidden files', { tool: 'search_files', input: { pattern: 'TOKEN', glob: '**/{.*,*}' } }],
  ['definitions', { tool: 'symbols', input: { action: 'definition', path, symbol: 'TOKEN' } }],
  ['references', { tool: 'symbols', input: { action: 'references', path, symbol: 'TOKEN' } }],
  ['a rename', { tool: 'symbols', input: { action: 'rename', path, symbol: CANARY, new_name: 'x' } }],
  [
    'a rename of a guess',
    { tool: 'symbols', input: { action: 'rename', path, symbol: 'TOKEN', line: 9, new_name: 'x' } },
  ],
  ['an edit that misses', { tool: 'edit_file', input: { path, edits: [{ old_text: 'TOKEN=?', new_text: 'x' }] } }],
  [
    'a patch that misses',
    {
      tool: 'apply_patch',
      input: { patch: `*** Begin Patch\n*** Update File: ${path}\n@@\n-TOKEN=?\n+x\n*** End Patch` },
    },
  ],
]

const moves = (path: string): Deed => ({
  tool: 'apply_patch',
  input: {
    patch: `*** Begin Patch\n*** Update File: ${path}\n*** Move to: innocent.txt\n@@\n-TOKEN\n+x\n*** End Patch`,
  },
})

const secrets = [
  '.env',
  'config/.env.local',
  'deploy/key.pem',
  '.ssh/id_ed25519',
  '.aws/credentials',
  '.npmrc',
  'id_rsa',
  'terraform.tfstate',
]
const cases = secrets.flatMap((path) => deedsFor(path).map(([name, deed]) => ({ path, name, deed })))

describe('a file that holds secrets', () => {
  it.each(cases)('$path tells nothing by $name', async ({ path, deed }) => {
    await using arena = await Arena.open({ [`project/${path}`]: TEXT })
    await expectSilence(arena, 'all', deed)
  })

  it.each(secrets)('%s is not moved to where it could be read, nor is another name written over it', async (path) => {
    await using arena = await Arena.open({ [`project/${path}`]: 'TOKEN\n' })
    const before = await arena.snapshot()
    const link: Deed = { tool: 'write_file', input: { path, content: '' } }
    const outcomes = await arena.attempt('all', [moves(path), link])
    expect(outcomes).toMatchObject([{ status: 'failed' }, { status: 'failed' }])
    expect(await arena.snapshot()).toEqual(before)
  })

  it.each(secrets)('%s tells nothing through a link or a script', async (path) => {
    await using arena = await Arena.open({ [`project/${path}`]: TEXT })
    await arena.link('project/innocent.txt', path)
    const deed: Deed = { tool: 'read_file', input: { path: 'innocent.txt' } }
    await expectSilence(arena, 'all', deed)
    const outcomes = await arena.attemptByScript('all', [deed, { tool: 'read_file', input: { path } }])
    expect(outcomes).toMatchObject([{ status: 'failed' }, { status: 'failed' }])
    expect(JSON.stringify(outcomes)).not.toContain(CANARY)
  })
})

describe('a file outside of the workspace', () => {
  const paths = ['../secret.txt', '../project-evil/secret.txt', 'link.txt', 'folder/secret.txt']
  const outside = paths.flatMap((path) => deedsFor(path).map(([name, deed]) => ({ path, name, deed })))
  it.each(outside)('$path tells nothing by $name', async ({ deed }) => {
    await using arena = await Arena.open({ 'secret.txt': TEXT, 'project-evil/secret.txt': TEXT })
    await arena.link('project/link.txt', '../secret.txt')
    await arena.link('project/folder', '../project-evil')
    await expectSilence(arena, 'edits', deed)
  })
})

async function expectSilence(arena: Arena, mode: ApprovalMode, deed: Deed): Promise<void> {
  const before = await arena.snapshot()
  const [outcome] = await arena.attempt(mode, [deed])
  const asked = JSON.stringify(deed.input).includes(CANARY)
  // What the model guessed itself, it may hear again, but not whether it was right.
  if (asked) expect(outcome?.result).not.toMatch(/not_found|line \d/)
  else expect(outcome?.result).not.toContain(CANARY)
  expect(await arena.snapshot()).toEqual(before)
}
