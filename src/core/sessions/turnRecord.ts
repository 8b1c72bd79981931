import { decode, isBinary } from '../edits/encoding.ts'
import { normalise } from '../edits/textEdits.ts'
import { MISSING, versionOf } from '../edits/version.ts'
import type { FileTarget } from '../ports.ts'
import type { Checkpoint, CheckpointFile, Content, Side } from './checkpoint.ts'

/** A file's content and the version of its text, by which it is compared. */
export interface Known {
  version: string
  content: Content | Side
}

/** An edit. It stands among what else is heard of its file from when it was computed. */
export interface RecordedEdit {
  /** Until it is known whether it was applied, nothing that came after it is taken. */
  state: 'pending' | 'applied' | 'dropped'
  before: Known
  after: Known
  /** Whether the file on disk has it. */
  saved: boolean
  /** Whether the buffer that it was made on was newer than the disk. */
  dirty: boolean
}

type Event = { kind: 'edit'; edit: RecordedEdit } | { kind: 'disk'; known: Known }

interface FileRecord extends CheckpointFile<Content | Side> {
  /** The version that the last span left. */
  left: string | undefined
  /** What the disk is known to hold, and why: an edit, or somebody's saving. Only since the first command. */
  known: Known | undefined
  /** Not yet in `spans`. */
  events: Event[]
}

export interface Baseline {
  /** The file as it was before the turn's first command; undefined for one that was not there or is not looked at. */
  of(path: string): Promise<Known | undefined>
}

/** What one turn has done to files so far. */
export class TurnRecord {
  readonly #draft: Pick<Checkpoint, 'id' | 'sessionId' | 'at' | 'kind'>
  readonly #files = new Map<string, FileRecord>()
  readonly #gaps = new Set<string>()
  baseline: Baseline | undefined

  constructor(draft: Pick<Checkpoint, 'id' | 'sessionId' | 'at' | 'kind'>) {
    this.#draft = draft
  }

  get isEmpty(): boolean {
    return this.#files.size === 0 && this.#gaps.size === 0
  }

  /** Whether there are edits of which nobody knows yet what becomes of them. */
  get hasPending(): boolean {
    return [...this.#files.values()].some(({ events }) => events.length > 0)
  }

  /** The edit is the record's, which looks at its state again and again. */
  edited(target: FileTarget, edit: RecordedEdit): void {
    this.#file(target).events.push({ kind: 'edit', edit })
  }

  /** Nothing more is heard of edits that are still pending: they may have been applied. */
  settle(): void {
    for (const { events } of this.#files.values()) {
      for (const event of events)
        if (event.kind === 'edit' && event.edit.state === 'pending') event.edit.state = 'applied'
    }
  }

  /** The disk holds this, and it is not a command that wrote it. */
  onDisk(target: FileTarget, known: Known): void {
    if (this.baseline !== undefined) this.#file(target).events.push({ kind: 'disk', known })
  }

  addGap(gap: string): void {
    this.#gaps.add(gap)
  }

  /** What the disk is known to hold; what the baseline holds unless something else was heard. */
  async known(path: string): Promise<Known | undefined> {
    const file = this.#files.get(path)
    if (file !== undefined) await this.#take(file)
    return file?.known ?? this.baseline?.of(path)
  }

  /** A command did this, last of all so far. */
  async commanded(target: FileTarget, before: Known, after: Known): Promise<void> {
    const file = this.#file(target)
    await this.#take(file)
    const [first] = file.spans
    const appeared = before.version === MISSING && first !== undefined
    // It was there before anything that was recorded of it.
    if (appeared) file.spans.unshift({ before: before.content, after: first.before })
    if (!appeared || after.version !== file.left) this.#add(file, appeared ? await this.#last(file) : before, after)
    file.known = after
  }

  /** As it is to be kept. */
  async checkpoint(open: boolean): Promise<Checkpoint<Content | Side>> {
    for (const file of this.#files.values()) await this.#take(file)
    const files = [...this.#files.values()].filter(({ spans }) => spans.length > 0)
    const kept = files.map(({ target, spans }) => ({ target, spans: spans.map((span) => ({ ...span })) }))
    return { version: 1, ...this.#draft, open, files: kept, gaps: [...this.#gaps] }
  }

  /** What was kept need not be held any more. */
  release(written: Checkpoint<Content | Side>, kept: Checkpoint): void {
    for (const [index, file] of written.files.entries()) {
      const record = this.#files.get(file.target.path)
      for (const [at, was] of file.spans.entries()) {
        const [span, so] = [record?.spans[at], kept.files[index]?.spans[at]]
        if (span?.before === was.before && so !== undefined) span.before = so.before
        if (span?.after === was.after && so !== undefined) span.after = so.after
      }
    }
  }

  #file(target: FileTarget): FileRecord {
    const found = this.#files.get(target.path)
    if (found !== undefined) return found
    const file: FileRecord = { target, spans: [], left: undefined, known: undefined, events: [] }
    this.#files.set(target.path, file)
    return file
  }

  async #take(file: FileRecord): Promise<void> {
    if (file.events.length > 0 && this.baseline !== undefined) file.known ??= await this.baseline.of(file.target.path)
    const pending = file.events.findIndex((event) => event.kind === 'edit' && event.edit.state === 'pending')
    for (const event of file.events.splice(0, pending === -1 ? file.events.length : pending)) {
      if (event.kind === 'disk') file.known = event.known
      else if (event.edit.state === 'applied') this.#takeEdit(file, event.edit)
    }
  }

  #takeEdit(file: FileRecord, { before, after, saved, dirty }: RecordedEdit): void {
    const { known } = file
    // What a command wrote, and the edit found; what somebody typed is in a buffer that is newer than the disk.
    if (known !== undefined && known.version !== before.version && !dirty) this.#add(file, known, before)
    this.#add(file, before, after)
    if (saved && this.baseline !== undefined) file.known = after
  }

  #add(file: FileRecord, before: Known, after: Known): void {
    const last = file.spans.at(-1)
    if (last !== undefined && file.left === before.version) last.after = after.content
    else file.spans.push({ before: before.content, after: after.content })
    file.left = after.version
  }

  async #last(file: FileRecord): Promise<Known> {
    const last = file.spans.at(-1)
    return file.known ?? { version: file.left ?? MISSING, content: last?.after ?? { kind: 'missing' } }
  }
}

export function knownText(text: string | undefined, version = versionOf(text)): Known {
  return { version, content: text === undefined ? { kind: 'missing' } : { kind: 'text', text } }
}

/** @param content by default the bytes themselves */
export function knownBytes(bytes: Uint8Array, hash: string, content?: Side): Known {
  const text = textOf(bytes)
  return { version: text === undefined ? hash : versionOf(text), content: content ?? { kind: 'bytes', bytes } }
}

/** With `\n`; undefined for bytes that no editor would show. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (isBinary(bytes)) return undefined
  const text = decode(bytes)?.text
  return text === undefined ? undefined : normalise(text)
}
