import { mkdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
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
  /** The file's time as this window set it, which knows what it uses of the pack; undefined: others may use it too. */
  ownTime: number | undefined
  touchedAt: number
}

/** Contents by their hash, each kept once, compressed, in packs. Windows may share the folder. */
export class Blobs {
  readonly #folder: string
  readonly #clock: Clock
  readonly #log: Log
  readonly #changes = new Mutex()
  readonly #packs = new Map<string, Known>()
  /**
   * Every place of a content. All windows take the first one for the one that is used, so that of two windows which each
   * know of a second place neither removes its own for the other's.
   */
  readonly #places = new Map<string, Place[]>()
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
      const place = this.#placeOf(name)
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
      const pack = this.#placeOf(name)?.pack
      if (pack !== undefined && this.#clock.now() - pack.touchedAt < TOUCH_MS) continue
      if (!(await this.#hold(name))) lost.add(name)
    }
    return lost
  }

  /** How many bytes a content takes on disk; 0 for what is not kept. */
  sizeOf(name: string): number {
    return this.#placeOf(name)?.entry.length ?? 0
  }

  /** Bytes of all packs on disk. */
  async size(): Promise<number> {
    await this.#refresh()
    return [...this.#packs.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /**
   * Removes packs of which nothing is used, and writes those anew of which little is.
   *
   * @param findUsed called when nothing more is put: it has to name what was put before
   */
  async sweep(findUsed: () => Promise<ReadonlySet<string>>): Promise<void> {
    await this.#refresh()
    await this.#changes.runExclusive(async () => {
      // Whoever has just put something names it in this turn of the event loop.
      await nextTurn()
      const used = await findUsed()
      const packs = [...this.#packs.values()]
      for (const pack of packs) await this.#trySweep(pack, used)
      await this.#removeUnfinished()
    })
  }

  async #trySweep(pack: Known, used: ReadonlySet<string>): Promise<void> {
    try {
      await this.#sweepPack(pack, used)
    } catch (error) {
      // Another window was faster.
      if (!isMissing(error)) throw error
      this.#forget(pack)
    }
  }

  async #sweepPack(pack: Known, used: ReadonlySet<string>): Promise<void> {
    const own = pack.entries.filter(({ hash }) => this.#placeOf(hash)?.pack === pack)
    const live = own.filter(({ hash }) => used.has(hash))
    if (live.length > 0 && bytesOf(live) >= bytesOf(pack.entries) * LEAST_USED) return
    if (await this.#isNews(pack, pack.file)) return
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
    await rename(pack.file, dying)
    if (await this.#isNews(pack, dying)) return rename(dying, pack.file)
    await rm(dying, { force: true })
    this.#forget(pack)
  }

  /** Whether another window may have written it, or found something in it, just now. */
  async #isNews({ ownTime }: Known, file: string): Promise<boolean> {
    const { mtimeMs } = await stat(file)
    return mtimeMs !== ownTime && this.#clock.now() - mtimeMs <= GRACE_MS
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
    const pack = await writePack(this.#folder, contents)
    this.#add({ ...pack, ownTime: (await stat(pack.file)).mtimeMs, touchedAt: this.#clock.now() })
  }

  async #hold(name: string): Promise<boolean> {
    const pack = this.#placeOf(name)?.pack
    if (pack === undefined) return false
    const now = this.#clock.now()
    if (now - pack.touchedAt < TOUCH_MS) return true
    try {
      if ((await stat(pack.file)).mtimeMs !== pack.ownTime) pack.ownTime = undefined
      await utimes(pack.file, now / 1000, now / 1000)
      if (pack.ownTime !== undefined) pack.ownTime = (await stat(pack.file)).mtimeMs
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
      this.#leave(name, pack)
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
      this.#add({ ...whole, ownTime: undefined, touchedAt: Number.NEGATIVE_INFINITY })
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }

  #add(pack: Known): void {
    this.#packs.set(pack.file, pack)
    for (const entry of pack.entries) {
      const places = (this.#places.get(entry.hash) ?? []).filter((place) => place.pack.file !== pack.file)
      places.push({ pack, entry })
      this.#places.set(
        entry.hash,
        places.sort((a, b) => (a.pack.file < b.pack.file ? -1 : 1)),
      )
    }
  }

  #forget(pack: Known): void {
    if (this.#packs.get(pack.file) === pack) this.#packs.delete(pack.file)
    for (const { hash } of pack.entries) this.#leave(hash, pack)
  }

  #leave(name: string, pack: Known): void {
    const places = (this.#places.get(name) ?? []).filter((place) => place.pack !== pack)
    if (places.length > 0) this.#places.set(name, places)
    else this.#places.delete(name)
  }

  #placeOf(name: string): Place | undefined {
    return this.#places.get(name)?.[0]
  }
}

function bytesOf(entries: readonly PackEntry[]): number {
  return entries.reduce((sum, { length }) => sum + length, 0)
}
