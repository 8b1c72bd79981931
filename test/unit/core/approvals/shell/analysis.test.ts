import { execFileSync } from 'node:child_process'
import { chmod, mkdir, readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { shellAnalysis } from '../../../../../src/core/approvals/shell/analysis.ts'
import type { ShellAnalysis } from '../../../../../src/core/approvals/shell.ts'
import { Confinement } from '../../../../../src/core/sandbox/confinement.ts'
import { neverCancelled } from '../../../../../src/core/scheduling/cancellation.ts'
import { fileListing } from '../../../../../src/core/tools/fileListing.ts'
import { terminal } from '../../../../../src/core/tools/terminal.ts'
import { Workbench } from '../../tools/workbench.ts'
import { openAnalysis } from './analyse.ts'

let bench: Workbench
let shell: ShellAnalysis

beforeEach(async () => {
  bench = await Workbench.open({
    'a.txt': 'foo\n',
    'src/a.ts': 'foo\n',
    'docs/a.md': 'foo\n',
    'docs/hidden/.env': 'KEY=secret\n',
    'keys/server.pem': 'secret\n',
    'AGENTS.md': 'x\n',
  })
  await bench.write({ 'evil.sh': `#!/bin/sh\ntouch ${bench.folder}/PWNED\n` })
  await chmod(join(bench.folder, 'evil.sh'), 0o755)
  const { workspace } = bench.ports
  shell = shellAnalysis({ workspace, listing: fileListing(bench.ports), load: openAnalysis })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await bench[Symbol.asyncDispose]()
  await rm(bench.folder, { recursive: true, force: true })
})

async function judge(command: string, cwd = bench.folder): Promise<string> {
  const verdict = await shell.judge(command, cwd)
  return verdict.kind === 'harmless' ? 'harmless' : verdict.reason
}

describe('what a command reads', () => {
  test.each([
    ['cat a.txt', 'harmless'],
    ['cat src/a.ts src/nope', 'harmless'],
    ['cat src/*.ts', 'harmless'],
    ['cat src/[ab].ts s?c/a.ts', 'harmless'],
    ['rg foo src', 'harmless'],
    ['grep -rn foo src', 'harmless'],
    ['rg foo docs', 'harmless'],
    ['cd src && cat ../a.txt', 'harmless'],
    ['ls docs/hidden/.env', 'harmless'],
    ['cat ../x', 'outside'],
    ['cat /etc/passwd', 'outside'],
    ['ls ~', 'outside'],
    ['find / -name x', 'outside'],
    ['cd .. && ls', 'outside'],
    ['cd /etc; cat passwd', 'outside'],
    ['cat < ../x', 'outside'],
    ['cat link/x', 'outside'],
    ['cat l*/passwd', 'outside'],
    ['cat l*/nope', 'harmless'],
    ['cat dangling', 'outside'],
    ['cat inner/../../x', 'outside'],
    ['ls .', 'harmless'],
    ['cat docs/hidden/.env', 'secrets'],
    ['cat docs/hidden/.e*', 'secrets'],
    ['cat docs/hidden/.e?v', 'secrets'],
    ['cat docs/hidden/.[e]nv', 'above'],
    ['cat docs/*/.env', 'secrets'],
    ['cat keys/*', 'secrets'],
    ['cat alias', 'secrets'],
    ['grep -r foo docs', 'secrets'],
    ['grep -r foo', 'secrets'],
    ['rg foo keys', 'secrets'],
    ['rg foo docs/hidden/.env', 'secrets'],
    ['cat AGENTS.md', 'protected'],
    ['cat a.txt/x', 'looked at (ENOTDIR)'],
    ['cat loop', 'looked at (ELOOP)'],
  ])('%j: %s', async (command, says) => {
    await symlink('/etc', join(bench.folder, 'link'))
    await symlink('/nowhere/x', join(bench.folder, 'dangling'))
    await symlink('loop', join(bench.folder, 'loop'))
    await symlink('docs/hidden/.env', join(bench.folder, 'alias'))
    await symlink('src', join(bench.folder, 'inner'))
    expect(await judge(command)).toContain(says)
  })

  test('a pattern that finds a file called like an option asks, where it could be taken for one', async () => {
    expect(await judge('grep -n foo *.txt')).toBe('harmless')
    await bench.write({ '-r.txt': '' })
    expect(await judge('grep -n foo *.txt')).toContain('called like an option')
    expect(await judge('grep -n foo ./*.txt')).toBe('harmless')
    expect(await judge('cat src/*')).toBe('harmless')
  })

  test('a folder outside of the workspace asks, whatever is done there', async () => {
    expect(await judge('true', '/')).toContain('outside')
  })

  test('a pattern that finds too much asks', async () => {
    const names = Array.from({ length: 2_100 }, (_, at) => `many/${at}.txt`)
    await bench.write({ 'many/x': '' })
    execFileSync('touch', names, { cwd: bench.folder })
    expect(await judge('cat many/*.txt')).toContain('too many')
  })

  test('asks when there is nothing to search with', async () => {
    const { workspace, processes } = bench.ports
    const listing = fileListing({ processes, ripgrep: async () => '/nowhere/rg' })
    const without = shellAnalysis({ workspace, listing, load: openAnalysis })
    expect(await without.judge('rg foo src', bench.folder)).toMatchObject({
      reason: expect.stringContaining('looked through'),
    })
  })

  test('asks when the analysis cannot be loaded, and tries again', async () => {
    const { workspace } = bench.ports
    const load = vi.fn(openAnalysis).mockRejectedValueOnce(new Error('no file'))
    const analysis = shellAnalysis({ workspace, listing: fileListing(bench.ports), load })
    expect(await analysis.judge('ls', bench.folder)).toMatchObject({
      reason: expect.stringContaining('could not be loaded'),
    })
    expect(await analysis.judge('ls', bench.folder)).toEqual({ kind: 'harmless' })
  })
})

describe('git', () => {
  const git = (...args: string[]): unknown => execFileSync('git', args, { cwd: bench.folder, stdio: 'ignore' })

  test('is harmless in a repository as git makes one', async () => {
    git('init')
    git('remote', 'add', 'origin', 'https://example.com/x')
    git('config', 'branch.main.remote', 'origin')
    expect(await judge('git status')).toBe('harmless')
    expect(await judge('cd src && git log')).toBe('harmless')
  })

  test.each([
    'core.fsmonitor',
    'core.pager',
    'core.sshcommand',
    'core.worktree',
    'core.attributesfile',
    'core.alternaterefscommand',
    'diff.external',
    'diff.x.textconv',
    'diff.x.command',
    'filter.x.clean',
    'filter.x.process',
    'include.path',
    'includeif.gitdir:/.path',
    'gpg.program',
    'pager.log',
    'pretty.x',
    'format.pretty',
    'log.showsignature',
    'remote.origin.promisor',
    'extensions.partialclone',
    'submodule.x.ignore',
  ])('asks where the repository sets %s', async (key) => {
    git('init')
    git('config', key, './evil.sh')
    expect(await judge('git status')).toContain('the repository sets')
    expect(await judge('git -C src log')).toContain('the repository sets')
  })

  test('asks where the settings are not understood', async () => {
    for (const config of [
      '[core] fsmonitor = x\n',
      '[user]\n\tname = a \\\n[core]\n',
      'x\n',
      '[core]\n\tbare = no\r\tx\n',
      `[user]\n${'#'.repeat(300_000)}`,
    ]) {
      await bench.write({ '.git/config': config })
      expect(await judge('git status')).toContain('the repository sets')
    }
  })

  test('asks about what leads to a repository elsewhere, as far as that is not harmless', async () => {
    await bench.write({
      'sub/.git': 'gitdir: ../real\n',
      'real/config': '[core]\n\tfsmonitor = x\n',
      'odd/.git': 'what',
    })
    expect(await judge('git -C sub status')).toContain('the repository sets')
    expect(await judge('git -C odd status')).toContain('not understood')
    await bench.write({ 'real/config': '[core]\n\tbare = false\n' })
    expect(await judge('git -C sub status')).toBe('harmless')
    await bench.write({
      'real/commondir': '../common\n',
      'common/config': '[alias]\n\tx = y\n[diff "x"]\n\ttextconv = z\n',
    })
    expect(await judge('git -C sub status')).toContain('the repository sets')
  })

  test('asks in a bare repository, whatever it is called', async () => {
    execFileSync('git', ['init', '--bare', 'bare'], { cwd: bench.folder, stdio: 'ignore' })
    expect(await judge('git -C bare log')).toContain('a repository of its own')
  })

  test('asks where submodules would be looked into', async () => {
    git('init')
    await bench.write({ '.gitmodules': '[submodule "x"]\n\tignore = none\n' })
    expect(await judge('git status')).toContain('submodules')
  })
})

describe('the terminal', () => {
  async function run(command: string, more: { outside?: boolean } = {}): Promise<string> {
    const ports = { ...bench.ports, shell }
    const plan = await terminal(ports).plan({ command, ...more })
    if ('kind' in plan) throw new Error(plan.message)
    const result = await plan.run(bench.progress(), neverCancelled)
    const verdict = plan.action.kind === 'command' ? plan.action.shell?.kind : undefined
    return `${verdict}: ${result.kind === 'completed' ? result.text : result.kind}`
  }
  const wasRun = async (): Promise<boolean> =>
    (await readFile(join(bench.folder, 'PWNED')).catch(() => undefined)) !== undefined

  beforeEach(async () => {
    await mkdir(join(bench.folder, 'bin'))
    await symlink('../evil.sh', join(bench.folder, 'bin/ls'))
  })

  test('runs a harmless command without what the environment would have it run', async () => {
    vi.stubEnv('BASH_ENV', join(bench.folder, 'evil.sh'))
    vi.stubEnv('PATH', `${bench.folder}/bin:.:${process.env['PATH']}`)
    vi.stubEnv('BASH_FUNC_cat%%', `() { touch ${bench.folder}/PWNED; }`)
    expect(await run('ls src && cat a.txt')).toMatch(/^harmless: exit code 0\na\.ts\nfoo/)
    expect(await wasRun()).toBe(false)
    // Any other command has the environment that the user has.
    expect(await run('(ls) && echo $((1))')).toMatch(/^asks: /)
    expect(await wasRun()).toBe(true)
  })

  test('runs git without what the repository and the environment would have it run', async () => {
    execFileSync('git', ['init'], { cwd: bench.folder, stdio: 'ignore' })
    vi.stubEnv('GIT_EXTERNAL_DIFF', join(bench.folder, 'evil.sh'))
    vi.stubEnv('GIT_CONFIG_COUNT', '1')
    vi.stubEnv('GIT_CONFIG_KEY_0', 'core.fsmonitor')
    vi.stubEnv('GIT_CONFIG_VALUE_0', join(bench.folder, 'evil.sh'))
    expect(await run('git status --short && git diff')).toContain('harmless: exit code 0')
    expect(await wasRun()).toBe(false)
    await run('git status --short; echo $((1))')
    expect(await wasRun()).toBe(true)
  })

  test('runs it behind the walls as well', async () => {
    execFileSync('git', ['init'], { cwd: bench.folder, stdio: 'ignore' })
    await using confinement = new Confinement({ workspace: bench.ports.workspace, enabled: () => true })
    bench.confinement = confinement
    bench.reach = 'offline'
    const result = await run('git status --short && cat src/a.ts')
    expect(result).toMatch(/^harmless: exit code 0\n/)
    expect(result).toMatch(/\?\? src\/[^]*foo/)
  })

  test('runs what asks to leave the sandbox in the environment of the user, harmless or not', async () => {
    vi.stubEnv('BASH_ENV', join(bench.folder, 'evil.sh'))
    expect(await run('ls src', { outside: true })).toMatch(/^harmless: /)
    expect(await wasRun()).toBe(true)
  })
})
