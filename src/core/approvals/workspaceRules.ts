import { parse, type ParseError } from 'jsonc-parser'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Folder } from '../ports.ts'
import { joined, noRules, rulesOf, type Rules } from './rules.ts'

const NAME = '.stretto/permissions.jsonc'
/** In bytes. A longer file is not read. */
const LONGEST = 256 * 1024

/** What the workspace's own folders forbid or ask about. What they would allow is not looked at. */
export async function workspaceRules(folders: readonly Folder[]): Promise<Rules> {
  return joined(await Promise.all(folders.map(rulesIn)))
}

async function rulesIn({ path, name }: Folder): Promise<Rules> {
  const shown = `${name}/${NAME}`
  const text = await textOf(join(path, NAME))
  if (text === undefined) return noRules
  const errors: ParseError[] = []
  const value: unknown = parse(text, errors, { allowTrailingComma: true, disallowComments: false })
  return errors.length > 0 ? { ...noRules, broken: brokenWords(shown) } : rulesOf(value, 'workspace', shown)
}

/** Undefined where there is no file; an empty text, which is no JSON, where it cannot be read. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file)
    return found.isFile() && found.size <= LONGEST ? await readFile(file, 'utf8') : ''
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : ''
  }
}

function brokenWords(name: string): string {
  return `${name} is no JSON that can be read. Correct it.`
}
