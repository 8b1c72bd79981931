import type { Compute, DocumentText, Failure, FileTarget, Receipt } from '../ports.ts'
import type { FileChange } from '../../protocol/events.ts'
import { carry } from '../edits/carry.ts'
import { describeChange } from '../edits/diff.ts'
import type { Found } from '../edits/replace.ts'
import { applyEdits, ordered } from '../edits/textEdits.ts'
import { MISSING } from '../edits/version.ts'
import { replaceWhole } from '../edits/whole.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { withNearest } from './nearby.ts'
import type { ToolPorts } from './ports.ts'
import { type CallProgress, failed, type Plan, type Proposal, type ToolResult } from './tool.ts'
import { count } from './clip.ts'

type Ports = Pick<ToolPorts, 'documents' | 'versions' | 'news'>

/** A computation that says what it did not take to the letter. */
type Noted = (document: DocumentText) => Found | Failure

/** The same, and what it said last. */
export function notedOf(noted: Noted): { compute: Compute; note(): string | undefined } {
  let note: string | undefined
  const compute: Compute = (document) => {
    const found = noted(document)
    note = 'kind' in found ? undefined : found.note
    return found
  }
  return { compute, note: () => note }
}

/** The plan of a call that changes one file as `compute` says. */
export function planEdit(claim: 'edit' | 'write', target: FileTarget, compute: Noted, ports: Ports): Plan {
  let bound: Proposal | undefined
  const proposed = (token: CancellationToken): Promise<Proposal | undefined> => propose(target, compute, ports, token)
  return {
    claims: [{ kind: claim, path: target.path }],
    action: {
      kind: 'edit',
      targets: [target],
      preview: async (token) => previewOf(await proposed(token)),
      propose: proposed,
      bind: (proposal) => (bound = proposal),
    },
    run: async (progress, token) => {
      if (bound === undefined) {
        const noted = notedOf(compute)
        return withNote(await edit(target, noted.compute, ports, progress, token), noted.note())
      }
      const result = await edit(target, exactly(bound), ports, progress, token)
      return bound.amended === true ? withAmendment(result) : result
    },
  }
}

/** The change that was shown, and no other: elsewhere the file may have changed meanwhile. */
function exactly({ target, before, after }: Proposal): Compute {
  return ({ text }) => {
    const { text: wanted, missed } = carry(before ?? '', after, text ?? '')
    if (missed === 0 && (before === undefined) === (text === undefined)) return replaceWhole(text, wanted)
    const why = `${target.display} has changed in these lines since the user was shown the edit.`
    return failed('conflict', `${why} Nothing was written. Read it again, and make the edit anew.`)
  }
}

function withNote(result: ToolResult, note: string | undefined): ToolResult {
  return result.kind === 'completed' && note !== undefined ? { ...result, text: `${result.text} ${note}` } : result
}

/** The model must know that its words are not what is there. */
function withAmendment(result: ToolResult): ToolResult {
  if (result.kind !== 'completed') return result
  const [change] = result.changes ?? []
  const lines =
    change === undefined || change.omitted > 0 ? 'Read the file again.' : `What was applied:\n${diffText(change.diff)}`
  return { ...result, text: `${result.text}\nThe user changed your edit before they allowed it. ${lines}` }
}

function previewOf(proposal: Proposal | undefined): FileChange[] | undefined {
  return proposal && [{ ...describeChange(proposal.target, proposal.before, proposal.after), saved: false }]
}

/** What the edit would make of the file now; none when it would be refused. */
async function propose(
  target: FileTarget,
  compute: Compute,
  { documents }: Ports,
  token: CancellationToken,
): Promise<Proposal | undefined> {
  const document = await documents.read(target, token)
  if (document.kind === 'failed' && document.code !== 'not_found') return undefined
  const text = document.kind === 'failed' ? undefined : document.text
  const computed = compute({ text, version: document.kind === 'failed' ? MISSING : document.version })
  if ('kind' in computed) return undefined
  const before = text ?? ''
  return { target, before: text, after: applyEdits(before, ordered(computed.edits, before.length)) }
}

/** Nothing is awaited before the document is asked for its ticket. */
async function edit(
  target: FileTarget,
  compute: Compute,
  { documents, versions, news }: Ports,
  progress: CallProgress,
  token: CancellationToken,
): Promise<ToolResult> {
  const onPlace = (place: number): void =>
    progress.waiting(place === 0 ? undefined : { kind: 'lock', resource: target.display, place })
  using watch = news.watch([target])
  const receipt = await documents.edit(target, compute, token, {
    onPlace,
    owner: progress.owner,
    known: versions.seen(target.path),
  })
  if (receipt.kind === 'failed') {
    // It is in the buffer, but could not be saved.
    if (receipt.change !== undefined) return { ...receipt, changes: [receipt.change] }
    return await withNearest(receipt, target)
  }
  versions.wrote(target.path, receipt)
  const text = withNews(describeReceipt(receipt), await watch.news(token))
  return { kind: 'completed', text, fact: factOf(receipt.change), changes: [receipt.change] }
}

export function withNews(text: string, news: string | undefined): string {
  return news === undefined ? text : `${text}\n${news}`
}

/** What was done to a file, for the model. */
export function describeReceipt({ change, saved, reformatted }: Receipt): string {
  const { unsavedReason } = change
  const what = describeKind(change)
  if (change.kind === 'deleted') return `${what}.`
  if (saved) return `${what}, saved.${describeReformatted(reformatted)}`
  const why = unsavedReason === undefined ? '' : `: ${unsavedReason}`
  return `${what}, in the editor, not saved${why}. The file on disk is older.`
}

function describeKind({ kind, path, from, added, removed }: FileChange): string {
  switch (kind) {
    case 'added':
      return `Created ${path}: ${count(added, 'line')}`
    case 'modified':
      return `Edited ${path}: +${added} −${removed}`
    case 'deleted':
      return `Deleted ${path}: ${count(removed, 'line')}`
    case 'moved':
      return `Moved ${from?.path ?? 'it'} to ${path}: +${added} −${removed}`
  }
}

/** What the model would not know otherwise: its own words are no longer what is there. */
function describeReformatted(reformatted: Receipt['reformatted']): string {
  if (reformatted === undefined) return ''
  const { diff, omitted } = reformatted.diff
  if (omitted > 0) return ' The editor changed much more of it (a formatter, or the user): read it again.'
  return ` The editor changed it further (a formatter, or the user):\n${diffText(diff)}`
}

function diffText(diff: FileChange['diff']): string {
  const signs = { context: ' ', added: '+', removed: '-' }
  return diff.map(({ kind, text }) => `${signs[kind]}${text}`).join('\n')
}

function factOf({ kind, added }: FileChange): string | undefined {
  return kind === 'added' ? `new, ${count(added, 'line')}` : undefined
}
