import { mkdir, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { oddPath } from '../../../../src/core/approvals/names.ts'
import { isWithin, recheck, resolveFile, resolveFolder } from '../../../../src/core/approvals/paths.ts'
import { place, workspaceOf } from './place.ts'

describe('what a path means', () => {
  it.each([
    ['src/a.ts', 'src/a.ts', true],
    ['./src/../src/a.ts', 'src/a.ts', true],
    ['new/deep/file.ts', 'new/deep/file.ts', true],
    ['.', '.', true],
    ['..hidden', '..hidden', true],
    ['~backup.txt', '~backup.txt', true],
    ['a:b', 'a:b', true],
  ])('%s is %s in the workspace', async (path, display, inside) => {
    await using at = await place()
    await at.file('project/src/a.ts')
    expect(await at.target(path)).toMatchObject({ display, inside, path: join(at.root, 'project', display) })
  })

  it.each(['../project-evil/x', '../secret', 'src/../../x', '/etc/passwd', '../projec', '../project/../x'])(
    '%s is outside, and shown absolute',
    async (path) => {
      await using at = await place()
      await at.file('project-evil/x')
      const target = await at.target(path)
      expect(target.inside).toBe(false)
      expect(target.display).toBe(target.path)
    },
  )

  it('follows a link that leads outside', async () => {
    await using at = await place()
    await at.file('secret.txt')
    await at.link('project/innocent.txt', '../secret.txt')
    const target = await at.target('innocent.txt')
    expect(target).toMatchObject({ path: join(at.root, 'secret.txt'), inside: false })
    expect(target.asked).toBe(join(at.root, 'project/innocent.txt'))
  })

  it.each([
    ['dangling.txt', '../outside/new.txt', 'outside/new.txt'],
    ['dangling.txt', 'b', 'project/b'],
    ['folder/new.txt', '../elsewhere', undefined],
  ])('%s -> %s counts where its target would be', async (name, to, physical) => {
    await using at = await place()
    await at.link(`project/${name}`, to)
    const target = await at.target(name)
    expect(target.path).toBe(join(at.root, physical ?? 'project/elsewhere'))
  })

  it('follows a folder link under a file that does not exist yet', async () => {
    await using at = await place()
    await at.folder('outside')
    await at.link('project/sub', '../outside')
    expect(await at.target('sub/deep/new.txt')).toMatchObject({
      path: join(at.root, 'outside/deep/new.txt'),
      inside: false,
    })
  })

  it('leaves a link by its target, not by its name, where a dangling link says ..', async () => {
    await using at = await place()
    await at.folder('far/away')
    await at.link('project/sub', '../far/away')
    await at.link('project/dangling', 'sub/../new.txt')
    expect((await at.target('dangling')).path).toBe(join(at.root, 'far/new.txt'))
  })

  it('follows dangling links through each other', async () => {
    await using at = await place()
    await at.link('project/one', 'two')
    await at.link('project/two', join(at.root, 'three'))
    expect((await at.target('one')).path).toBe(join(at.root, 'three'))
  })

  it('takes a folder that is opened through a link for what it is', async () => {
    await using at = await place()
    await at.file('project/a.ts')
    await at.link('shortcut', 'project')
    const through = workspaceOf(['shortcut', join(at.root, 'shortcut')])
    const target = await at.target('a.ts', through)
    expect(target).toMatchObject({ path: join(at.root, 'project/a.ts'), display: 'a.ts', inside: true })
    expect(await at.target(join(at.root, 'project/a.ts'), through)).toMatchObject({ display: 'a.ts', inside: true })
  })

  it('reads folder/path with several folders, and shows it so', async () => {
    await using at = await place()
    const both = workspaceOf(['one', join(at.root, 'project')], ['two', join(at.root, 'other')])
    await at.file('other/b.ts')
    expect(await at.target('two/b.ts', both)).toMatchObject({ path: join(at.root, 'other/b.ts'), display: 'two/b.ts' })
    expect(await at.target('c.ts', both)).toMatchObject({ path: join(at.root, 'project/c.ts'), display: 'one/c.ts' })
    expect(await at.target('two/../../x', both)).toMatchObject({ inside: false })
  })

  it.each(['..', 'a/b', 'same'])('shows the absolute path when the folder name %j would mislead', async (name) => {
    await using at = await place()
    const both = workspaceOf(['same', join(at.root, 'project')], [name, join(at.root, 'other')])
    expect((await at.target(join(at.root, 'other/b.ts'), both)).display).toBe(join(at.root, 'other/b.ts'))
  })

  it('says that no folder is open', async () => {
    expect(await resolveFile('a.ts', workspaceOf())).toMatchObject({ kind: 'failed', code: 'no_folder' })
    expect(await resolveFile('/a.ts', workspaceOf())).toMatchObject({ inside: false })
  })

  it.each([
    ['loop', 'bad_path'],
    ['file.txt/below', 'not_a_folder'],
  ])('%s fails with %s', async (path, code) => {
    await using at = await place()
    await at.file('project/file.txt')
    await at.link('project/loop', 'loop')
    expect(await resolveFile(path, at.workspace)).toMatchObject({ kind: 'failed', code })
  })
})

describe('the folder of a command', () => {
  it('is the first workspace folder unless given, and must be a folder', async () => {
    await using at = await place()
    await at.file('project/src/a.ts')
    expect(await resolveFolder(undefined, at.workspace)).toMatchObject({ display: '.' })
    expect(await resolveFolder('src', at.workspace)).toMatchObject({ display: 'src', inside: true })
    expect(await resolveFolder('src/a.ts', at.workspace)).toMatchObject({ code: 'not_a_folder' })
    expect(await resolveFolder('none', at.workspace)).toMatchObject({ code: 'not_found' })
    expect(await resolveFolder('file:///', at.workspace)).toMatchObject({ code: 'bad_path' })
  })
})

describe('a second look before the file is opened', () => {
  it('passes what has not moved', async () => {
    await using at = await place()
    await at.file('real.txt')
    await at.link('project/a.txt', '../real.txt')
    expect(await recheck(await at.target('a.txt'))).toBeUndefined()
    expect(await recheck(await at.target('new/file.txt'))).toBeUndefined()
  })

  it('refuses when a parent was swapped for a link', async () => {
    await using at = await place()
    await at.file('project/sub/a.txt')
    await at.folder('outside')
    const target = await at.target('sub/a.txt')
    await rename(join(at.root, 'project/sub'), join(at.root, 'project/kept'))
    await symlink('../outside', join(at.root, 'project/sub'))
    expect(await recheck(target)).toMatchObject({ kind: 'failed', code: 'moved' })
  })

  it('refuses when the file became a link, or the link leads elsewhere', async () => {
    await using at = await place()
    await at.file('project/a.txt')
    await at.link('project/link', 'a.txt')
    const [plain, linked] = [await at.target('a.txt'), await at.target('link')]
    await rm(join(at.root, 'project/link'))
    await symlink('/etc/passwd', join(at.root, 'project/link'))
    expect(await recheck(linked)).toMatchObject({ code: 'moved' })
    await rm(join(at.root, 'project/a.txt'))
    await symlink('.vscode/settings.json', join(at.root, 'project/a.txt'))
    expect(await recheck(plain)).toMatchObject({ code: 'moved' })
  })

  it('refuses when a missing parent came to be a link', async () => {
    await using at = await place()
    const target = await at.target('sub/new.txt')
    await mkdir(join(at.root, 'outside'))
    await symlink('../outside', join(at.root, 'project/sub'))
    expect(await recheck(target)).toMatchObject({ code: 'moved' })
  })
})

describe('odd names', () => {
  const everywhere = [
    '',
    '  ',
    'a\0b',
    'a\nb',
    'a\u001b[31m',
    '.vscode/settings.json::$DATA',
    'settings.json:x:$DATA',
    'settings.json:$DATA',
    '.git::$INDEX_ALLOCATION/config',
    'SETTIN~1.JSO',
    'GIT~1/config',
    'a/VSCOD~12/x',
    'settings.json.',
    'settings.json ',
    '.vscode /settings.json',
    '.vscode./settings.json',
    '.git../config',
    'NUL',
    'con',
    'a/aux',
    'COM1',
    'file:///etc/passwd',
    'FILE:///etc/passwd',
    'file:/etc/passwd',
    'vscode-remote://host/x',
    'https://host/x',
    '~',
    '~/x',
    'x'.repeat(5000),
    `a/${'é'.repeat(128)}`,
  ]
  it.each(everywhere)('%j is refused on every platform', (path) => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      expect(oddPath(path, platform)).toMatchObject({ kind: 'failed', code: 'bad_path' })
    }
  })

  it.each(['..\\x', '.vscode\\settings.json', 'a\\b'])('%j is refused where \\ is no separator', (path) => {
    expect(oddPath(path, 'linux')).toBeDefined()
    expect(oddPath(path, 'win32')).toBeUndefined()
  })

  it.each(['a:stream', 'nul.txt', 'aux.c', 'con .txt', 'a?', '\\\\server\\share', '//server/share', '\\\\?\\C:\\x'])(
    '%j is refused on Windows',
    (path) => {
      expect(oddPath(path, 'win32')).toBeDefined()
    },
  )

  it.each([
    'a.ts',
    '.env',
    'a/..',
    '../x',
    'HEAD~1.md.txt',
    'console.ts',
    'nullable.ts',
    'x~',
    'a~1b',
    'backup~123.txt',
  ])('%j is a plain name', (path) => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) expect(oddPath(path, platform)).toBeUndefined()
  })

  it('takes a drive for no stream', () => {
    expect(oddPath('C:\\x\\y.ts', 'win32')).toBeUndefined()
    expect(oddPath('C:\\x\\y.ts:z', 'win32')).toBeDefined()
  })
})

it('takes a folder for within itself, and no neighbour that begins alike', () => {
  expect(isWithin('/a/b', '/a/b')).toBe(true)
  expect(isWithin('/a/b', '/a/b/c')).toBe(true)
  expect(isWithin('/', '/a')).toBe(true)
  expect(isWithin('/a/b', '/a/bc')).toBe(false)
  expect(isWithin('/a/b', '/a')).toBe(false)
})
