import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Mutex } from 'async-mutex'
import type { Clock, Log } from '../ports.ts'
import { Blobs } from './blobs.ts'
import { type Checkpoint, checkpointSchema, type Content, type Side } from './checkpoint.ts'
import { contentHash, isMissing, namesIn, readJson, writeWhole } from './packs.ts'

/** What all checkpoints of a workspace may take on disk, in bytes. The oldest are dropped first. */
const MOST_BYTES = 256 * 1024 * 1024
/** What is used after the oldest were dropped; the rest is room for what is dead in packs that are mostly used. */
const USED_SHARE = 0.7

interface Stored {
  file: string
  checkpoint: Checkpoint
  bytes: number
}

export interface StoreParts {
  folder: string
  clock: Clock
  log: Log
  mostBytes?: number
}

/** The checkpoints of a workspace on disk. Windows may share the folder. */
export class CheckpointStore {
  readonly blobs: Blobs
  readonly #folder: string
  readonly #log: Log
  readonly #most: number
  /** What is being kept must be named before anything is swept. */
  readonly #changes = new Mutex()

  constructor({ folder, clock, log, mostBytes = MOST_BYTES }: StoreParts) {
    this.#folder = join(folder, 'turns')
    this.#log = log
    this.#most = mostBytes
    this.blobs = new Blobs(join(folder, 'contents'), clock, log)
  }

  /** Keeps it in place of an earlier state of the same; gives it with its contents in the store. */
  save(checkpoint: Checkpoint<Content | Side>): Promise<Checkpoint> {
    return this.#changes.runExclusive(async () => {
      const kept = await this.#keep(checkpoint)
      const folder = join(this.#folder, checkpoint.sessionId)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeWhole(this.#file(checkpoint), JSON.stringify(kept))
      return kept
    })
  }

  /** Those of a session, oldest first. */
  async list(sessionId: string): Promise<Checkpoint[]> {
    const stored = await this.#read(sessionId)
    return stored.map(({ checkpoint }) => checkpoint)
  }

  async find(sessionId: string, id: string): Promise<Checkpoint | undefined> {
    return (await this.#readOne(this.#file({ sessionId, id })))?.checkpoint
  }

  /** Undefined for what is not kept any more. */
  async content(of: Side | Content): Promise<Content | undefined> {
    if (!('hash' in of)) return of
    const bytes = await this.blobs.get(of.hash)
    if (bytes === undefined) return undefined
    return of.kind === 'bytes' ? { kind: 'bytes', bytes } : { kind: 'text', text: Buffer.from(bytes).toString() }
  }

  /**
   * Drops the oldest checkpoints when all take too much on disk, and what they alone used.
   *
   * @param used what is used besides, by hash
   */
  async bound(used: () => Promise<Iterable<string>>): Promise<void> {
    await this.#changes.runExclusive(async () => {
      const all = await this.#readAll()
      const named = all.reduce((sum, { bytes }) => sum + bytes, 0)
      if ((await this.blobs.size()) + named <= this.#most) return
      await this.blobs.sweep(async () => {
        const others = new Set(await used())
        const kept = youngest(all, others, this.#most * USED_SHARE, (hash) => this.blobs.sizeOf(hash))
        const keeps = new Set(kept)
        for (const stored of all) if (!keeps.has(stored)) await rm(stored.file, { force: true })
        return new Set([...others, ...kept.flatMap(({ checkpoint }) => hashesOf(checkpoint))])
      })
    })
  }

  async #keep(checkpoint: Checkpoint<Content | Side>): Promise<Checkpoint> {
    const contents: Uint8Array[] = []
    const place = (side: Content | Side): Side => {
      if ('hash' in side || side.kind === 'missing' || side.kind === 'unknown') return side
      const bytes = side.kind === 'text' ? Buffer.from(side.text) : side.bytes
      contents.push(bytes)
      return { kind: side.kind, hash: contentHash(bytes) }
    }
    const files = checkpoint.files.map(({ target, spans }) => ({
      target,
      spans: spans.map(({ before, after }) => ({ before: place(before), after: place(after) })),
    }))
    await this.blobs.put(contents)
    return { ...checkpoint, files }
  }

  async #readAll(): Promise<Stored[]> {
    const sessions = await namesIn(this.#folder)
    const all = await Promise.all(sessions.map((sessionId) => this.#read(sessionId)))
    return all.flat().toSorted((a, b) => a.checkpoint.at - b.checkpoint.at)
  }

  async #read(sessionId: string): Promise<Stored[]> {
    if (!/^[\w-]+$/.test(sessionId)) return []
    const folder = join(this.#folder, sessionId)
    const files = (await namesIn(folder)).filter((name) => name.endsWith('.json')).map((name) => join(folder, name))
    const read = await Promise.all(files.map((file) => this.#readOne(file)))
    return read.filter((stored) => stored !== undefined).toSorted((a, b) => a.checkpoint.at - b.checkpoint.at)
  }

  async #readOne(file: string): Promise<Stored | undefined> {
    const value = await readJson(file)
    const checkpoint = checkpointSchema.safeParse(value).data
    const found = await stat(file).catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })
    if (checkpoint !== undefined && found !== undefined) return { file, checkpoint, bytes: found.size }
    if (value !== undefined) this.#log.warn(`The checkpoint ${file} cannot be read`)
    return undefined
  }

  #file({ sessionId, id }: Pick<Checkpoint, 'sessionId' | 'id'>): string {
    return join(this.#folder, sessionId, `${id}.json`)
  }
}

/** Every content that a checkpoint names. */
function hashesOf({ files }: Checkpoint): string[] {
  const sides = files.flatMap(({ spans }) => spans.flatMap(({ before, after }) => [before, after]))
  return sides.flatMap((side) => ('hash' in side ? [side.hash] : []))
}

/** The youngest checkpoints whose contents, with those that others use, take at most so much. */
function youngest(
  all: readonly Stored[],
  others: ReadonlySet<string>,
  most: number,
  sizeOf: (hash: string) => number,
): Stored[] {
  const used = new Set(others)
  let bytes = [...others].reduce((sum, hash) => sum + sizeOf(hash), 0)
  const kept: Stored[] = []
  for (const stored of all.toReversed()) {
    const fresh = new Set(hashesOf(stored.checkpoint)).difference(used)
    bytes += stored.bytes + [...fresh].reduce((sum, hash) => sum + sizeOf(hash), 0)
    if (bytes > most) break
    for (const hash of fresh) used.add(hash)
    kept.unshift(stored)
  }
  return kept
}
