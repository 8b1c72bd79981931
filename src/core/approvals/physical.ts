import { lstat, opendir, readdir, readlink, realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, parse, sep } from 'node:path'
import { foldCase } from './names.ts'

const MOST_LINKS = 40
const MOST_REMEMBERED = 10_000

/** Whether a folder folds case; that does not change while it lives. */
const folding = new Map<string, boolean>()
/** How a missing file in a folding folder was first written, so that two spellings of it are one file. */
const spellings = new Map<string, string>()

/**
 * The path with every symlink followed, those that dangle too, and each name as the folder spells it where it folds
 * case. What does not exist yet stays as it is written. `path` is absolute and normalised.
 *
 * @throws what the file system throws, except for missing files
 */
export async function physicalPath(path: string): Promise<string> {
  try {
    return await spelled(await realpath(path))
  } catch (error) {
    if (!isMissing(error)) throw error
    const parent = dirname(path)
    if (parent === path) return path
    return follow(await physicalPath(parent), [basename(path)])
  }
}

/** Walks `names` from a physical folder, as the system would: `..` after a link leaves the link's target. */
async function follow(folder: string, names: string[]): Promise<string> {
  let at = folder
  let links = 0
  const rest = [...names]
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '' || name === '.') continue
    if (name === '..') {
      at = dirname(at)
      continue
    }
    const link = await linkTarget(join(at, name))
    if (link === undefined) {
      at = await withName(at, name)
      continue
    }
    if (++links > MOST_LINKS) throw Object.assign(new Error('too many links'), { code: 'ELOOP' })
    if (isAbsolute(link)) at = parse(link).root
    rest.unshift(...splitNames(link.slice(isAbsolute(link) ? at.length : 0)))
  }
  return at
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    const found = await lstat(path)
    return found.isSymbolicLink() ? await readlink(path) : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** `folder/name` under the name that the folder has for it, or that it was first asked for by. */
async function withName(folder: string, name: string): Promise<string> {
  const path = join(folder, name)
  if (!(await foldsMissing(folder))) return path
  const found = await entry(folder, name)
  if (found !== undefined) return join(folder, found)
  const key = `${folder}${sep}${foldCase(name)}`
  const first = spellings.get(key)
  if (first === undefined) remember(spellings, key, path)
  return first ?? path
}

/** An existing path as its folders spell it. Elsewhere than on Linux `realpath` has done that. */
async function spelled(path: string): Promise<string> {
  if (process.platform !== 'linux') return path
  const names = path.split(sep).slice(1)
  let at: string = sep
  for (const name of names) {
    if (name === '') continue
    const folds = folding.get(at) ?? (await foldsExisting(at, name))
    at = join(at, folds ? ((await entry(at, name)) ?? name) : name)
  }
  return at
}

/** Whether `folder` finds its entry `name` under the other case as well. */
async function foldsExisting(folder: string, name: string): Promise<boolean> {
  const other = swapCase(name)
  if (other === name) return false
  const [one, two] = await Promise.all([identity(join(folder, name)), identity(join(folder, other))])
  const same = one !== undefined && one === two && !(await isListed(folder, other))
  remember(folding, folder, same)
  return same
}

async function foldsMissing(folder: string): Promise<boolean> {
  const known = folding.get(folder)
  if (known !== undefined) return known
  const some = await someEntry(folder)
  if (some !== undefined) return foldsExisting(folder, some)
  const parent = dirname(folder)
  return parent === folder ? false : foldsExisting(parent, basename(folder))
}

/** The name of an entry that has a letter in it. */
async function someEntry(folder: string): Promise<string | undefined> {
  try {
    for await (const found of await opendir(folder)) {
      if (swapCase(found.name) !== found.name) return found.name
    }
    return undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function entry(folder: string, name: string): Promise<string | undefined> {
  const names = await readdir(folder)
  return names.includes(name) ? name : names.find((found) => foldCase(found) === foldCase(name))
}

async function isListed(folder: string, name: string): Promise<boolean> {
  return (await readdir(folder)).includes(name)
}

async function identity(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true })
    return `${dev}:${ino}`
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function swapCase(name: string): string {
  const lower = name.toLowerCase()
  return lower === name ? name.toUpperCase() : lower
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  const oldest = map.size < MOST_REMEMBERED ? undefined : map.keys().next().value
  if (oldest !== undefined) map.delete(oldest)
  map.set(key, value)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function splitNames(path: string): string[] {
  return path.split(sep === '\\' ? /[/\\]/ : '/')
}
