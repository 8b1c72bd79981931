import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { SpoolFolder } from '../../src/core/rpc/spool.ts'

export interface SpoolFolderWorld {
  folder: SpoolFolder
  /** The same folder, as this machine sees it. */
  path: string
}

/** What every folder that carries messages does. */
export function spoolFolderContract(open: () => Promise<SpoolFolderWorld>): void {
  it('shows what was written, whole and in the order of names, until it is removed', async () => {
    const { folder, path } = await open()
    const files = ['b', 'a', 'c'].map((name) => ({ name: `${name}.json`, text: `[${name} "é\u{1F600}\\n"\r\n\n]\n` }))
    await folder.write(files)
    const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    expect(await folder.list()).toEqual(sorted)
    expect(await folder.list()).toEqual(sorted)
    await folder.remove(['a.json', 'b.json', 'never.json'])
    expect(await folder.list()).toEqual(sorted.slice(2))
    expect(await readdir(path)).toEqual(['c.json'])
  })

  it('shows nothing of an empty folder, and an empty file', async () => {
    const { folder } = await open()
    expect(await folder.list()).toEqual([])
    await folder.write([{ name: 'empty.json', text: '' }])
    expect(await folder.list()).toEqual([{ name: 'empty.json', text: '' }])
  })

  it('shows no file that is being written', async () => {
    const { folder, path } = await open()
    await writeFile(join(path, '.half.json'), '[')
    await folder.write([{ name: 'whole.json', text: '[]' }])
    expect(await folder.list()).toEqual([{ name: 'whole.json', text: '[]' }])
    expect((await readdir(path)).toSorted()).toEqual(['.half.json', 'whole.json'])
  })

  it('neither follows nor opens what is no file, and says so', async () => {
    const { folder, path } = await open()
    await mkdir(join(path, 'folder.json'))
    await symlink('/etc/passwd', join(path, 'link.json'))
    execFileSync('mkfifo', [join(path, 'pipe.json')])
    await writeFile(join(path, 'whole.json'), '[]')
    const problem = expect.stringMatching(/it is no file/)
    const odd = ['folder.json', 'link.json', 'pipe.json'].map((name) => ({ name, problem }))
    const entries = await folder.list()
    expect(entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([...odd, { name: 'whole.json', text: '[]' }])
  })

  it('moves out of sight what is set aside, whatever its name', async () => {
    const { folder, path } = await open()
    const names = ["it's; $(odd) `name`", '-rf', 'a b', 'ü\nü', '*']
    for (const name of names) await writeFile(join(path, name), 'x')
    await mkdir(join(path, 'folder'))
    expect((await folder.list()).map(({ name }) => name).toSorted()).toEqual([...names, 'folder'].toSorted())
    await folder.setAside([...names, 'folder'])
    expect(await folder.list()).toEqual([])
    expect(existsSync(join(path, 'folder'))).toBe(false)
  })

  it('writes many files at once, and shows all of them in a few looks', async () => {
    const { folder } = await open()
    const files = Array.from({ length: 100 }, (_, n) => ({
      name: `${String(n).padStart(3, '0')}.json`,
      text: `[${n}]`,
    }))
    await folder.write(files)
    const seen: unknown[] = []
    while (seen.length < files.length) {
      const entries = await folder.list()
      seen.push(...entries)
      await folder.remove(entries.map(({ name }) => name))
    }
    expect(seen).toEqual(files)
    expect(await folder.list()).toEqual([])
  })

  it('rejects when it is gone, and says that it is', async () => {
    const { folder, path } = await open()
    await rm(path, { recursive: true })
    await expect(folder.list()).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(folder.write([{ name: 'a.json', text: '[]' }])).rejects.toMatchObject({ code: 'ENOENT' })
  })
}
