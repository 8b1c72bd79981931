import type { FileChange } from '../../protocol/events.ts'
import { mediaOf } from '../../protocol/media.ts'
import type { CallState } from '../../protocol/state.ts'

export interface ChangedFile {
  path: string
  kind: FileChange['kind']
  /** Where a moved file was before the turn. */
  from?: string
  added: number
  removed: number
  saved: boolean
  unsavedReason?: string
}

/** What a turn's calls did to files, one entry a file, in the order of the first change. Pictures are not reviewed. */
export function changedFiles(all: readonly CallState[]): ChangedFile[] {
  const calls = all.filter(({ name }) => mediaOf(name) === undefined)
  const files = new Map<string, ChangedFile>()
  const order = calls.flatMap((call) => call.changes?.map((change) => change.path) ?? [])
  const byEnd = calls.filter((call) => call.changes?.length).toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0))
  for (const change of byEnd.flatMap((call) => call.changes ?? [])) {
    const before = files.get(change.from?.path ?? change.path)
    if (change.from !== undefined) files.delete(change.from.path)
    const merged = before === undefined ? fileOf(change) : merge(before, change)
    if (merged === undefined) files.delete(change.path)
    else files.set(change.path, merged)
  }
  return [...files.values()].toSorted((a, b) => order.indexOf(a.path) - order.indexOf(b.path))
}

function fileOf({ path, kind, from, added, removed, saved, unsavedReason }: FileChange): ChangedFile {
  return { path, kind, ...(from && { from: from.path }), added, removed, saved, unsavedReason }
}

/** Undefined when nothing is left: a file was added and deleted again. */
function merge(before: ChangedFile, change: FileChange): ChangedFile | undefined {
  if (before.kind === 'added' && change.kind === 'deleted') return undefined
  const from = before.from ?? change.from?.path
  return {
    ...fileOf(change),
    ...(from !== undefined && before.kind !== 'added' && { from }),
    kind: mergedKind(before.kind, change.kind),
    added: before.added + change.added,
    removed: before.removed + change.removed,
  }
}

function mergedKind(before: FileChange['kind'], now: FileChange['kind']): FileChange['kind'] {
  if (before === 'added') return 'added'
  if (now === 'added') return 'modified'
  return before === 'moved' && now === 'modified' ? 'moved' : now
}
