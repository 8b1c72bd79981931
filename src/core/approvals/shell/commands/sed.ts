import { options } from '../options.ts'
import { applyRule, type Judge, type Rule } from '../rule.ts'
import { Doubt, shown } from '../syntax.ts'
import { patternAt } from '../words.ts'

const rule: Rule = {
  options: options(`
    -n -e:text --expression:text -E -r -s -u -z --quiet --silent --regexp-extended --separate --unbuffered --null-data
    --posix --debug --sandbox --version`),
  args: ['content'],
  patternUnless: ['-e', '--expression'],
  check: ({ values, positional }) => {
    const given = values.filter(({ name }) => name === '-e' || name === '--expression').map(({ value }) => value)
    const scripts = given.length > 0 ? given : positional.slice(0, 1)
    for (const script of scripts) if (!isHarmless(script)) return new Doubt(`${shown(script)} of sed is not understood`)
    return undefined
  },
}

/** `sed` that only prints: its script has no `w`, `e`, `r` or the like, and nothing is edited in place. */
export const sed: Judge = (args) => applyRule(rule, args)

const address = String.raw`(?:\d+(?:~\d+)?|\$|/(?:[^/\\\n]|\\.)*/I?)`
const commands = new RegExp(
  `^(?:${address}(?:,(?:${address}|[+~]\\d+))?)?\\s*!?\\s*(?:[pdqQ=l](?=[;\\s}]|$)|s(?<cut>[/|#,:@!%])|\\{|\\}|(?=;|$))`,
)
/** What may follow `s`: never `e`, which runs the result, nor `w`, which writes it. */
const replaced = /^[gpiI\d]*(?=[;\s}]|$)/

function isHarmless(script: string): boolean {
  if (patternAt(script) !== -1 || /[^\S \t\n]/.test(script)) return false
  let rest = script.trimStart()
  while (rest !== '') {
    const found = commands.exec(rest)
    if (found === null) return false
    if (isOpen(found[0])) return false
    rest = rest.slice(found[0].length)
    const cut = found.groups?.['cut']
    if (cut !== undefined) {
      const after = afterReplacement(rest, cut)
      if (after === undefined) return false
      rest = after
    }
    const separator = /^[\s;]*/.exec(rest)?.[0] ?? ''
    if (found[0] === '' && separator === '') return false
    rest = rest.slice(separator.length)
  }
  return true
}

/** What comes after `pattern/replacement/flags`. */
function afterReplacement(text: string, cut: string): string | undefined {
  let rest = text
  for (let part = 0; part < 2; part++) {
    const end = endOf(rest, cut)
    // In a set, some seds take the delimiter for a character.
    if (end === -1 || (part === 0 && isOpen(rest.slice(0, end)))) return undefined
    rest = rest.slice(end + 1)
  }
  const flags = replaced.exec(rest)
  return flags === null ? undefined : rest.slice(flags[0].length)
}

function endOf(text: string, cut: string): number {
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '\\') at++
    else if (char === cut) return at
    else if (char === '\n') return -1
  }
  return -1
}

/** Whether a set, `[…`, is not closed at its end: then some take what follows for a part of the pattern. */
export function isOpen(pattern: string): boolean {
  const plain = pattern.replaceAll(/\\./g, '').replaceAll(/\[([:.=])\w+\1\]/g, 'x')
  let inside = false
  for (let at = 0; at < plain.length; at++) {
    const char = plain.charAt(at)
    if (inside && char === ']') inside = false
    else if (!inside && char === '[') {
      inside = true
      if (plain.charAt(at + 1) === '^') at++
      // Right at the beginning it is in the set.
      if (plain.charAt(at + 1) === ']') at++
    }
  }
  return inside
}
