import { options } from '../options.ts'
import { type Judge, type Known, nothing } from '../rule.ts'
import { Doubt, shown } from '../syntax.ts'
import { patternAt, plain } from '../words.ts'

const echo: Judge = (args) => ({
  reads: args.filter((word) => patternAt(word) !== -1).map((path) => ({ path, use: 'names' })),
  repositories: [],
})

/** `%n` sets a variable. */
const printf: Known = {
  options: options(''),
  args: ['text'],
  check: ({ positional: [format = ''] }) =>
    /%[^a-zA-Z%]*n/.test(plain(format)) ? new Doubt('it may set a variable') : undefined,
}

/** `test` of one file or one text: `-v` and `-eq` would be read as the shell's own arithmetic by some. */
const test: Judge = ([operator = '', operand = '', ...rest]) => {
  if (rest.length > 0 || patternAt(operand) !== -1 || !/^-[abcdefghknprsuwxzGLOS]$/.test(operator)) {
    return new Doubt(`${shown(plain(['test', operator, operand, ...rest].join(' ')))} is not understood`)
  }
  return /[nz]/.test(operator) ? nothing : { reads: [{ path: operand, use: 'names' }], repositories: [] }
}

const MODES = /^-(?:e|u|x|eu|ue|ex|eux|euo|exo|euxo|o)$/

const set: Judge = (args) => {
  const isKnown = args.every((word) => MODES.test(word) || word === 'pipefail')
  return args.length > 0 && isKnown ? nothing : new Doubt('what it sets for the shell is not known to be harmless')
}

/** Processes of everybody, without their environments. */
const ps: Judge = (args) => {
  const isKnown = args.every((word) => /^(?:a?u?x|aux|axu|-e|-ef|-A|-f|-u|-x)$/.test(word))
  return isKnown ? nothing : new Doubt(`${shown(plain(args.join(' ')))} of ps is not known to be harmless`)
}

/** Not of what is often a shim, which looks in the folder for the version to run. */
const version: Known = { options: options('--version'), args: [], check: onlyOptions }

function onlyOptions({ given }: { given: Set<string> }): Doubt | undefined {
  return given.size === 1 ? undefined : new Doubt('it runs a program, and not just to see its version')
}

/** What the machine is, and the shell's own commands that change nothing. */
export const system: Readonly<Record<string, Known>> = {
  echo,
  printf,
  test,
  set,
  ps,
  true: { options: options(''), args: ['text'], anyOption: true },
  false: { options: options(''), args: ['text'], anyOption: true },
  ':': { options: options(''), args: ['text'], builtin: true },
  exit: { options: options(''), args: ['number'], most: 1, builtin: true },
  type: { options: options('-a -t -p -P -f'), args: ['text'], builtin: true },
  which: { options: options('-a'), args: ['text'] },
  sleep: { options: options(''), args: ['number'], most: 1 },
  date: {
    options: options('-u -R -I? -d:text --utc --rfc-email --iso-8601? --date:text --rfc-3339:text'),
    args: ['text'],
    most: 1,
    check: ({ positional: [format = '+'] }) => (format.startsWith('+') ? undefined : new Doubt('it may set the date')),
  },
  whoami: { options: options(''), args: [] },
  id: { options: options('-u -g -G -n -r --user --group --groups --name'), args: ['text'], most: 1 },
  groups: { options: options(''), args: ['text'], most: 1 },
  hostname: { options: options('-s --short'), args: [] },
  uname: { options: options('-a -s -n -r -v -m -p -i -o --all'), args: [] },
  arch: { options: options(''), args: [] },
  nproc: { options: options('--all'), args: [] },
  uptime: { options: options('-p -s --pretty --since'), args: [] },
  free: { options: options('-b -k -m -g -h -t -w --human --mega --giga --total'), args: [] },
  tty: { options: options('-s'), args: [] },
  pgrep: { options: options('-a -f -l -n -o -x -c -i --list-full --full --newest --oldest'), args: ['text'], most: 1 },
  bash: version,
  gcc: version,
  'g++': version,
  cc: version,
  clang: version,
  make: version,
  cmake: version,
  tar: version,
  curl: version,
  wget: version,
  sqlite3: version,
}
