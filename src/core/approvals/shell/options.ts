import { Doubt, shown } from './syntax.ts'
import { patternAt, plain, type Word } from './words.ts'

/**
 * What an argument is taken for.
 *
 * - `text`, `number`: nothing is done with it
 * - `names`: a path of which only names and dates are shown
 * - `content`: a path of a file whose content is read
 * - `revision`: a revision of git's, or such a path
 * - `tree`: a folder of which all is read
 * - `search`: a folder whose files are searched, but for hidden and ignored ones
 */
export type Kind = 'text' | 'number' | PathUse
export type PathUse = 'names' | 'content' | 'revision' | 'tree' | 'search'

export interface Read {
  /** As the command has it; relative to the folder that it runs in. */
  path: Word
  use: PathUse
}

/**
 * The options that are known to be harmless: `-l` has no value, `-n:number` has one, attached or in the next word, and
 * `--color?` may have one after `=`. What is not in the list is not known.
 */
export type Options = ReadonlyMap<string, { value: 'none' | 'optional' | Kind }>

export function options(list: string): Options {
  return new Map(list.split(/\s+/).filter(Boolean).map(option))
}

const kinds: ReadonlySet<string> = new Set<Kind>(['text', 'number', 'names', 'content', 'revision', 'tree', 'search'])

function option(entry: string): [string, { value: 'none' | 'optional' | Kind }] {
  const [name = '', kind] = entry.split(':')
  if (kind !== undefined && isKind(kind)) return [name, { value: kind }]
  return name.endsWith('?') ? [name.slice(0, -1), { value: 'optional' }] : [name, { value: 'none' }]
}

function isKind(kind: string): kind is Kind {
  return kinds.has(kind)
}

export interface Taken {
  /** The names of the options that are there. */
  given: Set<string>
  /** The values of options that are paths, or need a look. */
  values: { name: string; kind: Kind | 'optional'; value: Word }[]
  positional: Word[]
  /** How many of the positional ones come before `--`, or all. */
  before: number
}

export interface Manner {
  /** `-5` and the like. */
  digits?: boolean
  /** What a file name can do as an option is harmless too. */
  anyOption?: boolean
  /** Options end at the first word that is none. */
  inOrder?: boolean
}

/** Takes a command's arguments apart as getopt does, or says what is not known. */
export function take(args: readonly Word[], known: Options, manner: Manner = {}): Taken | Doubt {
  const taken: Taken = { given: new Set(), values: [], positional: [], before: -1 }
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? ''
    if (word === '--') {
      taken.before = taken.positional.length
      taken.positional.push(...args.slice(at + 1))
      return taken
    }
    if (!mayBeOption(word) || word === '-') {
      if (manner.inOrder === true) {
        taken.positional.push(...args.slice(at))
        break
      }
      taken.positional.push(word)
      continue
    }
    if (patternAt(word) === 0 && manner.anyOption === true) {
      taken.positional.push(word)
      continue
    }
    const used = takeOption(word, args[at + 1], known, manner, taken)
    if (used instanceof Doubt) return used
    at += used
  }
  taken.before = taken.positional.length
  return taken
}

/** A pattern may turn into a file name that begins with a dash. */
function mayBeOption(word: Word): boolean {
  return word.startsWith('-') || patternAt(word) === 0
}

/** How many words after it belong to it. */
function takeOption(word: Word, next: Word | undefined, known: Options, manner: Manner, taken: Taken): 0 | 1 | Doubt {
  if (patternAt(word) === 0) return new Doubt(`a file that ${shown(plain(word))} finds may be called like an option`)
  if (manner.digits === true && /^-\d+$/.test(word)) return 0
  return word.startsWith('--') ? takeLong(word, next, known, taken) : takeShort(word, next, known, taken)
}

function takeLong(word: Word, next: Word | undefined, known: Options, taken: Taken): 0 | 1 | Doubt {
  const equals = word.indexOf('=')
  const name = equals === -1 ? word : word.slice(0, equals)
  const option = known.get(name)
  if (option === undefined) return notKnown(name)
  taken.given.add(name)
  if (equals !== -1) {
    if (option.value === 'none') return notKnown(word)
    return addValue(name, option.value, word.slice(equals + 1), taken, 0)
  }
  if (option.value === 'none' || option.value === 'optional') return 0
  return separate(name, option.value, next, taken)
}

function takeShort(word: Word, next: Word | undefined, known: Options, taken: Taken): 0 | 1 | Doubt {
  for (let at = 1; at < word.length; at++) {
    const name = `-${word.charAt(at)}`
    const option = known.get(name)
    if (option === undefined) return notKnown(word.length === 2 ? word : `${name} in ${plain(word)}`)
    taken.given.add(name)
    if (option.value === 'none') continue
    const rest = word.slice(at + 1)
    if (rest !== '') return addValue(name, option.value, rest, taken, 0)
    return option.value === 'optional' ? 0 : separate(name, option.value, next, taken)
  }
  return 0
}

/** A value in a word of its own, which a pattern could make several of. */
function separate(name: string, kind: Kind, next: Word | undefined, taken: Taken): 1 | Doubt {
  if (next === undefined) return new Doubt(`the value of ${name} is missing`)
  if (patternAt(next) !== -1) return new Doubt(`what ${shown(plain(next))} finds would be taken for options`)
  return addValue(name, kind, next, taken, 1)
}

function addValue<N extends 0 | 1>(
  name: string,
  kind: Kind | 'optional',
  value: Word,
  taken: Taken,
  used: N,
): N | Doubt {
  if (kind === 'number' && !isNumber(value)) return new Doubt(`${shown(plain(value))} is no number for ${name}`)
  if (kind !== 'text' && patternAt(value) !== -1) return new Doubt(`the value of ${name} is a pattern`)
  taken.values.push({ name, kind, value })
  return used
}

export function isNumber(value: string): boolean {
  return /^[+-]?\d+(?:\.\d+)?[bckKmMGT]?$/.test(value)
}

function notKnown(name: string): Doubt {
  return new Doubt(`the option ${shown(plain(name))} is not known to be harmless`)
}
