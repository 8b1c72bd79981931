import { decode, isBinary } from '../edits/encoding.ts'
import { normalise } from '../edits/textEdits.ts'
import { versionOf } from '../edits/version.ts'
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

/** `watched`: it came after the turn's first command, whose changes may stand before it. */
type Event = { watched: boolean } & (
  | { kind: 'edit'; edit: RecordedEdit }
  /** The editor wrote this. */
  | { kind: 'wrote'; known: Known }
  /** The editor found this. */
  | { kind: 'found'; known: Known }
)

interface FileRecord extends CheckpointFile<Content | Side> {
  /** The version that the last span left. */
  left: string | undefined
  /** What the disk is known to hold, and why: an edit, or somebody's saving. Only since the first command. */
  known: Known | undefined
  /** Whether `known` began with what the baseline holds. */
  isBased: boolean
  /** What was first found there; `missing` where nothing was, or somebody else than a command had made it. */
  first: Content | Side | undefined
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
    this.#file(target).events.push({ kind: 'edit', edit, watched: this.baseline !== undefined })
  }

  /** Nothing more is heard of edits that are still pending: they may have been applied. */
  settle(): void {
    for (const { events } of this.#files.values()) {
      for (const event of events)
        if (event.kind === 'edit' && event.edit.state === 'pending') event.edit.state = 'applied'
    }
  }

  /** The disk holds this: the editor wrote it, and no command, or found it there. */
  onDisk(target: FileTarget, kind: 'wrote' | 'found', known: Known): void {
    if (this.baseline !== undefined) this.#file(target).events.push({ kind, known, watched: true })
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

  /** The file was not there before the first command: if an edit, or the editor, found it, a command had made it. */
  async appeared(path: string): Promise<void> {
    const file = this.#files.get(path)
    if (file === undefined) return
    await this.#take(file)
    const { first } = file
    if (first === undefined || first.kind === 'missing') return
    file.spans.unshift({ before: { kind: 'missing' }, after: first })
  }

  /** A command did this, last of all so far. */
  async commanded(target: FileTarget, before: Known, after: Known): Promise<void> {
    const file = this.#file(target)
    await this.#take(file)
    this.#add(file, before, after)
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
    const file: FileRecord = {
      target,
      spans: [],
      left: undefined,
      known: undefined,
      isBased: false,
      first: undefined,
      events: [],
    }
    this.#files.set(target.path, file)
    return file
  }

  /** What was heard, in order. Several may take at once: between looking at an event and taking it nothing is awaited. */
  async #take(file: FileRecord): Promise<void> {
    for (;;) {
      const [event] = file.events
      if (event === undefined || (event.kind === 'edit' && event.edit.state === 'pending')) return
      if (event.watched && !file.isBased) {
        const base = await this.baseline?.of(file.target.path)
        if (!file.isBased) file.known ??= base
        file.isBased = true
        continue
      }
      file.events.shift()
      this.#takeEvent(file, event)
    }
  }

  #takeEvent(file: FileRecord, event: Event): void {
    if (event.kind === 'edit') {
      if (event.edit.state === 'applied') this.#takeEdit(file, event.edit, event.watched)
      return
    }
    const { known, first } = file
    const { version, content } = event.known
    file.first = first ?? (event.kind === 'found' ? content : { kind: 'missing' })
    // A command wrote what the editor found, and had not written.
    if (event.kind === 'found' && known !== undefined && known.version !== version) this.#add(file, known, event.known)
    file.known = event.known
  }

  #takeEdit(file: FileRecord, { before, after, saved, dirty }: RecordedEdit, watched: boolean): void {
    const { known } = file
    file.first ??= before.content
    // What a command wrote, and the edit found; what somebody typed is in a buffer that is newer than the disk.
    if (known !== undefined && known.version !== before.version && !dirty) this.#add(file, known, before)
    this.#add(file, before, after)
    if (saved && watched) file.known = after
  }

  #add(file: FileRecord, before: Known, after: Known): void {
    const last = file.spans.at(-1)
    if (last !== undefined && file.left === before.version) last.after = after.content
    else file.spans.push({ before: before.content, after: after.content })
    file.left = after.version
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
