import type { ApprovalMode, ReviewMode } from '../../protocol/messages.ts'
import type { FileTarget } from '../ports.ts'
import type { Action } from '../tools/tool.ts'
import { foldName } from './names.ts'
import { protectedName } from './protected.ts'
import { holdsSecret } from './secret.ts'
import { visibleName } from './visible.ts'

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
  /** `before`: every edit is shown before it is made. */
  review?: ReviewMode
  trusted: boolean
  /** Targets that a look at the disk found in a bare repository. */
  inRepository?: (target: FileTarget) => boolean
}

const allow: Decision = { kind: 'allow' }

const UNTRUSTED =
  'This workspace is not trusted: nothing is read, changed or run in it. Ask the user to trust it, by the command "Workspaces: Manage Workspace Trust".'

/** What the rules say of an action. Pure: facts in, decision out; the model's own words are not among the facts. */
export function decide(action: Action, circumstances: Circumstances): Decision {
  const { mode, trusted } = circumstances
  if (action.kind === 'session') return allow
  if (!trusted) return { kind: 'deny', reason: UNTRUSTED }
  switch (action.kind) {
    case 'read':
      return first(action.targets, (target) => decideProtected(target, circumstances) ?? decideRead(target, mode))
    case 'edit': {
      const decision = action.targets.length === 0 ? anyEdit(mode) : decideTargets(action.targets, circumstances)
      return circumstances.review === 'before' ? shownFirst(decision) : decision
    }
    case 'command':
      return mode === 'all' ? allow : ask('Asks because commands can do anything that you can.')
  }
}

function decideRead(target: FileTarget, mode: ApprovalMode): Decision {
  if (holdsSecret(target)) {
    return askEachTime(`Asks because ${nameOf(target)} may hold secrets, which the model would see.`)
  }
  if (!target.inside && mode !== 'all') return ask(`Asks because ${nameOf(target)} is outside the workspace.`)
  return allow
}

function decideTargets(targets: readonly FileTarget[], circumstances: Circumstances): Decision {
  const { mode } = circumstances
  return first(targets, (target) => decideProtected(target, circumstances) ?? decideEdit(target, mode))
}

/** An edit that is to be shown before it is made asks each time, whatever else allows it. */
function shownFirst(decision: Decision): Decision {
  const hint = 'Show diff lets you change it before you allow it.'
  if (decision.kind === 'ask' && !decision.canRemember) return askEachTime(`${decision.reason} ${hint}`)
  return askEachTime(`Asks because edits are shown before they are made. ${hint}`)
}

function decideEdit(target: FileTarget, mode: ApprovalMode): Decision {
  if (mode === 'all') return allow
  if (!target.inside) return ask(`Asks because ${nameOf(target)} is outside the workspace.`)
  return anyEdit(mode)
}

function anyEdit(mode: ApprovalMode): Decision {
  return mode === 'ask' ? ask('Asks because every edit asks in this mode.') : allow
}

function decideProtected(target: FileTarget, { inRepository }: Circumstances): Decision | undefined {
  const name = protectedName(target)
  if (name !== undefined) {
    const what = dangers.find(([pattern]) => pattern.test(foldName(name)))?.[1] ?? 'can make programs run things'
    return askEachTime(`Asks because ${nameOf(target)} ${what}.`)
  }
  if (inRepository?.(target) !== true) return undefined
  return askEachTime(`Asks because ${nameOf(target)} is in a bare repository, which can make git run things.`)
}

const dangers: [pattern: RegExp, what: string][] = [
  [/^\.(?:vscode|vs$|code-server|idea)|\.code-workspace$|^user$/, 'can make VS Code run things'],
  [/^\.devcontainer/, 'can make the development container run things'],
  [/\.git|^\.(?:husky|hg|svn|jj)$|^head$/, 'can make git run things'],
  [/mcp/, 'says which MCP servers are started'],
  [/^\.?stretto/, "holds Stretto's own rules"],
  [
    /\.mdc?$|rules$|^\.(?:cursor|claude|codex|roo|windsurf|gemini|continue|cline|kiro|opencode|agents)$/,
    'tells agents what to do',
  ],
]

function nameOf({ display }: FileTarget): string {
  return visibleName(display)
}

function askEachTime(reason: string): Decision {
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
