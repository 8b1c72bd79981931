import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ScriptLanguage } from '../../../../src/core/code/scripts.ts'
import { World } from './world.ts'

const languages: ScriptLanguage[] = ['python', 'javascript']

const write: Record<ScriptLanguage, (path: string) => string> = {
  python: (path) => `open(${JSON.stringify(path)}, 'w').write('x')`,
  javascript: (path) => `(await import('node:fs')).writeFileSync(${JSON.stringify(path)}, 'x')`,
}
const connect: Record<ScriptLanguage, string> = {
  python: "import socket; socket.create_connection(('192.0.2.1', 9), 5)",
  javascript:
    "await new Promise((resolve, reject) => require('node:net').connect(9, '192.0.2.1').on('error', reject).on('connect', resolve))",
}
const large: Record<ScriptLanguage, string> = {
  python: 'from stretto import tools\nprint(len(tools.read_file(path="x")))',
  javascript: "console.log((await tools.read_file({ path: 'x' })).length)",
}

test.each(languages)('a confined %s script writes in the workspace alone, and reaches no network', async (language) => {
  await using world = await World.confined()
  await mkdir(join(world.folder, '.git'))
  await writeFile(join(world.folder, '.git/config'), 'mine')
  const confined = { reach: 'offline' as const }
  expect((await world.run(language, write[language]('in.txt'), confined)).end).toEqual({ kind: 'ended' })
  for (const path of ['/usr/x', '.git/config', '.vscode/settings.json']) {
    const { end } = await world.run(language, write[language](path), confined)
    expect(end).toMatchObject({ kind: 'ended', error: expect.stringMatching(/read-only|ENOENT|No such file/i) })
  }
  const { end } = await world.run(language, connect[language], confined)
  expect(end).toMatchObject({ error: expect.stringMatching(/unreach/i) })
  expect(await readFile(join(world.folder, '.git/config'), 'utf8')).toBe('mine')
  expect(await readdir(world.folder)).toContain('in.txt')
})

test.each(languages)('a confined %s script gets its answers, large ones too', async (language) => {
  await using world = await World.confined()
  const onCall = async () => ({ kind: 'text' as const, text: 'é'.repeat(1_000_000) })
  const { end, output } = await world.run(language, large[language], { reach: 'offline', onCall })
  expect({ end, output }).toEqual({ end: { kind: 'ended' }, output: '1000000\n' })
})

test('a kernel behind walls never serves a script without, nor the other way', async () => {
  await using world = await World.confined()
  const network = 'import os; print(os.readlink("/proc/self/ns/net"))'
  const seen = async (reach: 'user' | 'online' | 'offline') => (await world.run('python', network, { reach })).output
  const own = await seen('user')
  expect([await seen('online'), await seen('user')]).toEqual([own, own])
  expect(await seen('offline')).not.toBe(own)
  const pids = 'import os; print(os.getpid() < 10)'
  expect((await world.run('python', pids, { reach: 'online' })).output).toBe('True\n')
  expect((await world.run('python', pids, { reach: 'user' })).output).toBe('False\n')
})

test('a protected file that came after a kernel began is protected from its next script', async () => {
  await using world = await World.confined()
  const confined = { reach: 'offline' as const }
  expect((await world.run('python', 'pass', confined)).end).toEqual({ kind: 'ended' })
  await mkdir(join(world.folder, 'sub'))
  await writeFile(join(world.folder, 'sub/AGENTS.md'), 'mine')
  const { end } = await world.run('python', write.python('sub/AGENTS.md'), confined)
  expect(end).toMatchObject({ error: expect.stringContaining('Read-only') })
})
