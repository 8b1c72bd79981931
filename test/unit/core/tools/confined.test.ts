import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Confinement } from '../../../../src/core/sandbox/confinement.ts'
import { terminal } from '../../../../src/core/tools/terminal.ts'
import { failed } from '../../../../src/core/tools/tool.ts'
import { CancellationSource, textOf, until, Workbench } from './workbench.ts'

const confinements: Confinement[] = []
afterAll(() => Promise.all(confinements.map((one) => one[Symbol.asyncDispose]())))

async function confined(files?: Record<string, string>): Promise<Workbench> {
  const bench = await Workbench.open(files)
  const workspace = { folders: () => bench.folders, trusted: () => true }
  const confinement = new Confinement({ workspace, enabled: () => true })
  confinements.push(confinement)
  expect(await confinement.state()).toBe('on')
  bench.confinement = confinement
  bench.reach = 'offline'
  return bench
}

test('a confined command writes in the workspace, and its result says what it could not', async () => {
  await using bench = await confined({ '.vscode/settings.json': '{}' })
  const tool = terminal(bench.ports)
  expect(textOf(await bench.call(tool, { command: 'echo a > a.txt && cat a.txt' }))).toBe('exit code 0\na\n')
  const text = textOf(await bench.call(tool, { command: 'echo evil > .vscode/settings.json' }))
  expect(text).toContain('It ran in the sandbox')
  expect(text).toContain('has no network')
  expect(await readFile(join(bench.folder, '.vscode/settings.json'), 'utf8')).toBe('{}')
  bench.reach = 'online'
  expect(textOf(await bench.call(tool, { command: 'exit 3' }))).not.toContain('network')
})

test('a command with the user’s own reach knows no walls', async () => {
  await using bench = await confined({ '.vscode/settings.json': '{}' })
  bench.reach = 'user'
  const text = textOf(await bench.call(terminal(bench.ports), { command: 'echo mine > .vscode/settings.json; exit 1' }))
  expect(text).toBe('exit code 1\n(no output)')
})

test('Stop ends a confined command with what hides from every look', async () => {
  await using bench = await confined()
  const source = new CancellationSource()
  const hide = 'env -i setsid bash -c "(trap \'\' TERM HUP; while :; do date +%N > beat; sleep 0.02; done) &"'
  const call = bench.call(terminal(bench.ports), { command: `${hide}; sleep 600` }, source.token)
  const beat = (): Promise<number> =>
    stat(join(bench.folder, 'beat')).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    )
  await until(async () => (await beat()) > 0)
  source.cancel('stop')
  expect(await call).toMatchObject({ kind: 'cancelled' })
  const last = await beat()
  await bench.call(terminal(bench.ports), { command: 'sleep 0.3' })
  expect(await beat()).toBe(last)
})

test('what stood in for missing folders is gone after the last command', async () => {
  await using bench = await confined()
  await Promise.all([1, 2, 3].map(() => bench.call(terminal(bench.ports), { command: 'ls -A' })))
  await until(async () => (await stat(join(bench.folder, '.vscode')).catch(() => undefined)) === undefined)
})

test('a sandbox that is gone is a failure that says what to do, never a run without walls', async () => {
  await using bench = await Workbench.open()
  const none = failed('no_sandbox', 'There is no sandbox here.')
  const workspace = { folders: () => bench.folders, trusted: () => true }
  const confinement = new Confinement({ workspace, enabled: () => true, find: async () => none })
  bench.confinement = confinement
  bench.reach = 'offline'
  expect(await bench.call(terminal(bench.ports), { command: 'echo x > x' })).toEqual(none)
  await expect(stat(join(bench.folder, 'x'))).rejects.toThrow('ENOENT')
  expect([confinement.takeHint(), confinement.takeHint()]).toEqual([none.message, undefined])
})

test('turned off, it is not even looked for', async () => {
  const find = (): never => {
    throw new Error('looked for')
  }
  const workspace = { folders: () => [], trusted: () => true }
  expect(await new Confinement({ workspace, enabled: () => false, find }).state()).toBe('off')
})

test('a command that was stopped before it began leaves no folder behind that stood in for a missing one', async () => {
  await using bench = await confined()
  const source = new CancellationSource()
  const enclose = bench.confinement.enclose.bind(bench.confinement)
  bench.confinement = {
    enclose: async (...command) => {
      const enclosed = await enclose(...command)
      source.cancel('stop')
      return enclosed
    },
  }
  await expect(bench.call(terminal(bench.ports), { command: 'true' }, source.token)).rejects.toThrow()
  await expect(stat(join(bench.folder, '.vscode'))).rejects.toThrow('ENOENT')
})
