import type { FileChange } from '../../protocol/events.ts'
import { describeChange, describeMove } from '../edits/diff.ts'
import { applyEdits, ordered } from '../edits/textEdits.ts'
import { MISSING } from '../edits/version.ts'
import type { DocumentChange, FileTarget, Receipt } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { Claim } from '../scheduling/claims.ts'
import { count } from './clip.ts'
import { describeReceipt, notedOf, withNews } from './edit.ts'
import { withNearest } from './nearby.ts'
import type { NotedChange } from './patchPlan.ts'
import type { ToolPorts } from './ports.ts'
import type { CallProgress, Plan, ToolResult } from './tool.ts'

type Ports = Pick<ToolPorts, 'documents' | 'versions' | 'news'>

/** The plan of a call that changes several files, all of them or none. */
export function planChanges(changes: readonly NotedChange[], ports: Ports, detail?: readonly string[]): Plan {
  return {
    claims: changes.flatMap(claimsOf),
    action: {
      kind: 'edit',
      targets: changes.flatMap(targetsOf),
      preview: (token) => previewsOf(changes, ports, token),
      ...(detail !== undefined && { detail }),
    },
    run: (progress, token) => run(changes, ports, progress, token),
  }
}

/** A file that comes, goes or moves is written; one that is only changed is edited. */
function claimsOf(change: NotedChange): Claim[] {
  const kind = change.kind === 'edit' && change.creates !== true ? 'edit' : 'write'
  return targetsOf(change).map(({ path }) => ({ kind, path }))
}

function targetsOf(change: DocumentChange): FileTarget[] {
  return change.kind === 'move' ? [change.target, change.to] : [change.target]
}

/** What would become of each file now; undefined where one of the changes would be refused. */
async function previewsOf(
  changes: readonly NotedChange[],
  { documents }: Ports,
  token: CancellationToken,
): Promise<FileChange[] | undefined> {
  const previews: FileChange[] = []
  for (const change of changes) {
    const { target, kind } = change
    const document = await documents.read(target, token)
    if (document.kind === 'failed' && document.code !== 'not_found') return undefined
    const before = document.kind === 'failed' ? undefined : document.text
    const computed = change.compute({ text: before, version: document.kind === 'failed' ? MISSING : document.version })
    if ('kind' in computed) return undefined
    const edited = applyEdits(before ?? '', ordered(computed.edits, before?.length ?? 0))
    const after = kind === 'delete' ? undefined : edited
    const what = describeChange(kind === 'move' ? change.to : target, before, after)
    previews.push({ ...(kind === 'move' ? describeMove(target, what) : what), saved: false })
  }
  return previews
}

/** Nothing is awaited before the documents are asked for their tickets. */
async function run(
  changes: readonly NotedChange[],
  { documents, versions, news }: Ports,
  progress: CallProgress,
  token: CancellationToken,
): Promise<ToolResult> {
  const resource = changes.length === 1 ? (changes[0]?.target.display ?? '') : count(changes.length, 'file')
  const onPlace = (place: number): void => progress.waiting(place === 0 ? undefined : { kind: 'lock', resource, place })
  const noted = changes.map((change) => ({ ...change, ...notedOf(change.compute) }))
  let missing: FileTarget | undefined
  const watched = noted.map((change): DocumentChange => ({
    ...change,
    compute: (document) => {
      const computed = change.compute(document)
      if ('code' in computed && computed.code === 'not_found') missing = change.target
      return computed
    },
  }))
  using watch = news.watch(changes.flatMap(targetsOf))
  const receipts = await documents.change(watched, token, { onPlace, owner: progress.owner })
  if ('kind' in receipts) return missing === undefined ? receipts : await withNearest(receipts, missing)
  for (const [index, receipt] of receipts.entries()) {
    const change = changes[index]
    if (change !== undefined) versions.wrote(change.kind === 'move' ? change.to.path : change.target.path, receipt)
  }
  const notes = noted.flatMap((change) => change.note() ?? [])
  const text = withNews([...receipts.map(describeReceipt), ...notes].join('\n'), await watch.news(token))
  return { kind: 'completed', text, fact: factOf(receipts), changes: receipts.map(({ change }) => change) }
}

function factOf(receipts: readonly Receipt[]): string {
  return count(receipts.length, 'file')
}
