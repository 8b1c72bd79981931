import { lstatSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Mutex } from 'async-mutex'
import * as z from 'zod'
import type { Clock, Log } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { folderTargets } from '../tools/folders.ts'
import { relativePath } from '../tools/glob.ts'
import type { ToolPorts } from '../tools/ports.ts'
import { ripgrep } from '../tools/ripgrep.ts'
import type { Blobs } from './blobs.ts'
import { namesIn, readJson, writeWhole } from './packs.ts'

/** What is looked at before a command, so that what it changes can be taken back. */
const MOST_FILES = 20_000
const MOST_FILE_BYTES = 1024 * 1024
const MOST_BYTES = 128 * 1024 * 1024
/** Read and kept together. */
const BATCH_BYTES = 4 * 1024 * 1024
const BATCH_FILES = 200
/** The event loop is held no longer than this, in ms. */
const SLICE_MS = 4
/** A file that was written so shortly before it was read may be written again without showing it, in ms. */
const RACY_MS = 50
/** Snapshots of windows that are gone are removed after this, in ms. */
const STALE_MS = 24 * 60 * 60_000

const LATE = 'The workspace could not be looked through before the first command: what commands changed is not kept.'
const TOO_MANY = `Only ${MOST_FILES} files of the workspace were looked at before the first command.`

const entrySchema = z.object({ size: z.number(), key: z.string(), hash: z.string().optional() })
const stored = z.object({
  version: z.literal(1),
  folders: z.array(z.string()),
  files: z.array(z.tuple([z.string(), entrySchema])),
})

/** A file as it was seen; without a hash its content is not kept. Never changed. */
export type Entry = z.infer<typeof entrySchema>

export interface Snapshot {
  files: ReadonlyMap<string, Entry>
  /** Why not every file was looked at, as a sentence. */
  gap: string | undefined
  /** Milliseconds since the epoch. */
  at: number
}

export interface SnapshotParts extends Pick<ToolPorts, 'workspace' | 'processes' | 'ripgrep'> {
  folder: string
  blobs: Blobs
  clock: Clock
  log: Log
}

/** The files of the workspace that are not ignored, kept as they were last seen. Only what changed is read again. */
export class WorkspaceSnapshot {
  readonly #parts: SnapshotParts
  readonly #file: string
  readonly #one = new Mutex()
  #folders: string[] | undefined
  #files = new Map<string, Entry>()
  /** Those of a look that goes on. */
  #taking: Map<string, Entry> | undefined

  constructor(parts: SnapshotParts) {
    this.#parts = parts
    this.#file = join(parts.folder, `${randomUUID()}.json`)
  }

  /** What this window and others keep of the workspace, by hash. */
  async used(): Promise<Iterable<string>> {
    const { folder } = this.#parts
    const others = await Promise.all((await namesIn(folder)).map((name) => readStored(join(folder, name))))
    const entries = others.flatMap((other) => other?.files.map(([, entry]) => entry) ?? [])
    const own = [...this.#files.values(), ...(this.#taking?.values() ?? [])]
    return [...own, ...entries].flatMap(({ hash }) => hash ?? [])
  }

  /** Brings it up to date; a cancelled token ends it early, and what was not reached is a gap. */
  take(token: CancellationToken): Promise<Snapshot> {
    return this.#one.runExclusive(() => this.#take(token))
  }

  async #take(token: CancellationToken): Promise<Snapshot> {
    const at = this.#parts.clock.now()
    const folders = await folderTargets(this.#parts.workspace)
    if ('kind' in folders) return { files: new Map(), gap: undefined, at }
    const paths = folders.map(({ path }) => path)
    if (this.#folders?.join('\0') !== paths.join('\0')) await this.#load(paths)
    const listed = await this.#list(paths, token)
    const seen = await this.#look(listed, token)
    if (seen === undefined) return { files: new Map(), gap: LATE, at }
    this.#taking = seen
    const changed = await this.#read(seen, token)
    this.#files = seen
    this.#taking = undefined
    if (changed) await this.#store(paths)
    return { files: seen, gap: listed.length >= MOST_FILES ? TOO_MANY : undefined, at }
  }

  async #list(folders: readonly string[], token: CancellationToken): Promise<string[]> {
    const files = new Set<string>()
    for (const cwd of folders) {
      const onRecord = (record: string | undefined): boolean => {
        if (record !== undefined && record !== '') files.add(join(cwd, relativePath(record)))
        return files.size < MOST_FILES
      }
      const args = ['--files', '--null', '--', './']
      const end = await ripgrep(this.#parts, { cwd, args, separator: '\0', onRecord }, token)
      if (end.kind === 'failed') throw new Error(end.message)
    }
    return [...files]
  }

  /** What is known of the files, as far as they have not changed since. Undefined when it takes too long. */
  async #look(files: readonly string[], token: CancellationToken): Promise<Map<string, Entry> | undefined> {
    const kept = [...this.#files.values()].flatMap(({ hash }) => hash ?? [])
    const lost = await this.#parts.blobs.hold(kept)
    if (token.isCancellationRequested) return undefined
    const seen = new Map<string, Entry>()
    let until = performance.now() + SLICE_MS
    for (const file of files) {
      if (performance.now() > until) {
        await nextTurn()
        if (token.isCancellationRequested) return undefined
        until = performance.now() + SLICE_MS
      }
      const found = lstatSync(file, { throwIfNoEntry: false })
      if (found?.isFile() !== true) continue
      const { size, mtimeMs, ctimeMs } = found
      const key = `${size}:${mtimeMs}:${ctimeMs}`
      const before = this.#files.get(file)
      const isKnown = before?.key === key && !(before.hash !== undefined && lost.has(before.hash))
      seen.set(file, isKnown ? before : { size, key })
    }
    return seen
  }

  /** Reads and keeps what is new. Whether there was anything. */
  async #read(seen: Map<string, Entry>, token: CancellationToken): Promise<boolean> {
    const kept = [...seen.values()].filter(({ hash }) => hash !== undefined)
    let bytes = kept.reduce((sum, { size }) => sum + size, 0)
    let batch: string[] = []
    let batchBytes = 0
    for (const [file, { size, hash }] of seen) {
      if (hash !== undefined || size > MOST_FILE_BYTES || bytes + size > MOST_BYTES) continue
      bytes += size
      batch.push(file)
      batchBytes += size
      if (batchBytes < BATCH_BYTES && batch.length < BATCH_FILES) continue
      await this.#keep(batch, seen)
      batch = []
      batchBytes = 0
      if (token.isCancellationRequested) return true
    }
    await this.#keep(batch, seen)
    return batch.length > 0 || seen.size !== kept.length || seen.size !== this.#files.size
  }

  async #keep(files: readonly string[], seen: Map<string, Entry>): Promise<void> {
    if (files.length === 0) return
    const read = await Promise.all(files.map((file) => readFile(file).catch(() => undefined)))
    const found = files.flatMap((file, index) => {
      const content = read[index]
      return content === undefined || content.length > MOST_FILE_BYTES ? [] : [{ file, content }]
    })
    const hashes = await this.#parts.blobs.put(found.map(({ content }) => content))
    const now = Date.now()
    for (const [index, { file }] of found.entries()) {
      const entry = seen.get(file)
      if (entry === undefined) continue
      const mtime = Number(entry.key.split(':')[1])
      seen.set(file, { ...entry, key: now - mtime < RACY_MS ? '' : entry.key, hash: hashes[index] })
    }
  }

  /** The last snapshot of these folders that any window left. */
  async #load(folders: string[]): Promise<void> {
    this.#folders = folders
    this.#files = new Map()
    const { folder, clock } = this.#parts
    const names = await namesIn(folder)
    const dated = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })))
    const [youngest, ...others] = dated.toSorted((a, b) => b.at - a.at)
    const found = youngest && (await readStored(join(folder, youngest.name)))
    if (found?.folders.join('\0') === folders.join('\0')) this.#files = new Map(found.files)
    for (const { name, at } of others) {
      if (clock.now() - at > STALE_MS) await rm(join(folder, name), { force: true })
    }
  }

  async #store(folders: string[]): Promise<void> {
    await mkdir(this.#parts.folder, { recursive: true, mode: 0o700 })
    await writeWhole(this.#file, JSON.stringify({ version: 1, folders, files: [...this.#files] }))
  }
}

async function readStored(file: string): Promise<z.infer<typeof stored> | undefined> {
  return stored.safeParse(await readJson(file)).data
}
