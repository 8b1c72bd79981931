import type { PathUse } from './options.ts'
import { files } from './commands/files.ts'
import { git } from './commands/git.ts'
import { system } from './commands/system.ts'
import { texts } from './commands/texts.ts'
import { unwrap } from './commands/wrappers.ts'
import { judgeBy, type Known, nothing, type Touched } from './rule.ts'
import type { Step } from './script.ts'
import { Doubt, shown } from './syntax.ts'
import { patternAt, plain, type Word } from './words.ts'

/** What a harmless command reads. */
export interface Harmless {
  kind: 'harmless'
  /** Absolute, or relative to the folder that the command begins in, as written: never normalised, for links' sake. */
  reads: { path: Word; use: PathUse }[]
  /** Folders whose git repository it uses. */
  repositories: Word[]
}

const MOST_COMMANDS = 200

const known: ReadonlyMap<string, Known> = new Map([
  ...Object.entries(files),
  ...Object.entries(texts),
  ...Object.entries(system),
  ['git', git],
])

/** All that something harmless is known of. */
export const knownCommands: ReadonlyMap<string, Known> = known

/** All of the steps are harmless, or the reason of the first that may not be. */
export function judge(steps: readonly Step[]): Harmless | Doubt {
  const commands = steps.filter(({ kind }) => kind === 'command')
  if (commands.length > MOST_COMMANDS) return new Doubt(`there are more than ${MOST_COMMANDS} commands`)
  if (commands.length === 0) return new Doubt('there is no command')
  const folders = new Folders()
  const harmless: Harmless = { kind: 'harmless', reads: [], repositories: [] }
  for (const step of steps) {
    const found = step.kind === 'between' ? folders.pass(step.operator) : touched(step, folders)
    if (found instanceof Doubt) return found
    if (found === undefined) continue
    for (const { path, use } of found.reads) {
      const paths = folders.resolve(path)
      if (paths instanceof Doubt) return paths
      harmless.reads.push(...paths.map((resolved) => ({ path: resolved, use })))
    }
    for (const folder of found.repositories) {
      const paths = folders.resolve(folder)
      if (paths instanceof Doubt) return paths
      harmless.repositories.push(...paths)
    }
  }
  return harmless
}

function touched(step: Exclude<Step, { kind: 'between' }>, folders: Folders): Touched | Doubt {
  if (step.kind === 'input') return { reads: [{ path: step.path, use: 'content' }], repositories: [] }
  const unwrapped = unwrap(step.words)
  if (unwrapped instanceof Doubt) return unwrapped
  const [written = '', ...args] = unwrapped.words
  const name = written.replace(/^\/(?:usr\/)?bin\/(?=[^/]+$)/, '')
  const isProgram = unwrapped.behind || name !== written
  if (name === 'cd' && !isProgram) return changeFolder(args, folders)
  const rule = known.get(name)
  if (rule === undefined || (isProgram && typeof rule !== 'function' && rule.builtin === true)) {
    return new Doubt(`${shown(plain(written))} is not known to be harmless`)
  }
  const found = judgeBy(rule, args)
  return found instanceof Doubt ? new Doubt(`${found.reason} (${plain(name)})`) : found
}

function changeFolder(args: readonly Word[], folders: Folders): Touched | Doubt {
  const rest = args[0] === '--' ? args.slice(1) : args
  const [path] = rest
  const isPlain = path !== undefined && rest.length === 1 && path !== '' && !path.startsWith('-')
  if (!isPlain || patternAt(path) !== -1)
    return new Doubt(`${shown(plain(['cd', ...args].join(' ')))} is not understood`)
  return folders.change(path) ?? nothing
}

/** A name, and `..` after it. */
const climbing = /(?:^|\/)(?!\.{1,2}(?:\/|$))[^/]+\/+(?:\.\/+)*\.\.(?:\/|$)/

/** Where the next command may run, as far as `cd` says: several places where it is not sure. */
class Folders {
  #now: Word[] = ['']
  readonly #ever = new Set<Word>([''])
  /** Whether what comes next runs only if all before it in its list went well. */
  #sure = true
  /** Folders that were changed to, which have to be looked at as well. */
  #changed = 0

  pass(operator: Extract<Step, { kind: 'between' }>['operator']): undefined {
    if (operator === '&&') return undefined
    this.#now = [...this.#ever]
    this.#sure = operator === ';' || operator === '('
    return undefined
  }

  /** @returns why it cannot be followed */
  change(path: Word): Doubt | undefined {
    if (++this.#changed > 8) return new Doubt('it changes the folder many times')
    const places = this.resolve(path)
    if (places instanceof Doubt) return places
    // After a link, the shell's way up is another than the system's.
    if (places.some((place) => climbing.test(place))) return new Doubt(`it goes up again with cd ${plain(path)}`)
    for (const place of places) this.#ever.add(place)
    this.#now = this.#sure ? places : [...this.#ever]
    return undefined
  }

  /** The paths that a path of a command may mean. */
  resolve(path: Word): Word[] | Doubt {
    const isDotted = path.split('/').some((name) => /^\.{1,2}[\uE000-\uE002]/.test(name))
    if (isDotted) return new Doubt(`${shown(plain(path))} may stand for the folder above`)
    if (path.startsWith('/')) return [path]
    return this.#now.map((folder) => (folder === '' ? path : `${folder}/${path}`))
  }
}
