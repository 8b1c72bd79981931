import { options } from '../options.ts'
import { applyRule, type Judge, type Rule } from '../rule.ts'
import { Doubt, shown } from '../syntax.ts'
import { patternAt } from '../words.ts'
import { isOpen } from './sed.ts'

const rule: Rule = {
  options: options('-F:text -v:text --field-separator:text --assign:text --version'),
  args: ['content'],
  patternUnless: [],
  inOrder: true,
  check: ({ positional: [program = ''] }) =>
    isHarmless(program) ? undefined : new Doubt(`${shown(program)} of awk is not understood`),
}

/** `awk` whose program only computes and prints. */
export const awk: Judge = (args) => applyRule(rule, args)

const functions = new Set(
  `length substr index split sub gsub match toupper tolower sprintf int sqrt exp log sin cos atan2 rand srand`.split(
    ' ',
  ),
)
const keywords = new Set([
  'BEGIN',
  'END',
  'if',
  'else',
  'for',
  'while',
  'in',
  'next',
  'exit',
  'print',
  'printf',
  'delete',
])
const refused = new Set(['getline', 'system', 'close', 'fflush', 'function', 'func', 'nextfile', 'return', 'switch'])
const token =
  /^(?:(?<space>[ \t\n]+)|(?<text>"(?:[^"\\\n]|\\.)*")|(?<number>\d+(?:\.\d+)?)|(?<name>[A-Za-z_]\w*)|(?<mark>\|\||&&|\+\+|--|[-+*/%]=|==|!=|<=|>=|!~|[-+*/%!~=<>?:;,(){}[\]$])|(?<regex>\/(?:[^/\\\n]|\\.)+\/))/

/** Only tokens that are known: no pipe, no redirection, no `system`, no `getline`. */
function isHarmless(program: string): boolean {
  if (patternAt(program) !== -1) return false
  let rest = program
  let before = ''
  let inAction = false
  while (rest !== '') {
    const found = next(rest, before)
    if (found === undefined) return false
    rest = rest.slice(found.length)
    if (found.trim() === '') {
      if (found.includes('\n')) before = '\n'
      continue
    }
    if (found === '{') inAction = true
    // In an action, it may be a file that is written.
    if (found === '>' && inAction) return false
    if (/^[A-Za-z_]/.test(found) && !isKnownName(found, rest)) return false
    before = found
  }
  return true
}

/** The token that the rest begins with; a slash divides after a value, and begins a pattern elsewhere. */
function next(rest: string, before: string): string | undefined {
  if (rest.startsWith('/') && !rest.startsWith('/=')) {
    // What comes before does not tell which of the two it is.
    if (/^(?:\+\+|--|\)|\$)$/.test(before) || functions.has(before)) return undefined
    if (/[\w\]"]$/.test(before) && !keywords.has(before)) return '/'
    const pattern = /^\/(?:[^/\\\n]|\\.)+\//.exec(rest)?.[0]
    return pattern === undefined || isOpen(pattern) ? undefined : pattern
  }
  return token.exec(rest)?.[0]
}

function isKnownName(name: string, rest: string): boolean {
  if (refused.has(name) || name === 'ENVIRON' || name === 'PROCINFO') return false
  if (functions.has(name) || keywords.has(name)) return true
  return !/^\s*\(/.test(rest)
}
