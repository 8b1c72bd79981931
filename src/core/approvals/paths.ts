import { stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { Failure, FileTarget, Folder, Workspace } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import { oddPath } from './names.ts'
import { physicalPath } from './physical.ts'

interface PhysicalFolder {
  folder: Folder
  path: string
}

/** Physical paths of workspace folders, which are asked for with every call. */
const physicalFolders = new Map<string, Promise<string>>()

/**
 * The file that a path of a tool's input means: relative to the first workspace folder, `folder/path` with several,
 * or absolute. It need not exist.
 */
export async function resolveFile(path: string, workspace: Workspace): Promise<FileTarget | Failure> {
  const resource = workspace.resource?.(path)
  if (resource !== undefined) return resource
  const folders = workspace.folders()
  const asked = oddPath(path, process.platform) ?? absolute(path, folders)
  if (typeof asked !== 'string') return asked
  try {
    return await targetOf(asked, folders)
  } catch (error) {
    return unresolved(path, error)
  }
}

/** The folder that a path means, the first workspace folder when there is no path. It must exist. */
export async function resolveFolder(path: string | undefined, workspace: Workspace): Promise<FileTarget | Failure> {
  const target = await resolveFile(path ?? '.', workspace)
  if ('kind' in target) return target
  try {
    const found = await stat(target.path)
    if (found.isDirectory()) return target
    return failed('not_a_folder', `${target.display} is not a folder. Give the path of a folder.`)
  } catch (error) {
    return unresolved(target.display, error)
  }
}

/** Whether the target's path still leads to the file that was checked; call it just before the file is opened. */
export async function recheck(target: FileTarget): Promise<Failure | undefined> {
  if (target.uri !== undefined) return undefined
  try {
    const [path, asked] = await Promise.all([physicalPath(target.path), physicalPath(target.asked)])
    if (path === target.path && asked === target.path) return undefined
  } catch (error) {
    return unresolved(target.display, error)
  }
  return failed('moved', `${target.display} leads to another file than before. Nothing was done. Try again.`)
}

/** Whether `path` is `folder` or lies in it. Both are absolute and normalised. */
export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

function absolute(path: string, folders: readonly Folder[]): string | Failure {
  if (isAbsolute(path)) return resolve(path)
  const [first] = folders
  if (first === undefined) {
    return failed('no_folder', 'No folder is open. Ask the user to open one, or give an absolute path.')
  }
  if (folders.length > 1) {
    const [name, ...rest] = path.split(sep === '\\' ? /[/\\]/ : '/')
    const named = folders.find((folder) => folder.name === name)
    if (named !== undefined) return resolve(named.path, ...rest)
  }
  return resolve(first.path, path)
}

async function targetOf(asked: string, folders: readonly Folder[]): Promise<FileTarget> {
  const [path, ...physical] = await Promise.all([physicalPath(asked), ...folders.map(physicalFolder)])
  const holders = physical.filter((folder) => isWithin(folder.path, path))
  const holder = holders.toSorted((a, b) => b.path.length - a.path.length)[0]
  return { path, asked, display: displayOf(path, holder, folders), inside: holder !== undefined }
}

/** Absolute where a relative path would be read as another file. */
function displayOf(path: string, holder: PhysicalFolder | undefined, folders: readonly Folder[]): string {
  if (holder === undefined) return path
  const inFolder = relative(holder.path, path).split(sep).join('/')
  if (folders.length === 1) return inFolder === '' ? '.' : inFolder
  const { name } = holder.folder
  const isPlain = /^[^/\\]+$/.test(name) && name !== '.' && name !== '..'
  const isOnly = folders.filter((folder) => folder.name === name).length === 1
  return isPlain && isOnly ? join(name, inFolder).split(sep).join('/') : path
}

async function physicalFolder(folder: Folder): Promise<PhysicalFolder> {
  const known = physicalFolders.get(folder.path)
  if (known !== undefined) return { folder, path: await known }
  const found = physicalPath(resolve(folder.path))
  physicalFolders.set(folder.path, found)
  found.catch(() => physicalFolders.delete(folder.path))
  return { folder, path: await found }
}

function unresolved(path: string, error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return failed('not_found', `${path} does not exist. Look for it with find_files.`)
  if (code === 'ENOTDIR') return failed('not_a_folder', `${path} goes through a file as if it were a folder.`)
  if (code === 'ELOOP') return failed('bad_path', `${path} goes round in symbolic links. Use another path.`)
  if (code === 'EACCES' || code === 'EPERM') return failed('no_access', `${path} cannot be reached: permission denied.`)
  if (code === 'ENAMETOOLONG') return failed('bad_path', `${path} is too long for this file system.`)
  throw error
}
