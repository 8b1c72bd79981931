import type { ApprovalMode, ReviewMode } from '../../protocol/messages.ts'
import type { ScriptLanguage } from '../code/scripts.ts'
import type { FileTarget } from '../ports.ts'
import type { Action } from '../tools/tool.ts'
import { foldName } from './names.ts'
import { protectedName } from './protected.ts'
import { allows, type Rule, type Rules, ruleText, type RuleOwner, type Subject, touches } from './rules.ts'
import { holdsSecret } from './secret.ts'
import { visibleName } from './visible.ts'

/** How far a command or a script reaches: as far as the user, or no further than the sandbox lets it. */
export type Reach = 'user' | 'online' | 'offline'

export type Decision =
  | { kind: 'allow'; reach?: Reach }
  | {
      kind: 'ask'
      /** A sentence for the card. */
      reason: string
      /** Whether the user may have the answer remembered. */
      canRemember: boolean
      /** Once it is allowed. */
      reach?: Reach
    }
  | { kind: 'deny'; reason: string }

export interface Circumstances {
  /** The tool that is called. */
  tool?: string
  mode: ApprovalMode
  /** `before`: every edit is shown before it is made. */
  review?: ReviewMode
  trusted: boolean
  /** Whether there is one, and it is on. */
  sandbox?: boolean
  /** Targets that a look at the disk found in a bare repository. */
  inRepository?: (target: FileTarget) => boolean
  /** Hosts that the user has allowed pages to be read from, as `URL.host` gives them. */
  hosts?: ReadonlySet<string>
  rules?: Rules
}

type Ask = Extract<Decision, { kind: 'ask' }>

type Auxiliary = Extract<Action, { kind: 'auxiliary' }>
type ConfigAction = Extract<Action, { kind: 'config' }>
type Command = Extract<Action, { kind: 'command' }>
type Run = Extract<Action, { kind: 'command' | 'script' }>

const allow: Decision = { kind: 'allow' }

const UNTRUSTED =
  'This workspace is not trusted: nothing is read, changed or run in it. Ask the user to trust it, by the command "Workspaces: Manage Workspace Trust".'

/**
 * What the mode and the rules say of an action. Pure: facts in, decision out; the model's own words are not among the
 * facts. What asks each time, asks whatever a rule or an earlier answer allows.
 */
export function decide(action: Action, circumstances: Circumstances): Decision {
  if (action.kind === 'session') return allow
  if (!circumstances.trusted) return { kind: 'deny', reason: UNTRUSTED }
  const decision = byRules(action, byMode(action, circumstances), circumstances)
  const isShownFirst = action.kind === 'edit' && circumstances.review === 'before' && decision.kind !== 'deny'
  return isShownFirst ? shownFirst(decision) : decision
}

/** The table of modes. */
function byMode(action: Exclude<Action, { kind: 'session' }>, circumstances: Circumstances): Decision {
  const { mode, sandbox } = circumstances
  switch (action.kind) {
    case 'read':
      return decideReads(action.targets, circumstances)
    case 'edit':
      return action.targets.length === 0 ? anyEdit(mode) : decideTargets(action.targets, circumstances)
    case 'command':
      if (isHarmless(action, circumstances)) return decideHarmless(circumstances)
      return sandbox === true ? decideInside(action, mode) : decideRun(action, mode)
    case 'script':
      return sandbox === true ? decideInside(action, mode) : decideRun(action, mode)
    case 'web':
      return decideFetch(action.url, circumstances)
    case 'auxiliary':
      return decideAuxiliary(action, circumstances)
    case 'config':
      return decideConfig(action, mode)
    case 'input':
      return mode === 'all' ? allow : askEachTime('Asks because a process can do anything with what is written to it.')
  }
}

/** What forbids comes before what asks, and that before what allows. */
function byRules(action: Action, decision: Decision, { tool, rules, sandbox }: Circumstances): Decision {
  if (rules === undefined) return decision
  const subject: Subject = { tool, action, targets: 'targets' in action ? action.targets : [] }
  const denied = rules.deny.find((rule) => touches(rule, subject))
  if (denied !== undefined) return { kind: 'deny', reason: forbidden(denied) }
  if (decision.kind !== 'allow' && !(decision.kind === 'ask' && decision.canRemember)) return decision
  if (rules.broken !== undefined) return { ...decision, ...askEachTime(`Asks because ${rules.broken}`) }
  const asked = rules.ask.find((rule) => touches(rule, subject))
  if (asked !== undefined) {
    return {
      ...decision,
      ...askEachTime(`Asks because ${OWNERS[asked.owner]} says so: ${visibleName(ruleText(asked))}.`),
    }
  }
  const leaves = action.kind === 'command' && action.outside === true && sandbox === true
  if (decision.kind === 'allow' || leaves || !rules.allow.some((rule) => allows(rule, subject))) return decision
  const runs = action.kind === 'command' || action.kind === 'script'
  return runs && sandbox === true ? { kind: 'allow', reach: 'online' } : allow
}

const OWNERS: Record<RuleOwner, string> = { user: 'a rule of yours', workspace: 'a rule of this workspace' }

function forbidden(rule: Rule & { owner: RuleOwner }): string {
  const whose = rule.owner === 'user' ? "the user's" : "this workspace's"
  return `A rule of ${whose} forbids this: ${visibleName(ruleText(rule))}. Do not try it another way; go on without it.`
}

/** Rules about files hold for what a command reads too, and which files that is, is not known here. */
function isHarmless({ shell, outside }: Command, { rules }: Circumstances): boolean {
  const speaksOfFiles = [...(rules?.ask ?? []), ...(rules?.deny ?? [])].some(({ path }) => path !== undefined)
  return shell?.kind === 'harmless' && outside !== true && !speaksOfFiles
}

function decideHarmless({ mode, sandbox }: Circumstances): Decision {
  if (sandbox !== true) return allow
  return { kind: 'allow', reach: mode === 'all' ? 'online' : 'offline' }
}

const LANGUAGES: Record<ScriptLanguage, string> = { javascript: 'JavaScript', python: 'Python' }

function decideRun(action: Run, mode: ApprovalMode): Decision {
  return mode === 'all' ? allow : ask(whyRun(action))
}

/** Where there are walls, what stays behind them runs without a question, unless everything asks. */
function decideInside(action: Run, mode: ApprovalMode): Decision {
  if (action.kind === 'command' && action.outside === true) {
    return {
      ...ask('Asks because it wants to run outside of the sandbox: it can do anything that you can.'),
      reach: 'user',
    }
  }
  if (mode === 'all') return { kind: 'allow', reach: 'online' }
  if (mode === 'edits') return { kind: 'allow', reach: 'offline' }
  if (action.kind === 'command') return decideRun(action, mode)
  return {
    ...ask('Asks because every script asks in this mode. It runs in the sandbox, without network.'),
    reach: 'offline',
  }
}

/** A page's address can carry away what the model knows, to whoever owns the host. */
function decideFetch(url: string | undefined, { mode, hosts }: Circumstances): Decision {
  if (url === undefined || mode === 'all') return allow
  const host = URL.parse(url)?.host ?? url
  if (hosts?.has(host) === true) return allow
  return ask(`Asks because it reads a page of ${visibleName(host)}. Allowed for this session, so is every page of it.`)
}

/** The strictest word on the service, on what is fetched for it, and on each file. */
function decideAuxiliary(action: Auxiliary, circumstances: Circumstances): Decision {
  const { targets, writes, url, service } = action
  const files = writes === true ? decideTargets : decideReads
  const cost = circumstances.mode === 'ask' ? ask(`Asks because ${SERVICES[service]} costs money.`) : allow
  return strictest([cost, decideFetch(url, circumstances), files(targets, circumstances)])
}

const SERVICES: Record<Auxiliary['service'], string> = {
  vision: 'a question about a picture',
  image: 'making a picture',
  speech: 'making speech',
  panel: 'a question to several models',
}

/** What is sent elsewhere, started or granted is the user's word each time. */
function decideConfig({ file, path, writes }: ConfigAction, mode: ApprovalMode): Decision {
  if (!writes) return allow
  const [first] = path
  if (file !== 'models' || first === undefined || first === 'search') return askEachTime(`Asks because ${WHAT[file]}.`)
  return mode === 'all' ? allow : ask('Asks because it changes what is known of models.')
}

const WHAT: Record<ConfigAction['file'], string> = {
  models: 'it changes where searches are sent',
  mcp: 'it changes which MCP servers are started',
  permissions: 'it changes what runs without a question',
  settings: "it changes VS Code's settings",
}

function whyRun(action: Run): string {
  if (action.kind === 'script')
    return `Asks because a ${LANGUAGES[action.language]} script can do anything that you can.`
  if (action.shell?.kind === 'asks') return `Asks because ${visibleName(action.shell.reason)}.`
  return 'Asks because a command can do anything that you can.'
}

function decideReads(targets: readonly FileTarget[], circumstances: Circumstances): Decision {
  return first(targets, (target) => decideProtected(target, circumstances) ?? decideRead(target, circumstances.mode))
}

function decideRead(target: FileTarget, mode: ApprovalMode): Decision {
  if (holdsSecret(target)) return askForSecret(target)
  if (!target.inside && mode !== 'all') return ask(`Asks because ${nameOf(target)} is outside the workspace.`)
  return allow
}

function askForSecret(target: FileTarget): Decision {
  return askEachTime(`Asks because ${nameOf(target)} may hold secrets, which the model would see.`)
}

function decideTargets(targets: readonly FileTarget[], circumstances: Circumstances): Decision {
  const { mode } = circumstances
  return first(targets, (target) => decideProtected(target, circumstances) ?? decideEdit(target, mode))
}

/** An edit that is to be shown before it is made asks each time, whatever else allows it. */
function shownFirst(decision: Exclude<Decision, { kind: 'deny' }>): Decision {
  const hint = 'Show diff lets you change it before you allow it.'
  if (decision.kind === 'ask' && !decision.canRemember) return askEachTime(`${decision.reason} ${hint}`)
  return askEachTime(`Asks because edits are shown before they are made. ${hint}`)
}

/** An edit of secrets tells of them: by what it misses, or by where it moves them. */
function decideEdit(target: FileTarget, mode: ApprovalMode): Decision {
  if (holdsSecret(target)) return askForSecret(target)
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

function askEachTime(reason: string): Ask {
  return { kind: 'ask', reason, canRemember: false }
}

function ask(reason: string): Ask {
  return { kind: 'ask', reason, canRemember: true }
}

function first(targets: readonly FileTarget[], judge: (target: FileTarget) => Decision): Decision {
  return strictest(targets.map(judge))
}

/** A question that cannot be remembered before one that can, before none. */
function strictest(decisions: readonly Decision[]): Decision {
  const asks = decisions.filter((decision) => decision.kind === 'ask')
  return asks.find(({ canRemember }) => !canRemember) ?? asks[0] ?? allow
}
