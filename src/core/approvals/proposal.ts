import { createHash } from 'node:crypto'
import type { ApprovalRequest, FileChange } from '../../protocol/events.ts'
import { carry } from '../edits/carry.ts'
import { describeChange } from '../edits/diff.ts'
import { hunksOf } from '../edits/review.ts'
import { normalise } from '../edits/textEdits.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { Action, Proposal } from '../tools/tool.ts'
import { describe } from './describe.ts'

/**
 * What the edit would make of its file now, with the user's own words where they have changed it; theirs are given up
 * where the file has changed in the same lines meanwhile. Undefined where no diff can be shown.
 */
export async function proposalOf(
  action: Action,
  amended: Proposal | undefined,
  token: CancellationToken,
): Promise<Proposal | undefined> {
  const now = action.kind === 'edit' ? await action.propose?.(token) : undefined
  if (now === undefined || amended === undefined) return now
  if ((now.before === undefined) !== (amended.before === undefined)) return now
  const { text, missed } = carry(amended.before ?? '', amended.after, now.before ?? '')
  return missed > 0 ? now : { ...now, after: text, amended: true }
}

export function withText(proposal: Proposal, text: string): Proposal {
  return { ...proposal, after: normalise(text), amended: true }
}

/** The identity of what was shown: the file, the lines that go and come, and those around them, wherever they stand. */
export function proposalPrint(tool: string, proposal: Proposal): string {
  const { target, before } = proposal
  const hunks = hunksOf(proposal).map(({ removed, added }) => [removed, added])
  const shown = previewOf(proposal).diff.map(({ kind, text }) => [kind, text])
  const facts = ['proposal', tool, target.path, target.inside, before === undefined, hunks, shown]
  return createHash('sha256').update(JSON.stringify(facts)).digest('base64url')
}

export function previewOf({ target, before, after }: Proposal): FileChange {
  return { ...describeChange(target, before, after), saved: false }
}

export function proposalRequest(tool: string, input: unknown, proposal: Proposal, reason: string): ApprovalRequest {
  const preview = previewOf(proposal)
  const { target, amended = false, after } = proposal
  return {
    fingerprint: proposalPrint(tool, proposal),
    action: describe(tool, amended ? { content: after } : input, { kind: 'edit', targets: [target] }, [preview]),
    reason: amended ? `${reason} You have changed it: what is shown is what will be applied.` : reason,
    previews: [preview],
    canRemember: false,
    editable: true,
  }
}
