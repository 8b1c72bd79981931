import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../../..')
const clients = join(root, 'src/core/code/clients')

/** What Python 3.8 would not take in the files, a line each. */
async function problems(files: readonly string[]): Promise<string[]> {
  const program = join(root, 'test/support/rpc/python38.py')
  const { stdout } = await promisify(execFile)('python3', [program, ...files])
  return stdout.trim().split('\n').filter(Boolean)
}

test('what Python kernels run needs nothing newer than Python 3.8, and nothing but its standard library', async () => {
  const files = (await readdir(clients)).filter((name) => name.endsWith('.py')).map((name) => join(clients, name))
  expect(files.length).toBeGreaterThanOrEqual(2)
  expect(await problems(files)).toEqual([])
})

test('what is newer is found', async () => {
  const newer = [
    ['match 1:\n    case 1: pass', /Pattern matching/],
    ['try: pass\nexcept* ValueError: pass', /Exception groups/],
    ['import tomllib', /module tomllib/],
    ['from numpy import array', /module numpy/],
    ['"a".removeprefix("b")', /name removeprefix/],
    ['from functools import cache', /name functools\.cache/],
    ['def f(a: list[int]): pass', /subscript of list/],
    ['{} | {}', /union of dicts/],
    ['zip([], [], strict=True)', /zip with strict/],
    ['@(lambda f: f)\ndef g(): pass', /decorator/],
  ] as const
  const folder = await mkdtemp(join(tmpdir(), 'stretto-python-'))
  try {
    for (const [source, expected] of newer) {
      const file = join(folder, 'newer.py')
      await writeFile(file, `${source}\n`)
      expect(await problems([file]), source).toEqual([expect.stringMatching(expected)])
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})
