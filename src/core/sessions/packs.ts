import { hash, randomUUID } from 'node:crypto'
import { open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib'
import * as z from 'zod'

const FOOTER = 'STRETTO1'
const FOOTER_BYTES = 4 + FOOTER.length
/** Shorter contents are kept as they are. */
const WORTH_PACKING = 64
/** Gives most of what is to be had, at a tenth of the time of the default of other formats. */
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 3 } }

const entry = z.object({
  hash: z.string(),
  offset: z.int().nonnegative(),
  length: z.int().nonnegative(),
  form: z.enum(['raw', 'zstd', 'gzip']),
})
const table = z.array(entry)

/** Where a content lies in its pack, in bytes. */
export type PackEntry = z.infer<typeof entry>

/** Contents in one file: compressed one by one, then a table of them, its length in 4 bytes, and the format's name. */
export interface Pack {
  file: string
  entries: PackEntry[]
  bytes: number
}

export function contentHash(content: Uint8Array): string {
  return hash('sha256', content, 'base64url')
}

/** Writes the whole file under another name first: a pack is there whole or not at all. */
export async function writePack(folder: string, contents: ReadonlyMap<string, Uint8Array>): Promise<Pack> {
  const packed = await Promise.all([...contents].map(async ([name, content]) => ({ name, ...(await pack(content)) })))
  const entries: PackEntry[] = []
  let offset = 0
  for (const { name, form, data } of packed) {
    entries.push({ hash: name, offset, length: data.length, form })
    offset += data.length
  }
  const listed = Buffer.from(JSON.stringify(entries))
  const footer = Buffer.alloc(FOOTER_BYTES)
  footer.writeUInt32LE(listed.length)
  footer.write(FOOTER, 4)
  const whole = Buffer.concat([...packed.map(({ data }) => data), listed, footer])
  const file = join(folder, `${randomUUID()}.pack`)
  await writeWhole(file, whole)
  return { file, entries, bytes: whole.length }
}

/** A file that is there whole or not at all, also when two windows write at once. */
export async function writeWhole(file: string, content: Uint8Array | string): Promise<void> {
  const unfinished = `${file}.${randomUUID()}.tmp`
  try {
    await writeFile(unfinished, content, { mode: 0o600 })
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

/** The pack's table; undefined for a file that is none, or torn. */
export async function readPack(file: string): Promise<Pack | undefined> {
  await using handle = await open(file, 'r')
  const { size } = await handle.stat()
  if (size < FOOTER_BYTES) return undefined
  const footer = Buffer.alloc(FOOTER_BYTES)
  await handle.read(footer, 0, FOOTER_BYTES, size - FOOTER_BYTES)
  const length = footer.readUInt32LE(0)
  if (footer.toString('utf8', 4) !== FOOTER || length > size - FOOTER_BYTES) return undefined
  const listed = Buffer.alloc(length)
  await handle.read(listed, 0, length, size - FOOTER_BYTES - length)
  const entries = parseTable(listed.toString())
  return entries && { file, entries, bytes: size }
}

/** A content of a pack; undefined when its bytes are not those of its hash. */
export async function readContent(
  file: string,
  { hash: name, offset, length, form }: PackEntry,
): Promise<Uint8Array | undefined> {
  await using handle = await open(file, 'r')
  const data = Buffer.alloc(length)
  const { bytesRead } = await handle.read(data, 0, length, offset)
  if (bytesRead < length) return undefined
  const content = await unpack(data, form)
  return content !== undefined && contentHash(content) === name ? content : undefined
}

/** The contents of a file of JSON; undefined for one that is not there or torn. */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return undefined
    throw error
  }
}

/** The names in a folder; none when it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

async function pack(content: Uint8Array): Promise<{ form: PackEntry['form']; data: Uint8Array }> {
  if (content.length < WORTH_PACKING) return { form: 'raw', data: content }
  // Not every build of VS Code's Node has zstd.
  const form = typeof zstdCompress === 'function' ? 'zstd' : 'gzip'
  const data = form === 'zstd' ? await promisify(zstdCompress)(content, LEVEL) : await promisify(gzip)(content)
  return data.length < content.length ? { form, data } : { form: 'raw', data: content }
}

/** Undefined for bytes that are no such thing: a disk that lies. */
async function unpack(data: Uint8Array, form: PackEntry['form']): Promise<Uint8Array | undefined> {
  try {
    switch (form) {
      case 'raw':
        return data
      case 'zstd':
        return await promisify(zstdDecompress)(data)
      case 'gzip':
        return await promisify(gunzip)(data)
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^(?:Z_|ZSTD_|ERR_)/.test(String(error.code))) return undefined
    throw error
  }
}

function parseTable(text: string): PackEntry[] | undefined {
  try {
    return table.safeParse(JSON.parse(text)).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
