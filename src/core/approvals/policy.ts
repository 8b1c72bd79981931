import type { ApprovalMode } from '../../protocol/messages.ts'
import type { FileTarget } from '../ports.ts'
import type { Action } from '../tools/tool.ts'
import { protectedName } from './protected.ts'
import { holdsSecret } from './secret.ts'

export type Decision =
  | { kind: 'allow' }
  | {
      kind: 'ask'
      /** A sentence for the card. */
      reason: string
      /** Whether the user may have the answer remembered for the session. */
      canRemember: boolean
    }
  | { kind: 'deny'; reason: string }

export interface Circumstances {
  mode: ApprovalMode
  trusted: boolean
}

const allow: Decision = { kind: 'allow' }

/** What the rules say of an action. Pure: facts in, decision out; the model's own words are not among the facts. */
export function decide(action: Action, { mode, trusted }: Circumstances): Decision {
  if (action.kind === 'session') return allow
  if (!trusted) return { kind: 'deny', reason: 'This workspace is not trusted: nothing is read, changed or run in it.' }
  switch (action.kind) {
    case 'read':
      return first(action.targets, (target) => decideRead(target, mode))
    case 'edit':
      return first(action.targets, (target) => decideEdit(target, mode))
    case 'command':
      return mode === 'all' ? allow : ask('Asks because commands can do anything that you can.')
  }
}

function decideRead(target: FileTarget, mode: ApprovalMode): Decision {
  const guarded = decideProtected(target)
  if (guarded !== undefined) return guarded
  if (holdsSecret(target)) return ask(`Asks because ${target.display} may hold secrets, which the model would see.`)
  if (!target.inside && mode !== 'all') return ask(`Asks because ${target.display} is outside the workspace.`)
  return allow
}

function decideEdit(target: FileTarget, mode: ApprovalMode): Decision {
  const guarded = decideProtected(target)
  if (guarded !== undefined) return guarded
  if (mode === 'all') return allow
  if (!target.inside) return ask(`Asks because ${target.display} is outside the workspace.`)
  return mode === 'edits' ? allow : ask('Asks because every edit asks in this mode.')
}

function decideProtected(target: FileTarget): Decision | undefined {
  const name = protectedName(target)
  if (name === undefined) return undefined
  const reason = `Asks because what is in ${name} can make VS Code, git or an agent run something.`
  return { kind: 'ask', reason, canRemember: false }
}

function ask(reason: string): Decision {
  return { kind: 'ask', reason, canRemember: true }
}

/** The strictest word: a question that cannot be remembered before one that can, before none. */
function first(targets: readonly FileTarget[], judge: (target: FileTarget) => Decision): Decision {
  const asks = targets.map(judge).filter((decision) => decision.kind === 'ask')
  return asks.find(({ canRemember }) => !canRemember) ?? asks[0] ?? allow
}
