import type { Rejection } from '../../core/edits/rejection.ts'
import type { DocumentChange, Documents, Failure, FileTarget } from '../../core/ports.ts'
import { CancellationSource, type CancellationToken } from '../../core/scheduling/cancellation.ts'
import { failed } from '../../core/tools/tool.ts'

/** A file of which something is to be taken back. */
export interface Rejected {
  target: FileTarget
  /** Given the text as it is under the document's lock; undefined when there is no file. */
  reject: (text: string | undefined) => Rejection
}

export interface TakenBack {
  /** By file, the hunks that stand as they stood before the turn. */
  done: string[][]
  /** What could not be taken back, in words. */
  conflict?: string
}

/** Takes hunks back through the documents, so that it waits its turn behind the agent's edits: of all files, or of none. */
export async function takeBack(files: readonly Rejected[], documents: Documents): Promise<TakenBack> {
  const { token } = new CancellationSource()
  const nothing = files.map(() => [])
  const found = await Promise.all(files.map((file) => look(file, documents, token)))
  const broken = found.find((one) => 'kind' in one)
  if (broken !== undefined) return { done: nothing, conflict: broken.message }
  const rejections = found.filter((one) => 'conflicts' in one)
  const conflict = files.flatMap(({ target }, at) => words(rejections[at], target)).join(' ')
  if (conflict !== '' && files.length > 1) return { done: nothing, conflict }
  const changes = files.flatMap((file, at) => changeOf(file, rejections, at))
  const result = changes.length === 0 ? undefined : await apply(changes, documents, token)
  const done = rejections.map(({ ids }) => ids)
  if (result === undefined || !('code' in result)) return { done, ...(conflict !== '' && { conflict }) }
  // It is in the buffer, but could not be saved.
  return { done: result.change === undefined ? nothing : done, conflict: result.message }
}

async function look(
  { target, reject }: Rejected,
  documents: Documents,
  token: CancellationToken,
): Promise<Rejection | Failure> {
  const found = await documents.read(target, token)
  if (found.kind === 'failed' && found.code !== 'not_found') return found
  return reject(found.kind === 'failed' ? undefined : found.text)
}

function apply(changes: readonly DocumentChange[], documents: Documents, token: CancellationToken) {
  const [only] = changes
  const isOne = changes.length === 1 && only?.kind === 'edit'
  return isOne ? documents.edit(only.target, only.compute, token) : documents.change(changes, token)
}

/** Computed anew on the text under the lock; `rejections` is told of what comes out. */
function changeOf({ target, reject }: Rejected, rejections: Rejection[], at: number): DocumentChange[] {
  const kind = rejections[at]?.change.kind
  if (kind === undefined || kind === 'none') return []
  const compute: DocumentChange['compute'] = ({ text }) => {
    const now = reject(text)
    rejections[at] = now
    const { change } = now
    if (change.kind === 'create') return { edits: [{ start: 0, end: 0, text: change.text }] }
    if (change.kind === 'remove' && kind === 'remove') return { edits: [] }
    if (change.kind === 'edit' && kind !== 'remove') return { edits: change.edits }
    return failed('conflict', `${target.display} has changed meanwhile. Try again.`)
  }
  return [{ kind: kind === 'remove' ? 'delete' : 'edit', target, compute }]
}

function words(rejection: Rejection | undefined, { display }: FileTarget): string[] {
  const conflicts = rejection?.conflicts ?? []
  if (conflicts.length === 0) return []
  const places = conflicts.map(({ lines: { start, end } }) =>
    end > start + 1 ? `${start + 1}–${end}` : `${start + 1}`,
  )
  const lines = `${places.length === 1 && !places[0]?.includes('–') ? 'line' : 'lines'} ${places.join(', ')}`
  const why = `You have written in ${lines} of ${display} since.`
  return [`${why} That part was left as it is: change it by hand, or undo your own change first.`]
}
