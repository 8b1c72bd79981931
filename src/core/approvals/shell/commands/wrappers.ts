import { options, type Options, take } from '../options.ts'
import { Doubt, shown } from '../syntax.ts'
import { plain, type Word } from '../words.ts'

interface Wrapper {
  options: Options
  /** How many words of its own come before the command: those of `timeout`. */
  own: number
  /** The shell itself runs the rest, so that its own commands are there too. */
  byShell?: boolean
}

/** Commands that run another one and change nothing of what it does. */
const wrappers: Readonly<Record<string, Wrapper>> = {
  timeout: {
    options: options('-k:text -s:text --foreground --preserve-status -v --kill-after:text --signal:text'),
    own: 1,
  },
  nice: { options: options('-n:number --adjustment:number'), own: 0 },
  env: { options: options(''), own: 0 },
  command: { options: options(''), own: 0, byShell: true },
  time: { options: options('-p'), own: 0, byShell: true },
}

export interface Unwrapped {
  words: readonly Word[]
  /** Whether a program runs it, and not the shell. */
  behind: boolean
}

const looks = new Set(['-v', '-V'])
const MOST = 4

/** The command that is run in the end. */
export function unwrap(words: readonly Word[], behind = false, depth = 0): Unwrapped | Doubt {
  const name = words[0] ?? ''
  if (name === 'command' && looks.has(words[1] ?? '') && !behind) return { words: ['type', ...words.slice(2)], behind }
  const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined
  if (wrapper === undefined) return { words, behind }
  if (depth === MOST) return new Doubt('it is wrapped too deep')
  const taken = take(words.slice(1), wrapper.options, { inOrder: true })
  if (taken instanceof Doubt) return taken
  const own = taken.positional.slice(0, wrapper.own)
  if (!own.every((word) => /^\d+(?:\.\d+)?[smhd]?$/.test(word))) {
    return new Doubt(`${shown(plain(words.join(' ')))} is not understood`)
  }
  const rest = taken.positional.slice(wrapper.own)
  const [inner] = rest
  if (inner === undefined) return new Doubt(`${shown(name)} is given no command`)
  if (inner.includes('=')) return new Doubt(`it sets ${shown(plain(inner))} for a command`)
  return unwrap(rest, behind || wrapper.byShell !== true, depth + 1)
}
