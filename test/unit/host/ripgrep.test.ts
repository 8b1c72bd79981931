import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findRipgrep } from '../../../src/host/ripgrep.ts'

const binary = process.platform === 'win32' ? 'rg.exe' : 'rg'

describe('findRipgrep', () => {
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'stretto-rg-'))
  })
  afterEach(() => rm(root, { recursive: true }))

  it.each([
    ['node_modules', '@vscode', 'ripgrep-universal', 'bin', `${process.platform}-${process.arch}`],
    ['node_modules', '@vscode', 'ripgrep', 'bin'],
    ['node_modules.asar.unpacked', '@vscode', 'ripgrep', 'bin'],
  ])('finds the one that VS Code carries in %s/%s/%s', async (...parts) => {
    const folder = join(root, ...parts)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, binary), '')
    await chmod(join(folder, binary), 0o755)
    expect(await findRipgrep(root)).toBe(join(folder, binary))
  })

  it('falls back to the PATH', async () => {
    expect(await findRipgrep(root)).toBe(binary)
  })
})
