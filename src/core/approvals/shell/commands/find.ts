import { isNumber, type Read } from '../options.ts'
import type { Judge } from '../rule.ts'
import { Doubt, shown } from '../syntax.ts'
import { patternAt, plain } from '../words.ts'

const FLAGS = new Set(
  `-not ! -a -and -o -or ( ) , -prune -print -print0 -ls -quit -empty -readable -writable -executable -true -false
   -depth -d -xdev -mount -daystart -noleaf -nouser -nogroup -ignore_readdir_race -noignore_readdir_race -nowarn -warn
   -version --version -help --help`.split(/\s+/),
)
const TEXTS = new Set(
  `-name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -lname -ilname -type -xtype -size -perm
   -user -group -mtime -atime -ctime -mmin -amin -cmin -inum -links -uid -gid -fstype -used -printf`.split(/\s+/),
)
const NUMBERS = new Set(['-maxdepth', '-mindepth'])
const PATHS = new Set(['-newer', '-anewer', '-cnewer', '-samefile'])

/** `find`: paths, then an expression of which every test and action is known. */
export const find: Judge = (args) => {
  const reads: Read[] = []
  let at = 0
  if (args[0] === '-P') at++
  for (; at < args.length && !/^[-(!,]/.test(args[at] ?? ''); at++) {
    const path = args[at] ?? ''
    if (patternAt(path) === 0) return several(path)
    reads.push({ path, use: 'names' })
  }
  if (reads.length === 0) reads.push({ path: '.', use: 'names' })
  for (; at < args.length; at++) {
    const word = args[at] ?? ''
    if (FLAGS.has(word)) continue
    const value = args[++at]
    if (!TEXTS.has(word) && !NUMBERS.has(word) && !PATHS.has(word)) {
      return new Doubt(`${shown(plain(word))} of find is not known to be harmless`)
    }
    if (value === undefined) return new Doubt(`the value of ${word} is missing`)
    if (patternAt(value) !== -1) return several(value)
    if (NUMBERS.has(word) && !isNumber(value)) return new Doubt(`${shown(value)} is no number`)
    if (PATHS.has(word)) reads.push({ path: value, use: 'names' })
  }
  return { reads, repositories: [] }
}

function several(word: string): Doubt {
  return new Doubt(`what ${shown(plain(word))} finds could be taken for an action of find`)
}
