import { lstat } from 'node:fs/promises'
import { resolveFile } from '../approvals/paths.ts'
import { MISSING } from '../edits/version.ts'
import type { FileTarget, Workspace } from '../ports.ts'
import type { Blobs } from './blobs.ts'
import { type Baseline, type Known, knownBytes, type TurnRecord } from './turnRecord.ts'
import type { Entry, Snapshot } from './workspaceSnapshot.ts'

/** File systems round the time of birth, in ms. */
const ROUNDING_MS = 50

interface Parts {
  blobs: Blobs
  workspace: Workspace
}

/** The files as a snapshot holds them. */
export function baselineOf({ files }: Snapshot, blobs: Blobs): Baseline {
  return {
    of: async (path) => {
      const hash = files.get(path)?.hash
      return hash === undefined ? undefined : await keptAs(hash, blobs)
    },
  }
}

/** Finds what changed on disk between two snapshots, and adds what nobody else is known to have done. */
export async function addCommandChanges(
  record: TurnRecord,
  before: Snapshot,
  after: Snapshot,
  parts: Parts,
): Promise<void> {
  for (const gap of [before.gap, after.gap]) if (gap !== undefined) record.addGap(gap)
  if (before.files.size === 0 || after.files.size === 0) if (before.gap ?? after.gap) return
  const paths = new Set([...before.files.keys(), ...after.files.keys()])
  let appeared = 0
  for (const path of paths) {
    const [was, is] = [before.files.get(path), after.files.get(path)]
    if (isSame(was, is)) continue
    const now = await knownNow(path, is, parts.blobs)
    if (now === undefined) continue
    const unheard = was === undefined ? await unseen(path, before.at) : unread(was)
    if (was === undefined && unheard !== 'old') await record.appeared(path)
    const then = (await record.known(path)) ?? unheard
    if (then === 'old') appeared++
    else if (!isKnown(then, now)) await record.commanded(await targetOf(path, parts.workspace), then, now)
  }
  // With a cut list of files, others come into view by chance.
  if (appeared > 0 && before.gap === undefined) {
    record.addGap(`${appeared} files that were ignored or elsewhere before a command are as it left them.`)
  }
}

function isSame(was: Entry | undefined, is: Entry | undefined): boolean {
  if (was === undefined || is === undefined) return false
  return was.hash === undefined ? was.key === is.key : was.hash === is.hash
}

/** Undefined for a file that is there, but not looked at any more. */
async function knownNow(path: string, entry: Entry | undefined, blobs: Blobs): Promise<Known | undefined> {
  if (entry !== undefined) return (entry.hash && (await keptAs(entry.hash, blobs))) || unread(entry)
  const isThere = (await lstat(path).catch(() => undefined)) !== undefined
  return isThere ? undefined : { version: MISSING, content: { kind: 'missing' } }
}

/** Of a file that was not looked at before: it was not there, or, `old`, it is not of this turn. */
async function unseen(path: string, at: number): Promise<Known | 'old'> {
  const found = await lstat(path).catch(() => undefined)
  const born = found === undefined || found.birthtimeMs === 0 ? found?.ctimeMs : found.birthtimeMs
  if (born !== undefined && born < at - ROUNDING_MS) return 'old'
  return { version: MISSING, content: { kind: 'missing' } }
}

function unread({ size, key }: Entry): Known {
  const why = size > 1024 * 1024 ? 'it has more than 1 MiB' : 'there was no time or room to keep it'
  return { version: `unread:${key}`, content: { kind: 'unknown', why } }
}

async function keptAs(hash: string, blobs: Blobs): Promise<Known | undefined> {
  const bytes = await blobs.get(hash)
  return bytes && knownBytes(bytes, hash, { kind: 'bytes', hash })
}

function isKnown(then: Known, now: Known): boolean {
  const [a, b] = [then.content, now.content]
  if (a.kind === 'bytes' && b.kind === 'bytes' && 'hash' in a && 'hash' in b) return a.hash === b.hash
  return then.version === now.version
}

async function targetOf(path: string, workspace: Workspace): Promise<FileTarget> {
  const target = await resolveFile(path, workspace)
  return 'kind' in target ? { path, asked: path, display: path, inside: true } : target
}
