/** Rows 1 to 3 of the attacks: files that make an editor, git, a container or an agent run things. */
import { describe, expect, it } from 'vitest'
import { Arena } from './arena.ts'
import { routes, TEXT } from './routes.ts'

const editors = [
  '.vscode/settings.json',
  '.vscode/tasks.json',
  '.vscode/launch.json',
  'app.code-workspace',
  '.devcontainer/devcontainer.json',
  '.idea/workspace.xml',
]
const git = [
  '.git/hooks/pre-commit',
  '.git/config',
  'vendor/.git',
  'vendor/lib.git/config',
  '.gitmodules',
  '.gitattributes',
  '.husky/pre-commit',
]
const agents = [
  'AGENTS.md',
  'packages/a/CLAUDE.md',
  '.cursor/rules/a.mdc',
  '.mcp.json',
  '.stretto/permissions.jsonc',
  '.github/copilot-instructions.md',
]
const startup = ['.envrc', '.bashrc']

describe.each([...editors, ...git, ...agents, ...startup])('%s', (path) => {
  it.each(routes)('is not touched by $name, whatever the mode', async ({ needsFile, attempt }) => {
    await using arena = await Arena.open(needsFile ? { [`project/${path}`]: TEXT } : {})
    for (const mode of ['ask', 'all'] as const) {
      await using same = mode === 'all' ? undefined : await Arena.open(needsFile ? { [`project/${path}`]: TEXT } : {})
      const at = same ?? arena
      await at.files({ 'project/vendor/x': 'x' })
      const outcomes = await attempt(at, path, mode)
      const after = await at.snapshot()
      expect(outcomes.at(-1)).toMatchObject({
        status: 'failed',
        result: expect.stringMatching(/^Error \((?:denied|bad_path)\): /),
      })
      expect(JSON.stringify(after)).not.toContain('canary')
      if (needsFile) expect(after[`project/${path}`]).toBe(TEXT)
      else expect(after[`project/${path}`]).toBeUndefined()
      expect(after['project/notes.txt']).toBe('before\n')
      expect(after['project/fine.txt']).toBeUndefined()
    }
  })
})

describe('a nested bare repository', () => {
  const parts = { 'project/vendor/HEAD': 'ref: x\n', 'project/vendor/objects/x': '', 'project/vendor/refs/x': '' }
  it.each(routes)('is not touched by $name', async ({ needsFile, attempt }) => {
    await using arena = await Arena.open({ ...parts, ...(needsFile && { 'project/vendor/config': TEXT }) })
    const outcomes = await attempt(arena, 'vendor/config', 'all')
    expect(outcomes.at(-1)).toMatchObject({ status: 'failed', result: expect.stringContaining('(denied)') })
    expect(JSON.stringify(await arena.snapshot())).not.toContain('canary')
  })

  it('is not made of a folder that has all but its HEAD', async () => {
    await using arena = await Arena.open({ 'project/vendor/objects/x': '', 'project/vendor/refs/x': '' })
    const deed = { tool: 'write_file', input: { path: 'vendor/HEAD', content: 'ref: refs/heads/main\n' } }
    expect(await arena.attempt('all', [deed])).toMatchObject([{ status: 'failed' }])
    expect((await arena.snapshot())['project/vendor/HEAD']).toBeUndefined()
  })
})

it('a file that is none of these is written by each of these routes: nothing else stops them', async () => {
  for (const { name, needsFile, attempt } of routes) {
    if (name.includes('shown first')) continue
    await using arena = await Arena.open(needsFile ? { 'project/docs/plain.txt': TEXT } : { 'project/docs/x': '' })
    const before = JSON.stringify(await arena.snapshot())
    const outcomes = await attempt(arena, 'docs/plain.txt', 'all')
    expect([name, outcomes.at(-1)]).toMatchObject([name, { status: 'completed' }])
    expect([name, JSON.stringify(await arena.snapshot()) === before]).toEqual([name, false])
  }
})
