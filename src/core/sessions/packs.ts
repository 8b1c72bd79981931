import { hash, randomUUID } from 'node:crypto'
import { open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib'
import * as z from 'zod'

const FOOTER = 'STRETTO1'
const FOOTER_BYTES = 4 + FOOTER.length
/** What is compressed together, and read together, in bytes; one content may be longer. */
const BLOCK_BYTES = 512 * 1024
/** Shorter blocks are kept as they are. */
const WORTH_PACKING = 64
/** Gives most of what is to be had, at a tenth of the time of the default of other formats. */
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 3 } }

const table = z.object({
  blocks: z.array(
    z.object({
      offset: z.int().nonnegative(),
      length: z.int().nonnegative(),
      form: z.enum(['raw', 'zstd', 'gzip']),
    }),
  ),
  entries: z.array(
    z.object({
      hash: z.string(),
      block: z.int().nonnegative(),
      at: z.int().nonnegative(),
      size: z.int().nonnegative(),
    }),
  ),
})

type Block = z.infer<typeof table>['blocks'][number]

/** Where a content lies in its pack. */
export interface PackEntry {
  hash: string
  block: Block
  /** In the block as it was before it was compressed, in bytes. */
  at: number
  size: number
  /** Its part of the block on disk, in bytes. */
  length: number
}

/**
 * Contents in one file: compressed a block at a time, then a table of them, its length in 4 bytes, and the format's name.
 * Contents that are alike, as a file before and after a turn, cost little more than one of them when they are neighbours.
 */
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
  const groups = grouped([...contents])
  const packed = await Promise.all(groups.map((group) => pack(Buffer.concat(group.map(([, content]) => content)))))
  const blocks: Block[] = []
  const entries: z.infer<typeof table>['entries'] = []
  let offset = 0
  for (const [index, { form, data }] of packed.entries()) {
    blocks.push({ offset, length: data.length, form })
    offset += data.length
    let at = 0
    for (const [hashed, { length: size }] of groups[index] ?? []) {
      entries.push({ hash: hashed, block: index, at, size })
      at += size
    }
  }
  const listed = Buffer.from(JSON.stringify({ blocks, entries }))
  const footer = Buffer.alloc(FOOTER_BYTES)
  footer.writeUInt32LE(listed.length)
  footer.write(FOOTER, 4)
  const whole = Buffer.concat([...packed.map(({ data }) => data), listed, footer])
  const file = join(folder, `${randomUUID()}.pack`)
  await writeWhole(file, whole)
  return { file, entries: entriesOf({ blocks, entries }), bytes: whole.length }
}

/** Neighbours together, up to a size. */
function grouped(contents: readonly [string, Uint8Array][]): [string, Uint8Array][][] {
  const groups: [string, Uint8Array][][] = []
  let size = Number.POSITIVE_INFINITY
  for (const content of contents) {
    if (size + content[1].length > BLOCK_BYTES) {
      groups.push([])
      size = 0
    }
    groups.at(-1)?.push(content)
    size += content[1].length
  }
  return groups
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
  const found = parseTable(listed.toString())
  return found && { file, entries: entriesOf(found), bytes: size }
}

/** A content of a pack; undefined when its bytes are not those of its hash. */
export async function readContent(
  file: string,
  { hash: name, block, at, size }: PackEntry,
): Promise<Uint8Array | undefined> {
  await using handle = await open(file, 'r')
  const data = Buffer.alloc(block.length)
  const { bytesRead } = await handle.read(data, 0, block.length, block.offset)
  if (bytesRead < block.length) return undefined
  const content = (await unpack(data, block.form))?.subarray(at, at + size)
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

async function pack(content: Uint8Array): Promise<Pick<Block, 'form'> & { data: Uint8Array }> {
  if (content.length < WORTH_PACKING) return { form: 'raw', data: content }
  // Not every build of VS Code's Node has zstd.
  const form = typeof zstdCompress === 'function' ? 'zstd' : 'gzip'
  const data = form === 'zstd' ? await promisify(zstdCompress)(content, LEVEL) : await promisify(gzip)(content)
  return data.length < content.length ? { form, data } : { form: 'raw', data: content }
}

/** Undefined for bytes that are no such thing: a disk that lies. */
async function unpack(data: Uint8Array, form: Block['form']): Promise<Uint8Array | undefined> {
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

function parseTable(text: string): z.infer<typeof table> | undefined {
  try {
    return table.safeParse(JSON.parse(text)).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function entriesOf({ blocks, entries }: z.infer<typeof table>): PackEntry[] {
  const sizes = new Map<number, number>()
  for (const { block, size } of entries) sizes.set(block, (sizes.get(block) ?? 0) + size)
  return entries.flatMap(({ block: index, ...entry }) => {
    const block = blocks[index]
    if (block === undefined) return []
    return [{ ...entry, block, length: Math.ceil((block.length * entry.size) / Math.max(1, sizes.get(index) ?? 1)) }]
  })
}
