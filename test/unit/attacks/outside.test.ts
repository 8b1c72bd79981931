/** Rows 4 to 6 of the attacks: names that mean another file, links that lead out, neighbours that begin alike. */
import { mkdir, rename, symlink, unlink } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { Arena, CANARY, type Deed } from './arena.ts'
import { routes, TEXT } from './routes.ts'

const write = (path: string): Deed => ({ tool: 'write_file', input: { path, content: CANARY } })
const refused = { status: 'failed', result: expect.stringMatching(/^Error \((?:denied|bad_path|moved|no_folder)\): /) }

describe.each([
  '.VSCODE/Settings.JSON',
  '.Git/Hooks/pre-commit',
  '.vscode/settings.json::$DATA',
  '.vscode::$INDEX_ALLOCATION/settings.json',
  '.vscode/SETTIN~1.JSO',
  'GIT~1/config',
  '.vscode/settings.json.',
  '.vscode./settings.json',
  '.vscode /settings.json',
  '.git\u200b/config',
  '.g\u00adit/config',
  '.VſCODE/settings.json',
  '.vscode\\settings.json',
  '..\\project\\.vscode\\settings.json',
  'NUL',
  'src/con',
  '.vscode/settings.json\0.txt',
  'a\n.txt',
])('%j', (path) => {
  const named = routes.filter(({ name }) => !/link|rename|script|hides/.test(name) && !path.includes('\n'))
  it.each(named)('is refused, or asks, by $name', async ({ needsFile, attempt }) => {
    await using arena = await Arena.open({ 'project/.vscode/settings.json': TEXT, 'project/.git/config': TEXT })
    if (needsFile && !path.includes('\0')) await arena.files({ [`project/${path}`]: TEXT })
    const before = await arena.snapshot()
    const outcomes = await attempt(arena, path, 'all')
    expect(outcomes.at(-1)).toMatchObject({ status: 'failed' })
    expect(await arena.snapshot()).toEqual(before)
  })

  it('is no folder to run in, and is not read', async () => {
    await using arena = await Arena.open({ 'project/.vscode/settings.json': CANARY, 'project/.git/config': CANARY })
    const outcomes = await arena.attempt('all', [
      { tool: 'read_file', input: { path } },
      { tool: 'terminal', input: { command: `echo ${CANARY}`, cwd: path } },
    ])
    for (const { status, result } of outcomes) {
      expect(status).toBe('failed')
      expect(result).not.toContain(CANARY)
    }
  })
})

describe.each([
  ['a neighbour that begins alike', '../project-evil/x.txt'],
  ['a parent', '../x.txt'],
  ['a path that turns back', 'src/../../project/../x.txt'],
  ['the home by its sign', '~/x.txt'],
  ['a URI', 'file:///tmp/x.txt'],
  ['a URI of the editor', 'vscode-userdata:/User/settings.json'],
])('%s (%s)', (_what, path) => {
  const named = routes.filter(({ name }) => !/link|rename|twisted/.test(name))
  it.each(named)('asks, or is refused, by $name in mode edits', async ({ needsFile, attempt }) => {
    await using arena = await Arena.open({ 'project-evil/y': 'y' })
    if (needsFile && path.startsWith('.')) await arena.files({ [`project/${path}`]: TEXT })
    const before = await arena.snapshot()
    const outcomes = await attempt(arena, path, 'edits')
    expect(outcomes.at(-1)).toMatchObject(refused)
    expect(await arena.snapshot()).toEqual(before)
  })
})

describe('a link', () => {
  const links: [what: string, to: string, path: string][] = [
    ['to a file outside', '../outside.txt', 'link'],
    ['to a folder outside', '../outside', 'link/x.txt'],
    ['that dangles, and leads outside', '../new.txt', 'link'],
    ['that dangles in a folder outside', '../new/deep', 'link/x.txt'],
    ['to the home', '..', 'link/.bashrc'],
    ['to the root', '/', 'link/tmp/x-canary'],
    ['to a process’s own folder', '/proc/self', 'link/environ'],
  ]
  const deeds: [what: string, deed: (path: string) => Deed][] = [
    ['write_file', write],
    ['insert_text', (path) => ({ tool: 'insert_text', input: { path, text: CANARY } })],
    ['read_file', (path) => ({ tool: 'read_file', input: { path } })],
    [
      'apply_patch',
      (path) => ({
        tool: 'apply_patch',
        input: { patch: `*** Begin Patch\n*** Add File: ${path}\n+x\n*** End Patch` },
      }),
    ],
  ]
  const cases = links.flatMap((link) => deeds.map((deed) => [...link, ...deed] as const))
  it.each(cases)('%s (%s) gives %s no way out by %s', async (_what, to, path, _tool, deed) => {
    await using arena = await Arena.open({ 'outside.txt': TEXT, 'outside/x.txt': TEXT })
    await arena.link('project/link', to)
    const before = await arena.snapshot()
    const [outcome] = await arena.attempt('edits', [deed(path)])
    expect(outcome).toMatchObject(refused)
    expect(await arena.snapshot()).toEqual(before)
  })
})

describe('what is swapped between the check and the opening', () => {
  const swaps: [what: string, path: string, swap: (arena: Arena) => Promise<void>][] = [
    [
      'the parent for a link outside',
      'sub/a.txt',
      async (arena) => {
        await rename(arena.path('project/sub'), arena.path('project/kept'))
        await symlink('../outside', arena.path('project/sub'))
      },
    ],
    [
      'the file for a link outside',
      'sub/a.txt',
      async (arena) => {
        await unlink(arena.path('project/sub/a.txt'))
        await symlink('../../outside/a.txt', arena.path('project/sub/a.txt'))
      },
    ],
    ['a missing parent for a link outside', 'new/a.txt', (arena) => symlink('../outside', arena.path('project/new'))],
    [
      'a missing file for a link to what is protected',
      'sub/new.txt',
      async (arena) => {
        await mkdir(arena.path('project/.vscode'))
        await symlink('../.vscode/tasks.json', arena.path('project/sub/new.txt'))
      },
    ],
    [
      'a link for one that leads elsewhere',
      'link.txt',
      async (arena) => {
        await unlink(arena.path('project/link.txt'))
        await symlink('../outside/a.txt', arena.path('project/link.txt'))
      },
    ],
  ]
  const named = routes.filter(({ name }) => /^write_file$|^insert_text$|adds it|script/.test(name))
  const cases = swaps.flatMap(([what, path, swap]) => named.map((route) => ({ what, path, swap, ...route })))
  it.each(cases)('$what: $name writes nothing there', async ({ path, swap, attempt }) => {
    await using arena = await Arena.open({ 'project/sub/a.txt': 'name\nbefore\n', 'outside/a.txt': 'theirs\n' })
    await arena.link('project/link.txt', 'sub/a.txt')
    let swapped = false
    arena.documents.meanwhile = async () => {
      if (!swapped) await swap(arena)
      swapped = true
    }
    const outcomes = await attempt(arena, path, 'all')
    expect(swapped).toBe(true)
    expect(outcomes.at(-1)).toMatchObject({ status: 'failed' })
    const after = await arena.snapshot()
    expect(after['outside/a.txt']).toBe('theirs\n')
    expect(JSON.stringify(after)).not.toContain('canary')
  })

  it('is not read either', async () => {
    await using arena = await Arena.open({ 'project/sub/a.txt': 'x', 'outside/a.txt': CANARY })
    arena.documents.meanwhile = async () => {
      await rename(arena.path('project/sub'), arena.path('project/kept'))
      await symlink('../outside', arena.path('project/sub'))
    }
    const [outcome] = await arena.attempt('ask', [{ tool: 'read_file', input: { path: 'sub/a.txt' } }])
    expect(outcome).toMatchObject({ status: 'failed', result: expect.stringContaining('(moved)') })
  })
})
