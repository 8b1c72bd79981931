import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { extname } from 'node:path'
import { recheck, resolveFile } from '../approvals/paths.ts'
import { describeChange } from '../edits/diff.ts'
import type { AuxiliaryModels, ServiceLease } from '../models/auxiliary.ts'
import { type ModelImage, ModelError } from '../models/model.ts'
import type { Failure, FileTarget, Workspace } from '../ports.ts'
import type { NewFiles } from '../sessions/newFiles.ts'
import { exists } from '../sessions/newFiles.ts'
import { isMissing } from '../sessions/packs.ts'
import { type CancellationToken, orCancelled } from '../scheduling/cancellation.ts'
import { type CallProgress, failed, type ToolResult } from './tool.ts'

/** Of a picture that is sent to a model. */
export const MOST_PICTURE_BYTES = 10 * 1024 * 1024

/** The bytes by which a picture is known; what a name or a server says is not asked. */
export function pictureOf(bytes: Uint8Array): ModelImage | undefined {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1')
  const mime = kinds.find(([pattern]) => pattern.test(head))?.[1]
  return mime === undefined ? undefined : { mime, base64: Buffer.from(bytes).toString('base64') }
}

const kinds: [pattern: RegExp, mime: string][] = [
  [/^\x89PNG\r\n/, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^GIF8[79]a/, 'image/gif'],
  [/^RIFF[^]{4}WEBP/, 'image/webp'],
]

/** A file's bytes, bounded. A pipe or a device is no file, and is not opened for long. */
export async function readBounded(target: FileTarget, most: number): Promise<Uint8Array | Failure> {
  const moved = await recheck(target)
  if (moved !== undefined) return moved
  try {
    await using file = await open(target.path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = await file.stat()
    if (!stats.isFile()) return failed('not_a_file', `${target.display} is not a file. Give the path of a file.`)
    if (stats.size > most)
      return failed('too_large', `${target.display} is over ${most / 1024 / 1024} MB. Make it smaller.`)
    return await file.readFile()
  } catch (error) {
    if (isMissing(error)) return failed('not_found', `${target.display} does not exist. Look for it with find_files.`)
    if (error instanceof Error && 'code' in error) return failed('io', `${target.display}: ${error.message}`)
    throw error
  }
}

/** Where a new file goes: the path that was given, or a free name made of the words. */
export async function newFile(
  path: string | undefined,
  words: string,
  extension: string,
  workspace: Workspace,
): Promise<FileTarget | Failure> {
  const name =
    words
      .toLowerCase()
      .match(/[a-z0-9]+/g)
      ?.slice(0, 5)
      .join('-')
      .slice(0, 40) || 'untitled'
  for (let count = 1; count < 1_000; count++) {
    const asked = path ?? `${name}${count === 1 ? '' : `-${count}`}${extension}`
    const target = await resolveFile(asked, workspace)
    if ('kind' in target || target.uri !== undefined) {
      return 'kind' in target ? target : failed('unsupported', `${target.display} is no file of this machine.`)
    }
    if (!(await isThere(target))) return target
    if (path !== undefined) return exists(target)
  }
  return failed('exists', 'There is no free name. Give a path.')
}

async function isThere({ path }: FileTarget): Promise<boolean> {
  try {
    await using _file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    return true
  } catch (error) {
    return !isMissing(error)
  }
}

/** Writes what a service made. Past the write it is reported, whatever the token says. */
export async function keep(
  target: FileTarget,
  bytes: Uint8Array,
  note: string | undefined,
  { files }: { files: NewFiles },
  { owner }: Pick<CallProgress, 'owner'>,
  token: CancellationToken,
): Promise<ToolResult> {
  const written = await files.create(target, bytes, owner, token)
  if (written !== true) return written
  const size = `${Math.max(1, Math.round(bytes.length / 1024)).toLocaleString('en-US')} KB`
  const change = { ...describeChange(target, undefined, ''), saved: true }
  const text = [`Wrote ${target.display} (${size}).`, note].filter((line) => line !== undefined).join('\n')
  return { kind: 'completed', text, fact: size, changes: [change] }
}

/**
 * Asks a service, whose connections are given back when it has answered; what it has against it is a failure.
 *
 * @throws {CancelledError} when cancelled: a part of a picture or of a sound is none
 */
export async function askService<T>(
  { models }: { models: Pick<AuxiliaryModels, 'service'> },
  purpose: 'image' | 'speech',
  ask: (service: ServiceLease) => Promise<T>,
  token: CancellationToken,
): Promise<T | Failure> {
  const late = (lease: ServiceLease): void => void lease[Symbol.asyncDispose]()
  try {
    await using service = await orCancelled(models.service(purpose, token), token, late)
    return await ask(service)
  } catch (error) {
    if (error instanceof ModelError) return failed(error.code, error.message)
    throw error
  }
}

export function extensionOf({ path }: FileTarget): string {
  return extname(path).slice(1).toLowerCase()
}
