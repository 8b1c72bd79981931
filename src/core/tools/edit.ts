import type { Compute, FileTarget, Receipt } from '../ports.ts'
import type { FileChange } from '../../protocol/events.ts'
import { describeChange } from '../edits/diff.ts'
import { applyEdits, ordered } from '../edits/textEdits.ts'
import { MISSING } from '../edits/version.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { withNearest } from './nearby.ts'
import type { ToolPorts } from './ports.ts'
import type { CallProgress, Plan, ToolResult } from './tool.ts'
import { count } from './clip.ts'

type Ports = Pick<ToolPorts, 'documents' | 'versions'>

/** The plan of a call that changes one file as `compute` says. */
export function planEdit(claim: 'edit' | 'write', target: FileTarget, compute: Compute, ports: Ports): Plan {
  return {
    claims: [{ kind: claim, path: target.path }],
    action: { kind: 'edit', targets: [target], preview: (token) => preview(target, compute, ports, token) },
    run: (progress, token) => edit(target, compute, ports, progress, token),
  }
}

/** The change that the edit would make now; none when it would be refused. */
async function preview(
  target: FileTarget,
  compute: Compute,
  { documents }: Ports,
  token: CancellationToken,
): Promise<FileChange | undefined> {
  const document = await documents.read(target, token)
  if (document.kind === 'failed' && document.code !== 'not_found') return undefined
  const text = document.kind === 'failed' ? undefined : document.text
  const computed = compute({ text, version: document.kind === 'failed' ? MISSING : document.version })
  if ('kind' in computed) return undefined
  const before = text ?? ''
  const after = applyEdits(before, ordered(computed.edits, before.length))
  return { ...describeChange(target, text, after), saved: false }
}

/** Nothing is awaited before the document is asked for its ticket. */
async function edit(
  target: FileTarget,
  compute: Compute,
  { documents, versions }: Ports,
  progress: CallProgress,
  token: CancellationToken,
): Promise<ToolResult> {
  const onPlace = (place: number): void =>
    progress.waiting(place === 0 ? undefined : { kind: 'lock', resource: target.display, place })
  const receipt = await documents.edit(target, compute, token, {
    onPlace,
    owner: progress.owner,
    known: versions.seen(target.path),
  })
  if (receipt.kind === 'failed') {
    // It is in the buffer, but could not be saved.
    if (receipt.change !== undefined) return { ...receipt, changes: [receipt.change] }
    return withNearest(receipt, target)
  }
  versions.wrote(target.path, receipt)
  return { kind: 'completed', text: describe(receipt), fact: factOf(receipt.change), changes: [receipt.change] }
}

function describe({ change, saved, reformatted }: Receipt): string {
  const { path, kind, added, removed, unsavedReason } = change
  const what = kind === 'added' ? `Created ${path}: ${count(added, 'line')}` : `Edited ${path}: +${added} −${removed}`
  if (saved) return `${what}, saved.${describeReformatted(reformatted)}`
  const why = unsavedReason === undefined ? '' : `: ${unsavedReason}`
  return `${what}, in the editor, not saved${why}. The file on disk is older.`
}

/** What the model would not know otherwise: its own words are no longer what is there. */
function describeReformatted(reformatted: Receipt['reformatted']): string {
  if (reformatted === undefined) return ''
  const { diff, omitted } = reformatted.diff
  if (omitted > 0) return ' The editor changed much more of it while saving (a formatter): read it again.'
  const signs = { context: ' ', added: '+', removed: '-' }
  const lines = diff.map(({ kind, text }) => `${signs[kind]}${text}`)
  return ` The editor changed it further while saving (a formatter):\n${lines.join('\n')}`
}

function factOf({ kind, added }: FileChange): string | undefined {
  return kind === 'added' ? `new, ${count(added, 'line')}` : undefined
}
