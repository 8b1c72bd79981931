import { isNumber, type Kind, type Manner, type Options, type PathUse, type Read, take, type Taken } from './options.ts'
import { Doubt, shown } from './syntax.ts'
import { patternAt, plain, type Word } from './words.ts'

/** What a harmless command touches; the caller looks at it. */
export interface Touched {
  reads: Read[]
  /** Folders whose git repository it uses, as the command names them. */
  repositories: Word[]
}

/** What is known of a command: which arguments are harmless. Everything else asks. */
export interface Rule extends Manner {
  options: Options
  /** What its arguments are, the last kind for all that follow; none: it takes none. */
  args: readonly Kind[]
  /** It takes no more than so many. */
  most?: number
  /** Its first argument is a pattern, unless one of these options gives it. */
  patternUnless?: readonly string[]
  /** It takes arguments only with one of these options: without, they mean something else. */
  argsOnlyWith?: readonly string[]
  /** With one of these, its paths are read so. */
  useWith?: readonly { options: readonly string[]; use: PathUse }[]
  /** Without a path it looks at the folder that it runs in. */
  here?: boolean
  /** A part of the shell: not there behind `timeout` and the like. */
  builtin?: boolean
  /** What else has to be so. */
  check?: (taken: Taken) => Doubt | undefined
}

/** A command whose arguments do not follow getopt's ways. */
export type Judge = (args: readonly Word[]) => Touched | Doubt

export type Known = Rule | Judge

export const nothing: Touched = { reads: [], repositories: [] }

export function judgeBy(known: Known, args: readonly Word[]): Touched | Doubt {
  return typeof known === 'function' ? known(args) : applyRule(known, args)
}

export function applyRule(rule: Rule, args: readonly Word[]): Touched | Doubt {
  const taken = take(args, rule.options, rule)
  if (taken instanceof Doubt) return taken
  const reads: Read[] = []
  for (const { kind, value } of taken.values) if (isUse(kind)) reads.push({ path: value, use: kind })
  const wrong = tooMany(rule, taken) ?? rule.check?.(taken)
  if (wrong !== undefined) return wrong
  const hasPattern = rule.patternUnless?.every((name) => !taken.given.has(name)) === true
  const rest = hasPattern ? taken.positional.slice(1) : taken.positional
  const [first = ''] = taken.positional
  if (hasPattern && isPattern(first)) return new Doubt(`${shown(plain(first))} may become several words`)
  const special = rule.useWith?.find(({ options }) => options.some((name) => taken.given.has(name)))?.use
  for (const [at, word] of rest.entries()) {
    const kind = rule.args[Math.min(at, rule.args.length - 1)]
    const wrongKind = kindDoubt(kind, word)
    if (wrongKind !== undefined) return wrongKind
    if (isUse(kind) && word !== '-') reads.push({ path: word, use: special ?? kind })
    else if (isPattern(word)) reads.push({ path: word, use: 'names' })
  }
  if (rule.here === true && rest.length === 0) reads.push({ path: '.', use: special ?? useOf(rule) })
  return { reads, repositories: [] }
}

function useOf({ args }: Rule): PathUse {
  const kind = args.at(-1)
  return isUse(kind) ? kind : 'names'
}

function tooMany({ args, most = Number.POSITIVE_INFINITY, argsOnlyWith }: Rule, taken: Taken): Doubt | undefined {
  const [first] = taken.positional
  if (first === undefined) return undefined
  const counted = args.length === 0 ? 0 : most
  if (taken.positional.length > counted || (counted < Number.POSITIVE_INFINITY && taken.positional.some(isPattern))) {
    return new Doubt(`${shown(plain(taken.positional[counted] ?? first))} is more than it is known to be harmless with`)
  }
  if (argsOnlyWith?.every((name) => !taken.given.has(name)) === true) {
    return new Doubt(`it may change something when it is given ${shown(plain(first))}`)
  }
  return undefined
}

function isPattern(word: Word): boolean {
  return patternAt(word) !== -1
}

function kindDoubt(kind: Kind | undefined, word: Word): Doubt | undefined {
  if (kind !== 'number' || isNumber(word)) return undefined
  return new Doubt(`${shown(plain(word))} is no number`)
}

function isUse(kind: Kind | 'optional' | undefined): kind is PathUse {
  return kind === 'names' || kind === 'content' || kind === 'revision' || kind === 'tree' || kind === 'search'
}
