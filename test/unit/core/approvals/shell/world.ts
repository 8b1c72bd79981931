import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A home with a canary, and a workspace in which everything is out to be run. */
export interface World extends AsyncDisposable {
  root: string
  home: string
  workspace: string
  /** For what the observer writes. */
  scratch: string
  /** What a hostile devcontainer would set. */
  environment: NodeJS.ProcessEnv
}

const files: Readonly<Record<string, string>> = {
  'home/canary': 'secret\n',
  'home/.ssh/id_rsa': 'secret\n',
  'ws/.env': 'KEY=secret\n',
  'ws/.gitignore': '.env\n',
  'ws/a.txt': 'alpha\nbeta\nfoo\n',
  'ws/b.txt': 'foo\ngamma\n',
  'ws/e': 'touch PWNED\n',
  'ws/package.json': '{"name":"x","scripts":{"test":"touch PWNED"}}\n',
  'ws/src/main.ts': 'export const foo = 1\n',
  'ws/src/other file.ts': 'foo bar\n',
  'ws/src/lib/deep.ts': 'foo\n',
  'ws/-exec': '',
  'ws/--pre=.evil.sh': '',
  'ws/-o': '',
  'ws/--output=PWNED': '',
  'ws/-i': '',
  'ws/;': '',
  'ws/$(touch PWNED)': 'foo\n',
  'ws/.gitattributes': '*.txt diff=evil filter=evil\n',
  'ws/data.json': '{"a": [1, 2]}\n',
}
const programs = ['ws/evil.sh', 'ws/.evil.sh', 'ws/bin/ls', 'ws/bin/git', 'ws/bin/cat', 'ws/bin/rg', 'ws/ls']

export async function world(): Promise<World> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'observed-')))
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'observer-')))
  const [home, workspace] = [join(root, 'home'), join(root, 'ws')]
  for (const [path, text] of Object.entries(files)) await put(join(root, path), text)
  for (const path of programs) {
    await put(join(root, path), `#!/bin/sh\ntouch ${workspace}/PWNED\nexec cat\n`)
    await chmod(join(root, path), 0o755)
  }
  await symlink(home, join(workspace, 'out'))
  repository(workspace, home)
  await put(join(workspace, 'a.txt'), 'alpha\nchanged\nfoo\n')
  const evil = join(workspace, 'evil.sh')
  await put(join(workspace, 'hostile/a.txt'), 'x\n')
  repository(join(workspace, 'hostile'), home)
  for (const key of ['core.fsmonitor', 'diff.external', 'core.pager', 'filter.evil.clean', 'diff.evil.textconv'])
    execFileSync('git', ['config', key, evil], { cwd: join(workspace, 'hostile'), env: clean(home) })
  await put(join(workspace, 'hostile/a.txt'), 'y\n')
  return {
    root,
    home,
    workspace,
    scratch,
    environment: {
      HOME: home,
      PATH: `${workspace}/bin:.:${process.env['PATH']}`,
      BASH_ENV: evil,
      ENV: evil,
      'BASH_FUNC_ls%%': '() {  touch PWNED; }',
      PROMPT_COMMAND: evil,
      GIT_EXTERNAL_DIFF: evil,
      GIT_SSH_COMMAND: evil,
      GIT_PAGER: evil,
      PAGER: evil,
      NODE_OPTIONS: `--require ${evil}`,
      PYTHONSTARTUP: evil,
      LESSOPEN: `|${evil} %s`,
      RIPGREP_CONFIG_PATH: evil,
      GREP_OPTIONS: '-r',
      XDG_CONFIG_HOME: workspace,
      CDPATH: home,
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([root, scratch].map((path) => rm(path, { recursive: true, force: true })))
    },
  }
}

function repository(cwd: string, home: string): void {
  const git = (...args: string[]): unknown =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@y', ...args], {
      cwd,
      env: clean(home),
      stdio: 'ignore',
    })
  git('init', '-b', 'main')
  git('add', '.')
  git('commit', '-m', 'first')
  git('branch', '$(touch${IFS}PWNED)')
  git('tag', 'v1')
}

function clean(home: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: home }
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

/** Every file under it: its path, when it was changed, and a hash of what is in it. */
export async function snapshot(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true })
  const lines = entries.toSorted().map(async (path): Promise<[string, string]> => {
    const found = await lstat(join(root, path))
    const content = found.isFile() ? await readFile(join(root, path)) : ''
    return [path, `${found.mtimeMs} ${found.mode} ${createHash('sha256').update(content).digest('base64url')}`]
  })
  return Object.fromEntries(await Promise.all(lines))
}
