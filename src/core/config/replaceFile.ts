import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isMissing } from '../sessions/packs.ts'

/** A file as it was read; its stamp is another one as soon as anybody has written it. */
export interface FileText {
  /** With its BOM; empty where there is no file. */
  text: string
  stamp: string
  /** Of the file; undefined where there is none. */
  mode: number | undefined
}

export async function readStamped(path: string): Promise<FileText> {
  for (let tries = 0; ; tries++) {
    const before = await stampOf(path)
    const text = before === undefined ? '' : await readFile(path, 'utf8')
    const after = await stampOf(path)
    if (before?.stamp === after?.stamp || tries > 4) return { text, stamp: after?.stamp ?? '', mode: after?.mode }
  }
}

async function stampOf(path: string): Promise<{ stamp: string; mode: number } | undefined> {
  try {
    const { dev, ino, size, mtimeNs, mode } = await stat(path, { bigint: true })
    return { stamp: `${dev}:${ino}:${size}:${mtimeNs}`, mode: Number(mode & 0o7777n) }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/**
 * Puts the text in place of the whole file, at once and for good: a crash leaves the one or the other. For the holder of
 * the file's lock.
 *
 * @param before the file as the holder read it
 * @returns false when somebody who knows no lock has written it since: then it is as he left it
 */
export async function replaceFile(path: string, text: string, before: FileText): Promise<boolean> {
  // One name, as there is one writer: what a crash left behind goes with the next write.
  const fresh = `${path}.new`
  await mkdir(dirname(path), { recursive: true })
  await rm(fresh, { force: true })
  try {
    await using file = await open(fresh, 'wx', before.mode ?? 0o600)
    await fill(file, text, before.mode)
    if (((await stampOf(path))?.stamp ?? '') !== before.stamp) return false
    await rename(fresh, path)
    return true
  } finally {
    await rm(fresh, { force: true })
  }
}

async function fill(file: FileHandle, text: string, mode: number | undefined): Promise<void> {
  await file.writeFile(text)
  // What is asked for at the opening is cut by the process's mask.
  if (mode !== undefined) await file.chmod(mode)
  await file.sync()
}
