import { lstat, readdir } from 'node:fs/promises'
import type { Failure, FileTarget, Folder } from '../../ports.ts'
import { physicalPath } from '../physical.ts'
import { isWithin } from '../paths.ts'
import { protectedName } from '../protected.ts'
import { holdsSecret } from '../secret.ts'
import type { Harmless } from './judge.ts'
import { Doubt, shown } from './syntax.ts'
import { matcher, patternAt, plain } from './words.ts'

/** Files of a folder that a search would read. */
export interface Listing {
  /**
   * Calls `each` with an absolute path until it says that this was enough.
   *
   * @param all hidden and ignored ones too
   */
  files(path: string, all: boolean, each: (path: string) => boolean): Promise<Failure | undefined>
}

const MOST_MATCHES = 2_000
const MOST_FILES = 200_000

/** Whether the command may read what it reads: in the workspace, and nothing that holds a secret. */
export class Look {
  readonly #cwd: string
  readonly #folders: readonly string[]
  readonly #listing: Listing

  /** @param folders physical */
  constructor(cwd: string, folders: readonly string[], listing: Listing) {
    this.#cwd = cwd
    this.#folders = folders
    this.#listing = listing
  }

  static async at(cwd: string, folders: readonly Folder[], listing: Listing): Promise<Look> {
    const physical = await Promise.all(folders.map(({ path }) => physicalPath(path)))
    return new Look(await physicalPath(cwd), physical, listing)
  }

  async doubt({ reads }: Harmless): Promise<Doubt | undefined> {
    for (const { path, use } of [{ path: '.', use: 'names' as const }, ...reads]) {
      const paths = await this.#expand(path)
      if (paths instanceof Doubt) return paths
      for (const one of paths) {
        const doubt = await this.#one(one, use)
        if (doubt !== undefined) return doubt
      }
    }
    return undefined
  }

  async #one(asked: string, use: Harmless['reads'][number]['use']): Promise<Doubt | undefined> {
    const path = await physicalPath(asked)
    const inside = this.#folders.some((folder) => isWithin(folder, path))
    const target: FileTarget = { asked, path, display: asked, inside }
    if (!inside) return new Doubt(`it looks at ${shown(asked)}, which is outside the workspace`)
    switch (use) {
      case 'names':
        return undefined
      case 'content':
        if (protectedName(target) !== undefined) return new Doubt(`${shown(asked)} is protected`)
        return secretDoubt(target)
      case 'revision':
        return secretDoubt(target)
      case 'tree':
      case 'search':
        return secretDoubt(target) ?? (await this.#all(path, use === 'tree'))
    }
  }

  async #all(folder: string, all: boolean): Promise<Doubt | undefined> {
    let found: Doubt | undefined
    let count = 0
    const failure = await this.#listing.files(folder, all, (name) => {
      found = secretDoubt({ path: name, asked: name, display: name, inside: true })
      if (++count > MOST_FILES) found ??= new Doubt(`there are too many files in ${shown(folder)} to look through`)
      return found === undefined
    })
    return found ?? (failure === undefined ? undefined : new Doubt(`${shown(folder)} cannot be looked through`))
  }

  /** The paths that a pattern may stand for: all that the shell finds, and perhaps more. */
  async #expand(word: string): Promise<string[] | Doubt> {
    const absolute = word.startsWith('/') ? word : `${this.#cwd}/${word}`
    if (patternAt(absolute) === -1) return [absolute]
    const mayBeOption = patternAt(word) === 0
    let places = ['']
    for (const segment of absolute.split('/').slice(1)) {
      if (patternAt(segment) === -1) {
        places = places.map((place) => `${place}/${segment}`)
        continue
      }
      const found = await Promise.all(places.map((place) => namesMatching(place, segment)))
      places = found.flat()
      if (mayBeOption && places.some((place) => place.slice(this.#cwd.length).startsWith('/-'))) {
        return new Doubt(`${shown(plain(word))} finds a file that is called like an option`)
      }
      if (places.length > MOST_MATCHES) return new Doubt(`${shown(plain(word))} finds too many files to look at`)
    }
    const found = await Promise.all(places.map(isThere))
    return [...places.filter((_place, at) => found[at] === true), plain(absolute)]
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch {
    // What cannot be reached here cannot be found by the shell either.
    return false
  }
}

async function namesMatching(folder: string, segment: string): Promise<string[]> {
  try {
    const names = await readdir(`${folder}/`)
    const pattern = matcher(segment)
    return names.filter((name) => pattern.test(name)).map((name) => `${folder}/${name}`)
  } catch {
    // What cannot be listed here cannot be found by the shell either.
    return []
  }
}

function secretDoubt(target: FileTarget): Doubt | undefined {
  return holdsSecret(target)
    ? new Doubt(`${shown(target.display)} may hold secrets, which the model would see`)
    : undefined
}
