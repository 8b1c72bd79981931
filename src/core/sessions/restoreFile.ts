import { lineEdits } from '../edits/lines.ts'
import type { CallOwner, Compute, Documents, Failure, FileTarget } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import type { Content, Span } from './checkpoint.ts'
import { contentHash } from './packs.ts'
import type { Bytes, RawFiles } from './rawFiles.ts'
import { textOf } from './turnRecord.ts'
import { type Text, type Undone, undoSpans } from './undoSpans.ts'

export type FileOutcome =
  | { kind: 'restored'; merged: boolean }
  /** It is as it was already. */
  | { kind: 'same' }
  | { kind: 'left'; why: string }

export interface RestoreParts {
  /** Which record what is done to them. */
  documents: Documents
  raw: RawFiles
  owner: CallOwner
  /** Hears of what is not done through the documents. */
  onReplaced: (target: FileTarget, before: Bytes, after: Bytes) => void
}

/** Takes changes of one file back, the last one first. What others changed since stays, or the file is left alone. */
export async function restoreFile(
  target: FileTarget,
  spans: readonly Span<Content | undefined>[],
  parts: RestoreParts,
  token: CancellationToken,
): Promise<FileOutcome> {
  const known: Span<Content>[] = []
  for (const { before, after } of spans) {
    const lost = [before, after].find((side) => side === undefined || side.kind === 'unknown')
    if (lost?.kind === 'unknown') return left(`what it held is not kept: ${lost.why}`)
    if (before === undefined || after === undefined) return left('what it held is not kept any more')
    known.push({ before, after })
  }
  const sides = known.flatMap(({ before, after }) => [before, after])
  if (!sides.every(isText)) return restoreBytes(target, known, parts, token)
  const texts = known.map(({ before, after }) => ({ before: asText(before), after: asText(after) }))
  const outcome = await restoreText(target, texts, parts, token)
  if (outcome.kind === 'left' || (outcome.kind === 'restored' && outcome.merged)) return outcome
  return (await restoreForm(target, known, outcome, parts, token)) ?? outcome
}

async function restoreText(
  target: FileTarget,
  spans: readonly Span<Text>[],
  parts: RestoreParts,
  token: CancellationToken,
): Promise<FileOutcome> {
  let undone: Undone | undefined
  const receipt = await parts.documents.edit(
    target,
    ({ text }) => {
      undone = undoSpans(text, spans)
      if (undone.kind === 'conflict') return failed('conflict', undone.why)
      if (undone.text === text) return failed('same', 'It is as it was.')
      if (undone.text === undefined) return failed('remove', 'It was not there.')
      return { edits: text === undefined ? [{ start: 0, end: 0, text: undone.text }] : lineEdits(text, undone.text) }
    },
    token,
    { owner: parts.owner },
  )
  if (receipt.kind === 'edited') return { kind: 'restored', merged: undone?.kind === 'undone' && undone.merged }
  if (receipt.code === 'same') return { kind: 'same' }
  if (receipt.code === 'remove') return remove(target, spans, parts, token)
  return left(undone?.kind === 'conflict' ? undone.why : receipt.message)
}

async function remove(
  target: FileTarget,
  spans: readonly Span<Text>[],
  { documents, owner }: RestoreParts,
  token: CancellationToken,
): Promise<FileOutcome> {
  const compute: Compute = ({ text }) => {
    const undone = undoSpans(text, spans)
    const isGone = undone.kind === 'undone' && undone.text === undefined
    return isGone ? { edits: [] } : failed('conflict', 'it was changed since')
  }
  const done = await documents.change([{ kind: 'delete', target, compute }], token, { owner })
  return 'kind' in done ? left(done.message) : { kind: 'restored', merged: false }
}

/** Line endings, encoding and all, where a command changed those too and nobody else has since. */
async function restoreForm(
  target: FileTarget,
  spans: readonly Span<Content>[],
  { kind }: FileOutcome,
  parts: RestoreParts,
  token: CancellationToken,
): Promise<FileOutcome | undefined> {
  const [before, after] = [spans[0]?.before, spans.at(-1)?.after]
  if (before?.kind !== 'bytes' || target.uri !== undefined) return undefined
  const now = await parts.raw.read(target)
  if (now === undefined || contentHash(now) === contentHash(before.bytes)) return undefined
  const isOurs = kind === 'restored' ? textOf(now) === textOf(before.bytes) : isSide(now, after)
  if (!isOurs) return undefined
  const hash = contentHash(now)
  return replaced(target, before.bytes, (found) => found !== undefined && contentHash(found) === hash, parts, token)
}

async function restoreBytes(
  target: FileTarget,
  spans: readonly Span<Content>[],
  parts: RestoreParts,
  token: CancellationToken,
): Promise<FileOutcome> {
  const now = await parts.raw.read(target)
  let at: Content | undefined
  for (const { before, after } of spans.toReversed()) {
    const is = (side: Content): boolean => (at === undefined ? isSide(now, side) : isSame(at, side))
    if (is(before)) continue
    if (!is(after)) return left('it was changed since, and is not text')
    at = before
  }
  if (at === undefined) return { kind: 'same' }
  const bytes = bytesOf(at)
  return replaced(target, bytes, (found) => hashOf(found) === hashOf(now), parts, token)
}

async function replaced(
  target: FileTarget,
  bytes: Bytes,
  fits: (now: Bytes) => boolean,
  { raw, onReplaced }: RestoreParts,
  token: CancellationToken,
): Promise<FileOutcome> {
  let before: Bytes
  const observed = (now: Bytes): boolean => {
    before = now
    return fits(now)
  }
  const done: true | Failure = await raw.replace(target, bytes, observed, token)
  if (done !== true) return left(done.message)
  onReplaced(target, before, bytes)
  return { kind: 'restored', merged: false }
}

function isText(content: Content): boolean {
  return content.kind !== 'bytes' || textOf(content.bytes) !== undefined
}

function asText(content: Content): Text {
  if (content.kind === 'text') return content.text
  return content.kind === 'bytes' ? textOf(content.bytes) : undefined
}

function bytesOf(content: Content): Bytes {
  if (content.kind === 'text') return Buffer.from(content.text)
  return content.kind === 'bytes' ? content.bytes : undefined
}

/** Whether the file is in this state. */
function isSide(now: Bytes, side: Content | undefined): boolean {
  if (side === undefined) return false
  if (side.kind === 'text') return now !== undefined && textOf(now) === side.text
  return hashOf(now) === hashOf(bytesOf(side))
}

function isSame(a: Content, b: Content): boolean {
  return isSide(bytesOf(a), b)
}

function hashOf(bytes: Bytes): string | undefined {
  return bytes && contentHash(bytes)
}

function left(why: string): FileOutcome {
  return { kind: 'left', why }
}
