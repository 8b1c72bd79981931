import type { RestoredFiles } from '../../protocol/events.ts'
import type { SessionState } from '../../protocol/state.ts'
import { resolveFile } from '../approvals/paths.ts'
import { MISSING } from '../edits/version.ts'
import type { Documents, FileTarget, Workspace } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { Checkpoint, Span } from './checkpoint.ts'
import type { Checkpoints } from './checkpoints.ts'
import { contentHash } from './packs.ts'
import type { Bytes, RawFiles } from './rawFiles.ts'
import { restoreFile } from './restoreFile.ts'
import { type Known, knownBytes } from './turnRecord.ts'

export interface RestorerParts {
  checkpoints: Checkpoints
  /** Which record what is done to them in the checkpoints. */
  documents: Documents
  raw: RawFiles
  workspace: Workspace
}

interface Wanted {
  target: FileTarget
  spans: Span[]
}

/** Takes back what turns did to files. Each restoring is a checkpoint of its own, so that it can be taken back too. */
export class Restorer {
  readonly #parts: RestorerParts
  #count = 0

  constructor(parts: RestorerParts) {
    this.#parts = parts
  }

  /** Brings every file that was changed since the turn began back to what it was before. */
  async restore(state: SessionState, turnId: string, token: CancellationToken): Promise<RestoredFiles> {
    const { checkpoints } = this.#parts
    await checkpoints.settle(state.id)
    const at = state.turns.findIndex(({ id }) => id === turnId)
    const since = state.turns[at]?.startedAt
    if (since === undefined) throw new Error(`There is no turn ${turnId}`)
    const all = await checkpoints.store.list(state.id)
    const wanted = all.filter((checkpoint) => checkpoint.at >= since)
    const kept = new Set(wanted.map(({ id }) => id))
    const gone = new Set(state.turns.slice(at).flatMap(({ id }) => (kept.has(id) ? [] : [id])))
    const lost = state.calls.filter((call) => gone.has(call.turnId)).flatMap((call) => call.changes ?? [])
    return this.#restore(state.id, wanted, new Set(lost.map(({ path }) => path)), token)
  }

  /** Takes a restoring back; undefined when its checkpoint is not kept any more. */
  async undo(sessionId: string, restoreId: string, token: CancellationToken): Promise<RestoredFiles | undefined> {
    const { checkpoints } = this.#parts
    await checkpoints.settle(sessionId)
    const checkpoint = await checkpoints.store.find(sessionId, restoreId)
    return checkpoint && this.#restore(sessionId, [checkpoint], new Set(), token)
  }

  async #restore(
    sessionId: string,
    taken: readonly Checkpoint[],
    lost: ReadonlySet<string>,
    token: CancellationToken,
  ): Promise<RestoredFiles> {
    const id = `restore-${Date.now().toString(36)}-${++this.#count}`
    const turn = { sessionId, turnId: id }
    const files = byPath(taken)
    const gaps = new Set(taken.flatMap((checkpoint) => gapsOf(checkpoint)))
    const report: RestoredFiles = { id, restored: [], merged: [], left: [], gaps: [...gaps] }
    for (const path of lost) report.left.push({ path, why: 'its checkpoint is not kept any more' })
    for (const file of files) {
      if (lost.has(file.target.display)) continue
      const outcome = await this.#restoreOne(file, turn, token)
      const { display } = file.target
      if (outcome.kind === 'left') report.left.push({ path: display, why: outcome.why })
      else if (outcome.kind === 'restored') (outcome.merged ? report.merged : report.restored).push(display)
    }
    await this.#parts.checkpoints.end(turn)
    return report
  }

  async #restoreOne(
    { target, spans }: Wanted,
    turn: { sessionId: string; turnId: string },
    token: CancellationToken,
  ): Promise<Awaited<ReturnType<typeof restoreFile>>> {
    const { checkpoints, documents, raw, workspace } = this.#parts
    const found = target.uri === undefined ? await resolveFile(target.path, workspace) : target
    if ('kind' in found) return { kind: 'left', why: found.message }
    if (found.path !== target.path) return { kind: 'left', why: 'its path leads to another file now' }
    const known = await Promise.all(
      spans.map(async ({ before, after }) => ({
        before: await checkpoints.store.content(before),
        after: await checkpoints.store.content(after),
      })),
    )
    const onReplaced = (of: FileTarget, before: Bytes, after: Bytes): void => {
      const [was, is] = [knownFile(before), knownFile(after)]
      checkpoints.edited(turn, of, { state: 'applied', before: was, after: is, saved: true, dirty: false })
    }
    const owner = { ...turn, callId: turn.turnId }
    return restoreFile({ ...found, display: target.display }, known, { documents, raw, owner, onReplaced }, token)
  }
}

function byPath(checkpoints: readonly Checkpoint[]): Wanted[] {
  const files = new Map<string, Wanted>()
  for (const { target, spans } of checkpoints.flatMap((checkpoint) => checkpoint.files)) {
    const file = files.get(target.path)
    files.set(target.path, { target, spans: [...(file?.spans ?? []), ...spans] })
  }
  return [...files.values()]
}

function gapsOf({ gaps, open }: Checkpoint): string[] {
  return open ? [...gaps, 'VS Code ended in a turn: what its commands changed last is not kept.'] : gaps
}

function knownFile(bytes: Bytes): Known {
  return bytes === undefined
    ? { version: MISSING, content: { kind: 'missing' } }
    : knownBytes(bytes, contentHash(bytes))
}
