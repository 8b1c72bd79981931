import { mkdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Mutex } from 'async-mutex'
import type { Clock, Log } from '../ports.ts'
import {
  contentHash,
  isMissing,
  namesIn,
  type Pack,
  type PackEntry,
  readContent,
  readPack,
  writePack,
} from './packs.ts'

/**
 * Another window names the contents that it has put, or found there, within moments: for so long what nothing names is
 * left alone, in ms.
 */
const GRACE_MS = 60_000
/** How long before the grace of a pack is renewed for what is found in it again, in ms. */
const TOUCH_MS = 20_000
/** A pack of which less is used is written anew. */
const LEAST_USED = 0.75
/** What a crash left unfinished is removed after this, in ms. */
const STALE_MS = 60 * 60_000

interface Place {
  pack: Known
  entry: PackEntry
}
interface Known extends Pack {
  /** Written by this window, which knows what it uses of it. */
  own: boolean
  touchedAt: number
}

/** Contents by their hash, each kept once, compressed, in packs. Windows may share the folder. */
export class Blobs {
  readonly #folder: string
  readonly #clock: Clock
  readonly #log: Log
  readonly #changes = new Mutex()
  readonly #packs = new Map<string, Known>()
  readonly #places = new Map<string, Place>()
  #loaded: Promise<void> | undefined

  constructor(folder: string, clock: Clock, log: Log) {
    this.#folder = folder
    this.#clock = clock
    this.#log = log
  }

  /** Keeps the contents, those that are new in one write; gives their hashes. */
  async put(contents: readonly Uint8Array[]): Promise<string[]> {
    await this.#load()
    return this.#changes.runExclusive(async () => {
      const hashes = contents.map((content) => contentHash(content))
      const fresh = new Map<string, Uint8Array>()
      for (const [index, name] of hashes.entries()) {
        const content = contents[index]
        if (content !== undefined && !fresh.has(name) && !(await this.#hold(name))) fresh.set(name, content)
      }
      if (fresh.size > 0) await this.#write(fresh)
      return hashes
    })
  }

  /** Undefined for what is not kept, or what the disk has lost. */
  async get(name: string): Promise<Uint8Array | undefined> {
    await this.#load()
    for (let tries = 0; tries < 2; tries++) {
      const place = this.#places.get(name)
      const content = place && (await this.#read(name, place))
      if (content !== undefined) return content
      await this.#refresh()
    }
    return undefined
  }

  /** Renews the grace of what is used though nothing on disk names it yet. Gives those that are not kept. */
  async hold(names: Iterable<string>): Promise<Set<string>> {
    await this.#load()
    const lost = new Set<string>()
    for (const name of names) {
      const pack = this.#places.get(name)?.pack
      if (pack !== undefined && this.#clock.now() - pack.touchedAt < TOUCH_MS) continue
      if (!(await this.#hold(name))) lost.add(name)
    }
    return lost
  }

  /** How many bytes a content takes on disk; 0 for what is not kept. */
  sizeOf(name: string): number {
    return this.#places.get(name)?.entry.length ?? 0
  }

  /** Bytes of all packs on disk. */
  async size(): Promise<number> {
    await this.#refresh()
    return [...this.#packs.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** Removes packs of which nothing is used, and writes those anew of which little is. */
  async sweep(used: ReadonlySet<string>): Promise<void> {
    await this.#refresh()
    await this.#changes.runExclusive(async () => {
      for (const pack of this.#packs.values()) await this.#sweepPack(pack, used)
      await this.#removeUnfinished()
    })
  }

  async #sweepPack(pack: Known, used: ReadonlySet<string>): Promise<void> {
    const own = pack.entries.filter(({ hash }) => this.#places.get(hash)?.pack === pack)
    const live = own.filter(({ hash }) => used.has(hash))
    const bytes = live.reduce((sum, { length }) => sum + length, 0)
    if (live.length > 0 && bytes >= pack.bytes * LEAST_USED) return
    if (!pack.own && !(await this.#isOld(pack.file))) return
    const kept = new Map<string, Uint8Array>()
    for (const entry of live) {
      const content = await readContent(pack.file, entry)
      if (content !== undefined) kept.set(entry.hash, content)
    }
    if (kept.size > 0) await this.#write(kept)
    await this.#remove(pack)
  }

  /** Another window may find something in the pack in this moment: it shows by the time of the file. */
  async #remove(pack: Known): Promise<void> {
    const dying = `${pack.file}.tmp`
    try {
      await rename(pack.file, dying)
      if (!pack.own && !(await this.#isOld(dying))) return await rename(dying, pack.file)
      await rm(dying, { force: true })
    } catch (error) {
      if (!isMissing(error)) throw error
    }
    this.#forget(pack)
  }

  async #isOld(file: string): Promise<boolean> {
    const { mtimeMs } = await stat(file)
    return this.#clock.now() - mtimeMs > GRACE_MS
  }

  async #removeUnfinished(): Promise<void> {
    const now = this.#clock.now()
    for (const name of await namesIn(this.#folder)) {
      if (!name.endsWith('.tmp')) continue
      const file = join(this.#folder, name)
      const found = await stat(file).catch(() => undefined)
      if (found !== undefined && now - found.mtimeMs > STALE_MS) await rm(file, { force: true })
    }
  }

  async #write(contents: ReadonlyMap<string, Uint8Array>): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    this.#add({ ...(await writePack(this.#folder, contents)), own: true, touchedAt: this.#clock.now() })
  }

  async #hold(name: string): Promise<boolean> {
    const pack = this.#places.get(name)?.pack
    if (pack === undefined) return false
    const now = this.#clock.now()
    if (now - pack.touchedAt < TOUCH_MS) return true
    try {
      await utimes(pack.file, now / 1000, now / 1000)
      pack.touchedAt = now
      return true
    } catch (error) {
      if (!isMissing(error)) throw error
      this.#forget(pack)
      return false
    }
  }

  async #read(name: string, { pack, entry }: Place): Promise<Uint8Array | undefined> {
    try {
      const content = await readContent(pack.file, entry)
      if (content !== undefined) return content
      this.#log.warn(`A content of ${pack.file} is torn: ${name}`)
      if (this.#places.get(name)?.pack === pack) this.#places.delete(name)
    } catch (error) {
      if (!isMissing(error)) throw error
      this.#forget(pack)
    }
    return undefined
  }

  #load(): Promise<void> {
    this.#loaded ??= this.#refresh().catch((error: unknown) => {
      this.#loaded = undefined
      throw error
    })
    return this.#loaded
  }

  /** Takes up what other windows wrote and removed. */
  async #refresh(): Promise<void> {
    const names = await namesIn(this.#folder)
    const files = new Set(names.filter((name) => name.endsWith('.pack')).map((name) => join(this.#folder, name)))
    for (const pack of this.#packs.values()) if (!files.has(pack.file)) this.#forget(pack)
    for (const file of files) if (!this.#packs.has(file)) await this.#take(file)
  }

  async #take(file: string): Promise<void> {
    try {
      const pack = await readPack(file)
      if (pack === undefined) this.#log.warn(`The checkpoints' file ${file} is torn`)
      const whole = pack ?? { file, entries: [], bytes: (await stat(file)).size }
      this.#add({ ...whole, own: false, touchedAt: Number.NEGATIVE_INFINITY })
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }

  #add(pack: Known): void {
    this.#packs.set(pack.file, pack)
    for (const entry of pack.entries) this.#places.set(entry.hash, { pack, entry })
  }

  #forget(pack: Known): void {
    this.#packs.delete(pack.file)
    for (const { hash } of pack.entries) {
      if (this.#places.get(hash)?.pack === pack) this.#places.delete(hash)
    }
  }
}
