import type { CallOwner, Clock, Log } from '../ports.ts'
import type { Checkpoint, Content, Side } from './checkpoint.ts'
import type { CheckpointStore } from './checkpointStore.ts'
import { type Baseline, TurnRecord } from './turnRecord.ts'
import type { Snapshot } from './workspaceSnapshot.ts'

/** How long what was recorded is held before it is written, in ms: edits come in crowds. */
const BEHIND_MS = 500

interface Parts {
  store: CheckpointStore
  clock: Clock
  log: Log
  /** What still writes an earlier part of the same checkpoint. */
  after: Promise<void> | undefined
}

/** The checkpoint of a turn that goes on. What it records is written behind it, never while an edit waits. */
export class OpenCheckpoint {
  readonly turn: Omit<CallOwner, 'callId'>
  readonly record: TurnRecord
  /** The workspace before the first command. */
  before: Snapshot | undefined
  /** The looking through the workspace before the first command. */
  arming: Promise<void> | undefined
  readonly #parts: Parts
  #timer: { dispose(): void } | undefined
  #writing: Promise<void>
  #open = true
  #isDirty = false
  /** What was written of it before this window, or this part of it, began. */
  #earlier: Checkpoint | undefined

  constructor(turn: Omit<CallOwner, 'callId'>, parts: Parts) {
    this.turn = turn
    this.#parts = parts
    const { sessionId, turnId: id } = turn
    const kind = id.startsWith('restore') ? 'restore' : 'turn'
    this.record = new TurnRecord({ id, sessionId, at: parts.clock.now(), kind })
    this.#writing = this.#load()
  }

  change(how: (record: TurnRecord) => void): void {
    how(this.record)
    this.#touch()
  }

  watch(before: Snapshot, baseline: Baseline): void {
    this.before = before
    this.record.baseline = baseline
  }

  /** Settles when all that was recorded so far is in the store. */
  write(): Promise<void> {
    this.#timer?.dispose()
    this.#timer = undefined
    const written = this.#writing.then(() => this.#write())
    this.#writing = written.catch(() => undefined)
    return written
  }

  /** Writes the rest; it is whole then. */
  close(): Promise<void> {
    this.#open = false
    this.record.settle()
    this.#isDirty ||= !this.record.isEmpty
    return this.write()
  }

  #touch(): void {
    this.#isDirty = true
    this.#timer ??= this.#parts.clock.after(BEHIND_MS, () => {
      this.write().catch((error: unknown) => this.#parts.log.error('A checkpoint could not be written', error))
    })
  }

  async #load(): Promise<void> {
    const { sessionId, turnId } = this.turn
    await this.#parts.after
    this.#earlier = await this.#parts.store.find(sessionId, turnId)
  }

  async #write(): Promise<void> {
    if (!this.#isDirty) return
    this.#isDirty = false
    const checkpoint = await this.record.checkpoint(this.#open)
    try {
      const whole = joined(this.#earlier, checkpoint)
      if (whole.files.length === 0 && whole.gaps.length === 0) return
      const kept = await this.#parts.store.save(whole)
      const own = kept.files.slice(kept.files.length - checkpoint.files.length)
      this.record.release(checkpoint, { ...kept, files: own })
      if (this.record.hasPending) this.#touch()
    } catch (error) {
      this.#isDirty = true
      throw error
    }
  }
}

/** What came late to a turn that had ended follows what was kept of it. */
function joined(
  earlier: Checkpoint | undefined,
  { files, gaps, ...checkpoint }: Checkpoint<Content | Side>,
): Checkpoint<Content | Side> {
  if (earlier === undefined) return { ...checkpoint, files, gaps }
  const { at } = earlier
  return { ...checkpoint, at, files: [...earlier.files, ...files], gaps: [...new Set([...earlier.gaps, ...gaps])] }
}
