import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readFile,
  readFileSync,
  renameSync,
  unlinkSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import type { Clock } from '../ports.ts'
import type { SpoolEntry, SpoolFile, SpoolFolder } from './spool.ts'
import { spoolTransport } from './spoolTransport.ts'
import { asError, MAX_MESSAGE_BYTES, type Transport } from './transport.ts'

/** At once, so that a listing blocks for a few milliseconds at most. */
const LISTED = 64
/** Up to this many bytes a file is read and written in place: that takes less than the way through the thread pool. */
const SMALL = 256 * 1024
const readText = promisify(readFile)
/** A script may put anything into the folder: neither a link nor a pipe is followed. */
const SAFELY = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** Makes an empty spool for one connection; its name is the connection's. The host's transport removes it. */
export async function makeSpool(parent: string = tmpdir()): Promise<string> {
  const path = await mkdtemp(join(parent, 'stretto-'))
  await Promise.all(['to-host', 'to-kernel'].map((name) => mkdir(join(path, name), { mode: 0o700 })))
  return path
}

/** The host's side, which removes the spool when it closes; that tells the other side. */
export function hostSpool(path: string, clock: Clock): Transport {
  return side(path, 'to-host', 'to-kernel', clock, async () => {
    const gone = `${path}-gone`
    await rename(path, gone)
    await rm(gone, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
  })
}

export function kernelSpool(path: string, clock: Clock): Transport {
  return side(path, 'to-kernel', 'to-host', clock, async () => {})
}

function side(path: string, inbox: string, outbox: string, clock: Clock, release: () => Promise<void>): Transport {
  return spoolTransport({
    inbox: localFolder(join(path, inbox)),
    outbox: localFolder(join(path, outbox)),
    run: basename(path),
    clock,
    release,
  })
}

/** A folder of this machine. */
export function localFolder(path: string): SpoolFolder {
  return {
    list: () => list(path),
    write: (files) => write(path, files),
    remove: async (names) => {
      for (const name of names) remove(join(path, name))
    },
    setAside: (names) => setAside(path, names),
    watch: (changed) => watched(path, changed),
  }
}

async function list(path: string): Promise<SpoolEntry[]> {
  const there = readdirSync(path, { withFileTypes: true })
  const shown = there.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1))
  const entries: SpoolEntry[] = []
  for (const entry of shown.slice(0, LISTED)) {
    const read = await readEntry(path, entry)
    if (read !== undefined) entries.push(read)
  }
  return entries
}

/** Nothing for what went meanwhile. */
async function readEntry(folder: string, entry: Dirent): Promise<SpoolEntry | undefined> {
  const { name } = entry
  if (!entry.isFile()) return { name, problem: 'it is no file' }
  try {
    const descriptor = openSync(join(folder, name), SAFELY)
    try {
      const { size } = fstatSync(descriptor)
      // A batch of messages may be somewhat larger than the largest of them.
      if (size > 2 * MAX_MESSAGE_BYTES) return { name, problem: `it has ${size} bytes` }
      return { name, text: size <= SMALL ? readFileSync(descriptor, 'utf8') : await readText(descriptor, 'utf8') }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    unlessGone(error)
    return undefined
  }
}

async function write(folder: string, files: readonly SpoolFile[]): Promise<void> {
  for (const { name, text } of files) {
    const temporary = join(folder, `.${name}`)
    const options = { flag: 'wx', mode: 0o600 } as const
    if (text.length <= SMALL) writeFileSync(temporary, text, options)
    else await writeFile(temporary, text, options)
    renameSync(temporary, join(folder, name))
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    unlessGone(error)
  }
}

/** What cannot be moved stays where it is: its reader has reported it and looks at it no more. */
async function setAside(folder: string, names: readonly string[]): Promise<void> {
  const aside = join(folder, '.aside')
  await mkdir(aside, { recursive: true, mode: 0o700 })
  await Promise.allSettled(names.map((name) => rename(join(folder, name), join(aside, name))))
}

/** Where the system cannot tell of changes, or ceases to, looking now and then is enough. */
function watched(path: string, changed: () => void): { dispose(): void } {
  try {
    const watcher = watch(path, { persistent: false }, changed)
    watcher.on('error', () => watcher.close())
    return { dispose: () => watcher.close() }
  } catch {
    return { dispose: () => {} }
  }
}

function unlessGone(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw asError(error)
}
