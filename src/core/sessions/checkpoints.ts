import { join } from 'node:path'
import type { SessionEvent } from '../../protocol/events.ts'
import { sidesOf } from '../edits/carry.ts'
import type { CallOwner, Clock, FileTarget, Log } from '../ports.ts'
import { CancellationSource, type CancellationToken, orCancelled } from '../scheduling/cancellation.ts'
import type { ToolPorts } from '../tools/ports.ts'
import type { Content, Side } from './checkpoint.ts'
import { CheckpointStore } from './checkpointStore.ts'
import { addCommandChanges, baselineOf } from './commandChanges.ts'
import { OpenCheckpoint } from './openCheckpoint.ts'
import { knownText, type RecordedEdit, textOf } from './turnRecord.ts'
import type { TurnText, TurnTexts } from './turnTexts.ts'
import { WorkspaceSnapshot } from './workspaceSnapshot.ts'

/** How long a turn's first command waits at most until the workspace has been looked through, in ms. */
const BUDGET_MS = 500
/** After that, how long what is being read may take to end, in ms. */
const OVERRUN_MS = 250

type Turn = Omit<CallOwner, 'callId'>

export interface CheckpointsParts extends Pick<ToolPorts, 'workspace' | 'processes' | 'ripgrep'> {
  /** The extension's storage for this workspace. */
  folder: string
  clock: Clock
  log: Log
  mostBytes?: number
}

/** Keeps what each turn changes, so that it can be taken back: edits as they happen, what commands do at the turn's end. */
export class Checkpoints implements TurnTexts {
  readonly #parts: CheckpointsParts
  readonly store: CheckpointStore
  readonly #snapshot: WorkspaceSnapshot
  readonly #open = new Map<string, OpenCheckpoint>()
  readonly #ending = new Map<string, Promise<void>>()
  /** Looking through the workspace before it is needed. */
  #warming: CancellationSource | undefined

  constructor(parts: CheckpointsParts) {
    this.#parts = parts
    const folder = join(parts.folder, 'checkpoints')
    this.store = new CheckpointStore({ ...parts, folder })
    this.#snapshot = new WorkspaceSnapshot({ ...parts, folder: join(folder, 'snapshots'), blobs: this.store.blobs })
  }

  /** To be told of every event of every session. */
  hear(sessionId: string, event: SessionEvent): void {
    if (event.type === 'turnStarted') this.#warm()
    if (event.type === 'turnEnded') void this.end({ sessionId, turnId: event.turnId })
  }

  /** Writes behind; to be called again for what becomes of a pending edit it need not be. */
  edited(owner: Turn, target: FileTarget, edit: RecordedEdit): void {
    this.#of(owner).change((record) => record.edited(target, edit))
  }

  /** The editor wrote this to the disk, or removed the file: no command did. */
  onWritten(target: FileTarget, text: string | undefined): void {
    const known = knownText(text)
    for (const open of this.#open.values()) open.record.onDisk(target, 'wrote', known)
  }

  /** The editor found this on the disk, and has not written it. */
  onFound(target: FileTarget, text: string): void {
    const known = knownText(text)
    for (const open of this.#open.values()) open.record.onDisk(target, 'found', known)
  }

  /** Whether commands of a running turn are watched: nobody else wants to know what the editor does. */
  get isWatching(): boolean {
    return [...this.#open.values()].some(({ record }) => record.baseline !== undefined)
  }

  /** Whether what is changed now may be what a command of this turn has left. */
  watches(turn: Turn): boolean {
    return this.#open.get(keyOf(turn))?.record.baseline !== undefined
  }

  /** To be awaited before a command of the turn starts; undefined when there is nothing to wait for. */
  beforeRun(turn: Turn, token: CancellationToken): Promise<void> | undefined {
    const open = this.#of(turn)
    if (open.before !== undefined) return undefined
    open.arming ??= this.#arm(open)
    return orCancelled(open.arming, token)
  }

  /** The checkpoint is written, with what commands changed. Settles at once for what is not open. */
  async end(turn: Turn): Promise<void> {
    const key = keyOf(turn)
    const open = this.#open.get(key)
    if (open === undefined) return this.#ending.get(key)
    this.#open.delete(key)
    const ending = this.#end(open).finally(() => {
      if (this.#ending.get(key) === ending) this.#ending.delete(key)
    })
    this.#ending.set(key, ending)
    return ending
  }

  /** Settles when all that was recorded of a session is in the store. */
  async settle(sessionId: string): Promise<void> {
    const isOf = ([key]: [string, unknown]): boolean => key.startsWith(`${sessionId}/`)
    await Promise.all([...this.#open].filter(isOf).map(([, open]) => open.write()))
    await Promise.all([...this.#ending].filter(isOf).map(([, ending]) => ending))
  }

  async of(sessionId: string, turnId: string, path: string): Promise<TurnText | undefined> {
    await this.settle(sessionId)
    const checkpoint = await this.store.find(sessionId, turnId)
    const files = checkpoint?.files.filter(({ target }) => target.path === path || target.asked === path) ?? []
    const spans = files.flatMap((file) => file.spans)
    const texts = spans.map(async ({ before, after }) => ({
      before: await this.#text(before),
      after: await this.#text(after),
    }))
    return sidesOf(await Promise.all(texts))
  }

  /** Writes what is left. Safe to call again. */
  async dispose(): Promise<void> {
    this.#warming?.cancel('dispose')
    await Promise.all([...this.#open.values()].map(({ turn }) => this.end(turn)))
    await Promise.all(this.#ending.values())
  }

  #of(turn: Turn): OpenCheckpoint {
    const key = keyOf(turn)
    const found = this.#open.get(key)
    if (found !== undefined) return found
    const { clock, log } = this.#parts
    const open = new OpenCheckpoint(turn, { store: this.store, clock, log, after: this.#ending.get(key) })
    this.#open.set(key, open)
    return open
  }

  #warm(): void {
    if (this.#warming !== undefined || !this.#parts.workspace.trusted()) return
    const source = new CancellationSource()
    this.#warming = source
    this.#snapshot
      .take(source.token)
      .catch((error: unknown) => this.#parts.log.error('The workspace could not be looked through', error))
      .finally(() => {
        this.#warming = undefined
      })
  }

  async #arm(open: OpenCheckpoint): Promise<void> {
    const { clock, log } = this.#parts
    const source = new CancellationSource()
    const late = Promise.withResolvers<undefined>()
    const timers = [
      clock.after(BUDGET_MS, () => {
        source.cancel('timeout')
        this.#warming?.cancel('timeout')
      }),
      clock.after(BUDGET_MS + OVERRUN_MS, () => late.resolve(undefined)),
    ]
    try {
      const snapshot = await Promise.race([this.#snapshot.take(source.token), late.promise])
      if (snapshot?.gap !== undefined) open.change((record) => record.addGap(snapshot.gap ?? ''))
      if (snapshot === undefined) open.change((record) => record.addGap(TOO_LATE))
      else open.watch(snapshot, baselineOf(snapshot, this.store.blobs))
    } catch (error) {
      log.error('The workspace could not be looked through before a command', error)
      open.change((record) => record.addGap(TOO_LATE))
    } finally {
      for (const timer of timers) timer.dispose()
    }
  }

  async #end(open: OpenCheckpoint): Promise<void> {
    try {
      await open.arming
      await this.#addCommands(open)
      await open.close()
      await this.store.bound(() => this.#snapshot.used())
    } catch (error) {
      this.#parts.log.error('A checkpoint could not be written', error)
    }
  }

  async #addCommands({ before, record }: OpenCheckpoint): Promise<void> {
    if (before === undefined) return
    const after = await this.#snapshot.take(new CancellationSource().token)
    const { workspace } = this.#parts
    await addCommandChanges(record, before, after, { blobs: this.store.blobs, workspace })
  }

  async #text(side: Side | Content): Promise<string | undefined> {
    const content = await this.store.content(side)
    if (content?.kind === 'text') return content.text
    return content?.kind === 'bytes' ? textOf(content.bytes) : undefined
  }
}

const TOO_LATE =
  'The workspace could not be looked through before the first command: what commands changed is not kept.'

function keyOf({ sessionId, turnId }: Turn): string {
  return `${sessionId}/${turnId}`
}
