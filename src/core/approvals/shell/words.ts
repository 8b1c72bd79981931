import { Doubt, shown, type SyntaxNode } from './syntax.ts'

/**
 * What a word of the command stands for after the shell has taken quotes and escapes away. Unquoted `*`, `?` and `[`
 * are marks, not characters, so that a quoted one is never taken for a pattern.
 */
export type Word = string

/** Marks are private-use code points, which no command may have. */
const MARKS: Readonly<Record<string, string>> = {
  '*': '\uE000',
  '?': '\uE001',
  '[': '\uE002',
  '{': '\uE003',
  ',': '\uE004',
  '}': '\uE005',
}
const [STAR, ANY, SET, OPEN, COMMA, CLOSE] = ['\uE000', '\uE001', '\uE002', '\uE003', '\uE004', '\uE005'] as const
const plainOf = new Map(Object.entries(MARKS).map(([char, mark]) => [mark, char]))
const MOST_ALTERNATIVES = 64

/** Where the pattern in it begins, or -1. */
export function patternAt(word: Word): number {
  return word.search(/[\uE000-\uE002]/)
}

/** As it is written, marks as characters. */
export function plain(word: Word): string {
  return word.replaceAll(/[\uE000-\uE005]/g, (mark) => plainOf.get(mark) ?? mark)
}

/** What names one segment of a path with a pattern matches; a set is taken for anything. */
export function matcher(segment: Word): RegExp {
  const source = segment.includes(SET) ? `${segment.slice(0, segment.indexOf(SET))}${STAR}` : segment
  const escaped = source.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
  return new RegExp(`^${escaped.replaceAll(STAR, '.*').replaceAll(ANY, '.')}$`, 'su')
}

export interface Surroundings {
  /** The home folder, as `~` and `$HOME` stand for it. */
  home: string
}

/** The words that one written word becomes: several when it has alternatives in braces. */
export function wordsOf(node: SyntaxNode, source: string, surroundings: Surroundings): Word[] | Doubt {
  const word = partOf(node, source, surroundings)
  if (word instanceof Doubt) return word
  return withTilde(word, source.slice(node.start, node.end), surroundings)
}

function withTilde(word: Word, written: string, surroundings: Surroundings): Word[] | Doubt {
  if (/[=:]~/.test(written)) return new Doubt(`${shown(written)} may stand for a home folder`)
  if (!written.startsWith('~')) return alternatives(word, written)
  if (written !== '~' && !written.startsWith('~/')) return new Doubt(`${shown(written)} may stand for a home folder`)
  return alternatives(surroundings.home + word.slice(1), written)
}

function partOf(node: SyntaxNode, source: string, surroundings: Surroundings): Word | Doubt {
  const written = source.slice(node.start, node.end)
  switch (node.type) {
    case 'word':
    case 'number':
      return node.children.length > 0 ? new Doubt(`${shown(written)} is not understood`) : unquoted(written)
    case 'raw_string':
      return written.slice(1, -1)
    case 'ansi_c_string':
      return ansi(written)
    case 'string':
      return joined(node, source, (part, at) => quotedPart(part, at, node, source, surroundings))
    case 'concatenation':
      return joined(node, source, (part, at) =>
        part.type === '$' ? lonely(part, node.children[at + 1]) : partOf(part, source, surroundings),
      )
    case 'simple_expansion':
    case 'expansion':
      return variable(node, source, surroundings, false)
    case 'command_substitution':
    case 'process_substitution':
      return new Doubt(`${shown(written)} runs a command inside of another`)
    default:
      return new Doubt(`${shown(written)} is not understood`)
  }
}

/** The parts one after the other, with nothing between them that is in none. */
function joined(node: SyntaxNode, source: string, each: (part: SyntaxNode, at: number) => Word | Doubt): Word | Doubt {
  const texts: Word[] = []
  let at = node.start
  for (const [index, part] of node.children.entries()) {
    // Inside of quotes, white space may be in no part.
    const between = source.slice(at, part.start)
    if (between !== '' && (node.type !== 'string' || /[^ \t\n]/.test(between))) {
      return new Doubt(`${shown(source.slice(node.start, node.end))} is not understood`)
    }
    const text = each(part, index)
    if (text instanceof Doubt) return text
    texts.push(between, text)
    at = part.end
  }
  return at === node.end ? texts.join('') : new Doubt(`${shown(source.slice(node.start, node.end))} is not understood`)
}

function quotedPart(
  part: SyntaxNode,
  at: number,
  whole: SyntaxNode,
  source: string,
  surroundings: Surroundings,
): Word | Doubt {
  const written = source.slice(part.start, part.end)
  switch (part.type) {
    case '"':
      return at === 0 || at === whole.children.length - 1 ? '' : new Doubt(`${shown(written)} is not understood`)
    case 'string_content':
      return inQuotes(written)
    case '$':
      return /^[" |)/\\.,:;]/.test(source.slice(part.end)) ? '$' : new Doubt('a $ is not understood')
    case 'simple_expansion':
    case 'expansion':
      return variable(part, source, surroundings, true)
    case 'command_substitution':
      return new Doubt(`${shown(written)} runs a command inside of another`)
    default:
      return new Doubt(`${shown(written)} is not understood`)
  }
}

/** A `$` at a word's end is no more than that. */
function lonely(part: SyntaxNode, next: SyntaxNode | undefined): Word | Doubt {
  return next === undefined ? '$' : new Doubt(`a $ is not understood at ${part.start}`)
}

function unquoted(written: string): Word | Doubt {
  let text = ''
  for (let at = 0; at < written.length; at++) {
    const char = written.charAt(at)
    if (char === '\\') {
      const next = written.charAt(++at)
      if (next === '' || next === '\n') return new Doubt(`${shown(written)} ends in a backslash`)
      text += next
    } else if (/[\s$`"'&|;<>()]/.test(char) || (char === '#' && at === 0)) {
      return new Doubt(`${shown(written)} is not understood`)
    } else text += MARKS[char] ?? char
  }
  return text
}

/** In double quotes a backslash goes only before what it would keep from its meaning. */
function inQuotes(written: string): Word | Doubt {
  let text = ''
  for (let at = 0; at < written.length; at++) {
    const char = written.charAt(at)
    if (char === '$' || char === '`' || char === '"') return new Doubt(`${shown(written)} is not understood`)
    const next = written.charAt(at + 1)
    if (char !== '\\') text += char
    else if (next === '') return new Doubt(`${shown(written)} ends in a backslash`)
    else {
      at++
      if (next !== '\n') text += /[$`"\\]/.test(next) ? next : `\\${next}`
    }
  }
  return text
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\', "'": "'", '"': '"' }

function ansi(written: string): Word | Doubt {
  const inner = written.slice(2, -1)
  const strange = /\\[^nt\\'"]|\\$/.exec(inner.replaceAll(/\\[\\'"]/g, ''))
  if (!written.startsWith("$'") || strange !== null) return new Doubt(`${shown(written)} is not understood`)
  return inner.replaceAll(/\\(.)/gs, (_all, char: string) => ESCAPES[char] ?? char)
}

/** The few whose value is known. */
function variable(node: SyntaxNode, source: string, { home }: Surroundings, isQuoted: boolean): Word | Doubt {
  const written = source.slice(node.start, node.end)
  switch (written) {
    case '$?':
      return '0'
    case '$PWD':
    case '${PWD}':
      return isQuoted ? '.' : new Doubt(`${written} is not in quotes`)
    case '$HOME':
    case '${HOME}':
      return isQuoted || /^[\w/.-]+$/.test(home) ? home : new Doubt(`${written} is not in quotes`)
    default:
      return new Doubt(`what ${shown(written)} stands for is not known`)
  }
}

/** Alternatives in braces, each a word of its own; braces without a comma are just braces. */
function alternatives(word: Word, written: string): Word[] | Doubt {
  const words = [word]
  for (let at = 0; at < words.length; at++) {
    const text = words[at] ?? ''
    const close = text.indexOf(CLOSE)
    const open = close === -1 ? -1 : text.lastIndexOf(OPEN, close)
    if (open === -1) {
      words[at] = text.replaceAll(/[\uE003-\uE005]/g, plain)
      continue
    }
    const [before, inner, after] = [text.slice(0, open), text.slice(open + 1, close), text.slice(close + 1)]
    const isNested = before.includes(OPEN) || inner.includes('..')
    if (isNested || words.length > MOST_ALTERNATIVES)
      return new Doubt(`the braces of ${shown(written)} are not understood`)
    const made = inner.includes(COMMA)
      ? inner.split(COMMA).map((one) => before + one + after)
      : [`${before}{${inner}}${after}`]
    words.splice(at--, 1, ...made)
  }
  return words.some((one) => one === '') && words.length > 1
    ? new Doubt(`the braces of ${shown(written)} are not understood`)
    : words
}
