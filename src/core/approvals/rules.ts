import picomatch from 'picomatch'
import type * as z from 'zod'
import type { FileTarget } from '../ports.ts'
import type { Action } from '../tools/tool.ts'
import { foldCase } from './names.ts'
import { type ruleSchema, rulesSchema } from './ruleSchema.ts'

/** All that a rule names must be so. */
export type Rule = z.infer<typeof ruleSchema>

/** Whose rule it is: a workspace can only lower what is allowed. */
export type RuleOwner = 'user' | 'workspace'

export interface Rules {
  /** The user's alone. */
  allow: readonly Rule[]
  ask: readonly (Rule & { owner: RuleOwner })[]
  deny: readonly (Rule & { owner: RuleOwner })[]
  /** A file of rules that cannot be read, as a sentence: what it forbids is not known, so that everything asks. */
  broken?: string
}

export const noRules: Rules = { allow: [], ask: [], deny: [] }

/** One file's rules. @param name of the file, for the sentence on what is wrong in it */
export function rulesOf(value: unknown, owner: RuleOwner, name: string): Rules {
  const parsed = rulesSchema.safeParse(value ?? {})
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where = issue === undefined || issue.path.length === 0 ? '' : ` (${issue.path.join('.')})`
    return { ...noRules, broken: `${name} has rules that cannot be read${where}. Correct it.` }
  }
  const { allow = [], ask = [], deny = [] } = parsed.data
  const owned = (rules: readonly Rule[]) => rules.map((rule) => ({ ...rule, owner }))
  return { allow: owner === 'user' ? allow : [], ask: owned(ask), deny: owned(deny) }
}

/** The rules of several files together. */
export function joined(all: readonly Rules[]): Rules {
  const broken = all.flatMap((rules) => rules.broken ?? [])
  return {
    allow: all.flatMap(({ allow }) => allow),
    ask: all.flatMap(({ ask }) => ask),
    deny: all.flatMap(({ deny }) => deny),
    ...(broken.length > 0 && { broken: broken.join(' ') }),
  }
}

/** What a rule is held against. */
export interface Subject {
  tool: string | undefined
  action: Action
  /** Files that it reads or writes, those included that a command names. */
  targets: readonly FileTarget[]
}

/** Whether a rule that allows speaks of all of it: each file, the whole command. */
export function allows(rule: Rule, { tool, action, targets }: Subject): boolean {
  const { command, host, path } = rule
  if (rule.tool !== undefined && !(tool !== undefined && named(rule.tool, tool))) return false
  if (command !== undefined && !(action.kind === 'command' && action.command === command)) return false
  if (host !== undefined && !hostsOf(action).some((found) => ofHost(host, found))) return false
  if (path === undefined) return true
  return targets.length > 0 && 'targets' in action && targets.every((target) => matches(path, target.path, target))
}

/** Whether a rule that asks or denies speaks of any of it, however it is written. */
export function touches(rule: Rule, { tool, action, targets }: Subject): boolean {
  const { command, host, path } = rule
  if (rule.tool !== undefined && !(tool !== undefined && named(rule.tool, tool))) return false
  if (command !== undefined && !(action.kind === 'command' && spaced(action.command).includes(spaced(command)))) {
    return false
  }
  if (host !== undefined && !hostsOf(action).some((found) => ofHost(host, found))) return false
  if (path === undefined) return true
  return targets.some((target) => matches(path, target.path, target) || matches(path, target.asked, target))
}

/** The rule as its owner wrote it. */
export function ruleText({ tool, command, path, host }: Rule): string {
  return [tool, command, path, host].filter((part) => part !== undefined).join(' ')
}

function hostsOf(action: Action): string[] {
  if (!('url' in action) || action.url === undefined) return []
  const host = URL.parse(action.url)?.hostname
  return host === undefined ? [] : [host]
}

function ofHost(pattern: string, host: string): boolean {
  const [wanted, found] = [pattern.toLowerCase(), host.toLowerCase().replace(/\.$/, '')]
  return wanted.startsWith('*.') ? found.endsWith(wanted.slice(1)) : found === wanted
}

function named(pattern: string, tool: string): boolean {
  return picomatch.isMatch(tool, pattern, { nobrace: true, noext: true })
}

function spaced(command: string): string {
  return command.replaceAll(/\s+/g, ' ').trim()
}

/** Case folded: a file system may take the two for one. */
function matches(pattern: string, path: string, { display, inside }: FileTarget): boolean {
  const isMatch = picomatch(foldCase(slashed(pattern)), { dot: true })
  return isMatch(foldCase(slashed(path))) || (inside && isMatch(foldCase(slashed(display))))
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/')
}
