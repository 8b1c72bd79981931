import { describe, expect, it } from 'vitest'
import { atMost } from '../../../../src/core/approvals/approvals.ts'
import { decide } from '../../../../src/core/approvals/policy.ts'
import { protectedName, repositoryOf } from '../../../../src/core/approvals/protected.ts'
import { holdsSecret } from '../../../../src/core/approvals/secret.ts'
import type { Action } from '../../../../src/core/tools/tool.ts'
import type { ApprovalMode } from '../../../../src/protocol/messages.ts'
import { named, place } from './place.ts'

const modes: ApprovalMode[] = ['ask', 'edits', 'all']
const plain = named('src/a.ts')
const outside = named('x', { path: '/else/x', asked: '/else/x', display: '/else/x', inside: false })
const guarded = named('.vscode/settings.json')
const env = named('.env')
const command: Action = { kind: 'command', command: 'ls', cwd: '/w' }
const typed: Action = { kind: 'input', process: 'db', title: 'psql', text: 'ls\n' }
const script: Action = { kind: 'script', language: 'python', code: 'print(1)', cwd: '/w' }

const protectedPaths = [
  '.vscode/settings.json',
  '.vscode/tasks.json',
  '.vscode/launch.json',
  '.vscode',
  '.VSCODE/Settings.JSON',
  '.vs\u017fcode/x'.replace('s\u017f', '\u017f'),
  '.vs\u200ccode/settings.json',
  'a/b/.vscode/extensions.json',
  'app.code-workspace',
  'APP.Code-Workspace',
  '.devcontainer/devcontainer.json',
  '.devcontainer.json',
  '.git',
  '.git/hooks/pre-commit',
  '.git/config',
  '.GIT/config',
  '.g\u200dit/config',
  '.git /config',
  '.git./config',
  'vendor/lib/.git',
  'vendor/lib/.git/config',
  '.gitmodules',
  'bare/HEAD',
  'AGENTS.md',
  'agents.MD',
  'packages/a/AGENTS.md',
  'CLAUDE.md',
  'GEMINI.md',
  '.github/copilot-instructions.md',
  '.github/instructions/x.instructions.md',
  '.cursor/rules/a.mdc',
  '.cursorrules',
  'mcp.json',
  '.mcp.json',
  '.MCP.JSON',
  'settings/mcp.json',
  '.stretto/permissions.json',
  '.Stretto/x',
  '.idea/workspace.xml',
  '.husky/pre-commit',
  '.envrc',
  '.bashrc',
  '.zshrc',
  '.ssh/authorized_keys',
  '.config/fish/config.fish',
  'AGENTS.md:stream',
]
const unprotected = ['src/a.ts', 'vscode/settings.json', 'settings.json', '.gitignore', '.github/workflows/ci.yml']
unprotected.push('git/config', 'docs/agents/md', 'my-mcp.json', 'heads/main', 'overhead', 'user/settings.json')

describe('where there is a sandbox', () => {
  const reach = (action: Action, mode: ApprovalMode) => decide(action, { mode, trusted: true, sandbox: true })
  const free: Action = { kind: 'command', command: 'ls', cwd: '/w', outside: true }

  it.each([
    ['a command', command, 'ask', { kind: 'ask' }],
    ['a command', command, 'edits', { kind: 'allow', reach: 'offline' }],
    ['a command', command, 'all', { kind: 'allow', reach: 'online' }],
    ['a script', script, 'ask', { kind: 'ask', reach: 'offline' }],
    ['a script', script, 'edits', { kind: 'allow', reach: 'offline' }],
    ['a script', script, 'all', { kind: 'allow', reach: 'online' }],
    ['a command that wants to leave it', free, 'ask', { kind: 'ask', reach: 'user' }],
    ['a command that wants to leave it', free, 'edits', { kind: 'ask', reach: 'user' }],
    ['a command that wants to leave it', free, 'all', { kind: 'ask', reach: 'user' }],
  ] as const)('%s (%#), in mode %s', (_what, action, mode, decision) => {
    expect(reach(action, mode)).toMatchObject(decision)
  })

  it('nothing runs in a workspace that is not trusted', () => {
    expect(decide(command, { mode: 'all', trusted: false, sandbox: true })).toMatchObject({ kind: 'deny' })
  })

  it('without one, to want to leave it changes nothing', () => {
    expect(decide(free, { mode: 'all', trusted: true })).toEqual({ kind: 'allow' })
    expect(decide(free, { mode: 'edits', trusted: true })).toMatchObject({ kind: 'ask' })
  })
})

describe('protected paths', () => {
  it.each(protectedPaths)('%j is asked about, read or edited, in every mode', (path) => {
    const target = named(path)
    expect(protectedName(target)).toBeDefined()
    for (const mode of modes) {
      expect(decided({ kind: 'edit', targets: [plain, target] }, mode)).toMatchObject({
        kind: 'ask',
        canRemember: false,
      })
      expect(decided({ kind: 'read', targets: [target] }, mode)).toMatchObject({ kind: 'ask', canRemember: false })
    }
  })

  it.each(unprotected)('%j is not', (path) => expect(protectedName(named(path))).toBeUndefined())

  it('counts both names of a file', () => {
    expect(protectedName(named('innocent', { path: '/w/.vscode/settings.json' }))).toBeDefined()
    expect(protectedName(named('innocent', { asked: '/w/.vscode/settings.json' }))).toBeDefined()
  })

  it("knows VS Code's user settings outside the workspace", () => {
    const path = '/home/me/.config/Code/User/settings.json'
    expect(protectedName({ path, asked: path, display: path, inside: false })).toBeDefined()
  })

  it.each(['.vscode', '../outside/.vscode'])('sees a link to %s', async (to) => {
    await using at = await place()
    await at.folder(`project/${to}`)
    await at.link('project/innocent', to)
    expect(protectedName(await at.target('innocent/settings.json'))).toBeDefined()
  })

  it('sees a dangling link', async () => {
    await using at = await place()
    await at.link('project/notes.txt', '.git/hooks/pre-commit')
    expect(protectedName(await at.target('notes.txt'))).toBeDefined()
  })

  it.each(['config', 'hooks/post-checkout', 'objects/x'])('knows %s of a nested bare repository', async (file) => {
    await using at = await place()
    await at.file('project/vendor/HEAD')
    await at.folder('project/vendor/objects')
    await at.folder('project/vendor/refs')
    const onDisk = await repositoryOf(await at.target(`vendor/${file}`))
    expect(onDisk).toBeDefined()
    const action: Action = { kind: 'edit', targets: [named('vendor/config')] }
    expect(decide(action, { mode: 'all', trusted: true, inRepository: () => onDisk !== undefined })).toMatchObject({
      kind: 'ask',
    })
  })

  it('leaves a worktree beside its bare repository alone, and plain folders', async () => {
    await using at = await place()
    for (const name of ['HEAD', 'objects/x', 'refs/x', 'project/.git', 'project/src/a.ts']) await at.file(name)
    expect(await repositoryOf(await at.target('src/a.ts'))).toBeUndefined()
  })
})

describe('files that hold secrets', () => {
  const secret = ['.env', '.env.local', '.ENV', 'prod.env', 'key.pem', 'tls.key', 'id_rsa', 'id_ed25519', '.npmrc']
  secret.push('.netrc', '.aws/credentials', '.aws/config', '.kube/config', '.ssh/known_hosts', 'credentials.json')
  secret.push('.bash_history', 'a/.env/x.env', '.config/gcloud/x', '.git-credentials', 'service-account-1.json')
  it.each(secret)('%s does', (path) => expect(holdsSecret(named(path))).toBe(true))
  it.each(['.env.example', '.env.sample', 'id_rsa.pub', 'environment.ts', 'monkey.ts', 'keys.ts'])(
    '%s does not',
    (path) => expect(holdsSecret(named(path))).toBe(false),
  )
  it('counts both names', () => {
    expect(holdsSecret(named('a', { path: '/w/.env' }))).toBe(true)
    expect(holdsSecret(named('a', { asked: '/w/.env' }))).toBe(true)
  })
})

describe('the table', () => {
  const rows: [name: string, action: Action, verdicts: string][] = [
    ['read inside', { kind: 'read', targets: [plain] }, 'allow allow allow'],
    ['read nothing', { kind: 'read', targets: [] }, 'allow allow allow'],
    ['read outside', { kind: 'read', targets: [plain, outside] }, 'ask ask allow'],
    ['read a secret', { kind: 'read', targets: [plain, env] }, 'ask ask ask'],
    ['edit inside', { kind: 'edit', targets: [plain] }, 'ask allow allow'],
    ['edit nothing known', { kind: 'edit', targets: [] }, 'ask allow allow'],
    ['edit outside', { kind: 'edit', targets: [plain, outside] }, 'ask ask allow'],
    ['edit protected', { kind: 'edit', targets: [plain, guarded] }, 'ask ask ask'],
    ['read protected', { kind: 'read', targets: [guarded] }, 'ask ask ask'],
    ['command', command, 'ask ask allow'],
    ['text for a process', typed, 'ask ask allow'],
    ['script', script, 'ask ask allow'],
    ['session', { kind: 'session' }, 'allow allow allow'],
  ]
  it.each(rows)('%s', (_name, action, verdicts) => {
    expect(modes.map((mode) => decided(action, mode).kind).join(' ')).toBe(verdicts)
  })

  it.each(rows)('%s in an untrusted workspace', (_name, action) => {
    for (const mode of modes) {
      const verdict = decide(action, { mode, trusted: false })
      expect(verdict.kind).toBe(action.kind === 'session' ? 'allow' : 'deny')
    }
  })

  it('says why, in a sentence', () => {
    const reasons = rows.flatMap(([, action]) => modes.map((mode) => decided(action, mode)))
    for (const verdict of reasons) if (verdict.kind === 'ask') expect(verdict.reason).toMatch(/^Asks because .+\.$/)
    expect(decided({ kind: 'edit', targets: [guarded] }, 'all')).toMatchObject({
      reason: 'Asks because .vscode/settings.json can make VS Code run things.',
    })
    const odd = named('.vscode/\u202Egpj.exe')
    expect(decided({ kind: 'edit', targets: [odd] }, 'all')).toMatchObject({
      reason: expect.stringContaining('⟦U+202E⟧'),
    })
  })

  it.each(['false', false, true])('does not hear the model say requires_approval: %s', (said) => {
    const action = { ...command, requires_approval: said, mode: 'all', trusted: true }
    expect(decided(action, 'ask').kind).toBe('ask')
  })

  it('never gives more than the user does', () => {
    const given = modes.map((user) => modes.map((asked) => atMost(user, asked)))
    expect(given).toEqual([
      ['ask', 'ask', 'ask'],
      ['ask', 'edits', 'edits'],
      ['ask', 'edits', 'all'],
    ])
  })
})

function decided(action: Action, mode: ApprovalMode): ReturnType<typeof decide> {
  return decide(action, { mode, trusted: true })
}

it('asks about each text for a process anew: what it makes of the text, nobody knows', () => {
  expect(decide(typed, { mode: 'ask', trusted: true })).toMatchObject({ kind: 'ask', canRemember: false })
  expect(decide(typed, { mode: 'all', trusted: false })).toMatchObject({ kind: 'deny' })
})
