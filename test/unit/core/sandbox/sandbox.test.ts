import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { profile } from '../../../../src/core/sandbox/seatbelt.ts'
import { findSandbox, type Sandbox, type Walls } from '../../../../src/core/sandbox/sandbox.ts'

let sandbox: Sandbox
let workspace: string
let outside: string

beforeAll(async () => {
  const found = await findSandbox()
  if ('kind' in found) throw new Error(found.message)
  sandbox = found
})
beforeEach(async () => {
  workspace = await realpath(await mkdtemp(join(tmpdir(), 'walls-in-')))
  outside = await realpath(await mkdtemp(join(tmpdir(), 'walls-out-')))
  return () => Promise.all([workspace, outside].map((path) => rm(path, { recursive: true, force: true })))
})
afterAll(() => sandbox[Symbol.asyncDispose]())

/** Runs a shell command behind walls; gives what it printed, and its exit code. */
async function run(command: string, changed: Partial<Walls> = {}): Promise<{ code: number; output: string }> {
  const walls = { writable: [workspace], network: false, ...changed }
  await using enclosed = await sandbox.enclose({ file: 'bash', args: ['-c', command], cwd: workspace }, walls)
  const env = { ...process.env, ...enclosed.environment }
  try {
    const { stdout, stderr } = await promisify(execFile)(enclosed.file, [...enclosed.args], { env })
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, output: stdout + stderr }
  }
}

test('a process reads everything, and writes in the workspace and the temporary folder', async () => {
  const { code } = await run('cat /etc/hostname > copy.txt && echo x > /tmp/x && echo x > "$TMPDIR/y" && ls /tmp/x')
  expect(code).toBe(0)
  expect(await readFile(join(workspace, 'copy.txt'), 'utf8')).toBe(await readFile('/etc/hostname', 'utf8'))
  expect(await run('cat /tmp/x')).toMatchObject({ code: 0 })
  expect(await readdir('/tmp')).not.toContain('x')
})

test.each([
  ['the home folder', 'echo x > ~/.walls-test'],
  ['a system folder', 'echo x > /usr/local/walls-test'],
  ['another folder', 'echo x > "$OUTSIDE/x"'],
  ['another folder through a link', 'ln -s "$OUTSIDE" link && echo x > link/x'],
  ['the root of a remount', 'mount -o remount,rw / && echo x > /usr/local/walls-test'],
])('a process cannot write to %s', async (_where, command) => {
  process.env['OUTSIDE'] = outside
  expect((await run(command)).code).not.toBe(0)
  expect(await readdir(outside)).toEqual([])
})

test.each([
  '.git/config',
  '.git/hooks/pre-commit',
  '.vscode/settings.json',
  'sub/AGENTS.md',
  'deep/er/.git',
  'mcp.json',
  'a.code-workspace',
])('a protected path stays as it is: %s', async (path) => {
  await mkdir(join(workspace, path, '..'), { recursive: true })
  await writeFile(join(workspace, path), 'mine')
  const top = path.split('/').find((name) => name.startsWith('.')) ?? path
  await run(`echo evil > ${path}; rm -rf ${path}; mv ${top} gone; mkdir -p ${path}; ln -sf /etc/passwd ${path}`)
  expect(await readFile(join(workspace, path), 'utf8')).toBe('mine')
})

test.each(['.vscode/settings.json', '.git/config', '.devcontainer/devcontainer.json', '.stretto/rules'])(
  'a protected folder at the top that is missing cannot be made: %s',
  async (path) => {
    const folder = path.split('/')[0]
    const { code } = await run(
      `mkdir -p ${folder} && echo evil > ${path} || { mv ${folder} gone; mkdir ${folder} && echo evil > ${path}; }`,
    )
    expect(code).not.toBe(0)
    expect(await readdir(workspace)).toEqual([])
  },
)

test('what the user puts into such a folder meanwhile is kept', async () => {
  const walls = { writable: [workspace], network: false }
  const first = await sandbox.enclose({ file: 'true', args: [], cwd: workspace }, walls)
  const second = await sandbox.enclose({ file: 'true', args: [], cwd: workspace }, walls)
  await first[Symbol.asyncDispose]()
  expect(await readdir(workspace)).toContain('.vscode')
  await writeFile(join(workspace, '.vscode', 'settings.json'), '{}')
  await second[Symbol.asyncDispose]()
  expect(await readdir(workspace)).toEqual(['.vscode'])
})

test('an empty folder of the user’s own stays, however many processes begin at once', async () => {
  await mkdir(join(workspace, '.vscode'))
  await Promise.all([run('true'), run('true'), run('true')])
  expect(await readdir(workspace)).toEqual(['.vscode'])
})

test('a workspace reached through a link is guarded all the same', async () => {
  await mkdir(join(workspace, 'real', '.git'), { recursive: true })
  await symlink(join(workspace, 'real'), join(workspace, 'alias'))
  expect((await run('echo evil > alias/.git/config')).code).not.toBe(0)
})

test('without network nothing is reached, with it the machine is', async () => {
  const server = createServer((socket) => socket.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const command = `exec 5<>/dev/tcp/127.0.0.1/${port} && cat <&5`
  expect((await run(command)).code).not.toBe(0)
  expect(await run(command, { network: true })).toEqual({ code: 0, output: 'hello' })
  server.close()
})

test('sockets in the machine’s temporary and runtime folders are out of reach', async () => {
  const path = join(outside, 'agent.sock')
  const server = createServer((socket) => socket.end('secret'))
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const command = (at: string) =>
    `python3 -c "import socket; s = socket.socket(socket.AF_UNIX); s.connect('${at}'); print(s.recv(9))"`
  expect((await run(command(path))).code).not.toBe(0)
  const shown = new Set((await run('ls -A /run')).output.split('\n'))
  const hidden = (await readdir('/run')).filter((name) => !/^(systemd|NetworkManager|resolvconf|nscd)$/.test(name))
  expect(hidden.filter((name) => shown.has(name))).toEqual([])
  server.close()
})

test('a path in the temporary folder is seen when it is asked for, read-only', async () => {
  await writeFile(join(outside, 'kernel.py'), 'print(1)')
  const command = `cat ${outside}/kernel.py && ! echo x > ${outside}/kernel.py`
  expect((await run(command)).code).not.toBe(0)
  expect((await run(command, { visible: [outside] })).code).toBe(0)
})

test('what leaves its group, its parent and its environment ends with it', async () => {
  const walls = { writable: [workspace], network: false }
  const hide = 'env -i setsid bash -c "(trap \'\' TERM HUP; while :; do echo x >> alive; sleep 0.02; done) &"'
  const args = ['-c', `${hide}; until [ -s alive ]; do sleep 0.01; done; echo ready; exec sleep 600`]
  await using enclosed = await sandbox.enclose({ file: 'bash', args, cwd: workspace }, walls)
  const child = execFile(enclosed.file, [...enclosed.args])
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
  const size = async () => (await readFile(join(workspace, 'alive'))).length
  await expect.poll(async () => (await size()) === (await size().then(() => pause().then(size)))).toBe(true)
})

/** Long enough for several of the writes that would go on. */
function pause(): Promise<void> {
  return promisify(execFile)('sleep', ['0.2']).then(() => undefined)
}

test('the macOS profile allows writing in the folders alone, and refuses protected names after that', () => {
  const text = profile({ writable: ['/w s'], network: false }, '/t')
  const order = [
    '(deny file-write*)',
    '(allow file-write* (subpath "/w s") (subpath "/t")',
    'AGENTS',
    '(deny network*)',
  ]
  const places = order.map((part) => text.indexOf(part))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(places).not.toContain(-1)
  expect(profile({ writable: [], network: true }, '/t')).not.toContain('network')
})

test('a platform without one says so, and what to do', async () => {
  expect(await findSandbox('win32')).toMatchObject({ code: 'no_sandbox', message: expect.stringContaining('WSL') })
})
