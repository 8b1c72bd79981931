import fc from 'fast-check'
import { subcommands } from '../../../../../src/core/approvals/shell/commands/git.ts'
import { knownCommands } from '../../../../../src/core/approvals/shell/judge.ts'
import type { Rule } from '../../../../../src/core/approvals/shell/rule.ts'
import { everydayCommands } from '../../../../fixtures/everydayCommands.ts'

/** Whatever is run by a hostile command leaves this behind. */
export const MARK = 'PWNED'

const everyday = everydayCommands.flatMap(({ commands }) => commands)
const touch = `touch ${MARK}`

const paths = [
  'a.txt',
  'b.txt',
  'src',
  'src/main.ts',
  '.',
  'nope',
  '*',
  '*.txt',
  'src/*',
  '-o',
  './-exec',
  '"src/other file.ts"',
  'data.json',
]
const hostilePaths = [
  '.env',
  '../home/canary',
  'out/canary',
  '~/canary',
  '$HOME/.ssh/id_rsa',
  '/etc/shadow',
  `'$(${touch})'`,
  MARK,
  './evil.sh',
]
const texts = ['foo', "'{print $1}'", "'s/a/b/'", "'1,3p'", '.', 'HEAD', "'%h %s'", '+%F', '1', '1k', ',']
const hostileTexts = [
  `'e ${touch}'`,
  `'w ${MARK}'`,
  `'s/a/${touch}/e'`,
  `'s/a/b/w ${MARK}'`,
  `'1e ${touch}'`,
  `'{system("${touch}")}'`,
  `'{print > "${MARK}"}'`,
  `'BEGIN{"${touch}"|getline}'`,
  `'{print | "${touch}"}'`,
  `'BEGIN{@load "x"}'`,
  "'%G?'",
  `'--output=${MARK}'`,
  `'|${touch}'`,
  `'$(${touch})'`,
  `'a[$(${touch})]'`,
  './evil.sh',
]
const hostileOptions = [
  '--pre=./evil.sh',
  '--pre ./evil.sh',
  '-exec ./evil.sh {} \\;',
  `-exec ${touch} +`,
  '-execdir ./evil.sh {} +',
  '-ok sh \\;',
  `-fprint ${MARK}`,
  `-fprintf ${MARK} x`,
  `-fls ${MARK}`,
  '-delete',
  `-o ${MARK}`,
  `-o${MARK}`,
  `--output=${MARK}`,
  '--output ' + MARK,
  '-i',
  '-i.bak',
  '--in-place',
  '--compress-program=./evil.sh',
  '-O./evil.sh',
  '--open-files-in-pager=./evil.sh',
  '--ext-diff',
  '--textconv',
  '-c core.fsmonitor=./evil.sh',
  '--paginate',
  '--exec-path=.',
  '--git-dir=hostile/.git',
  '--checkpoint=1 --checkpoint-action=exec=./evil.sh',
  '--to-command=./evil.sh',
  '--use-compress-program=./evil.sh',
  '-C hostile',
  '--search-zip',
  '-z',
  '--hostname-bin=./evil.sh',
  '-f prog',
  '-f ./evil.sh',
  '-l x',
  '--files0-from=-',
  '-T .',
  '-C',
  '-s 0101',
  '-v x',
  '--debugger',
  '-e',
  `-e 'w ${MARK}'`,
  `-e '1w${MARK}'`,
  '--expression=e',
  '--upload-pack=./evil.sh',
  '--',
]

const one = (list: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...list)
const path = fc.oneof({ weight: 5, arbitrary: one(paths) }, { weight: 1, arbitrary: one(hostilePaths) })
const text = fc.oneof({ weight: 3, arbitrary: one(texts) }, { weight: 1, arbitrary: one(hostileTexts) })

/** A command with options that the analysis takes for harmless, so that each of them is run for real. */
const fromRules = fc.oneof(
  fc
    .constantFrom(...knownCommands)
    .chain(([name, known]) => (typeof known === 'function' ? free(name) : ruled(name, known))),
  fc.constantFrom(...Object.entries(subcommands)).chain(([name, rule]) => ruled(`git ${name}`, rule)),
)

function free(name: string): fc.Arbitrary<string> {
  return fc.array(fc.oneof(text, path, one(hostileOptions)), { maxLength: 4 }).map((args) => [name, ...args].join(' '))
}

function ruled(name: string, rule: Rule): fc.Arbitrary<string> {
  const options = [...rule.options].map(([option, { value }]) => {
    const values = value === 'number' ? one(['3', '1', '0']) : value === 'text' || value === 'optional' ? text : path
    if (value === 'none') return fc.constant(option)
    return values.map((chosen) => {
      const glued = option.startsWith('--') || value === 'optional'
      return glued ? `${option}${option.startsWith('--') ? '=' : ''}${chosen}` : `${option} ${chosen}`
    })
  })
  const some = options.length === 0 ? fc.constant<string[]>([]) : fc.array(fc.oneof(...options), { maxLength: 3 })
  const args = rule.args.map((kind) => (kind === 'number' ? one(['1', '3']) : kind === 'text' ? text : path))
  const pattern = rule.patternUnless === undefined ? [] : [text]
  return fc
    .tuple(some, fc.tuple(...pattern, ...args), path, fc.nat(3))
    .map(([before, rest, extra, more]) =>
      [name, ...before, ...rest.slice(0, more), ...(more === 3 ? [extra] : [])].join(' '),
    )
}

const base = fc.oneof({ weight: 2, arbitrary: one(everyday) }, { weight: 5, arbitrary: fromRules })

const endings = [
  `; ${touch}`,
  ` & ${touch}`,
  ` && ${touch}`,
  ` || ${touch}`,
  `\n${touch}`,
  ` | ${touch}`,
  ` |& ${touch}`,
  ` $(${touch})`,
  ` \`${touch}\``,
  ` <(${touch})`,
  ` >(${touch})`,
  ` > ${MARK}`,
  ` >> ${MARK}`,
  ` &> ${MARK}`,
  ` >| ${MARK}`,
  ` <> ${MARK}`,
  ` 2> ${MARK}`,
  ` | tee ${MARK}`,
  ' | sh',
  ' | xargs touch',
  ' | xargs cat',
  ` "$(${touch})"`,
  ` \${x:=$(${touch})}`,
  ' ${x@P}',
  ` $((a[$(${touch})]))`,
  ` # '\n${touch} #'`,
  ` \\\n; ${touch}`,
  `\r${touch}`,
  ` <<E\n$(${touch})\nE`,
  ` <<< $(${touch})`,
  ` $'\\x3b' ${touch}`,
  ` {${touch.replace(' ', ',')}}`,
  ` $IFS`,
  ` \${IFS}x`,
  ' &',
  ' < /dev/tcp/127.0.0.1/9',
  ' < ../home/canary',
  ' 2>&1',
  ' 2>/dev/null',
  ' >/dev/null',
  ' < a.txt',
  ' && ls',
  ' | cat',
  ' | head -3',
  ` "\${x@P}"`,
  ` $[a[$(${touch})]]`,
  ` ~+`,
  ` "a$b"`,
  ` $"x"`,
  ` coproc ${touch}`,
  ` ;; ${touch}`,
  ` ! ${touch}`,
]
const beginnings = [
  'PAGER=./evil.sh ',
  'NODE_OPTIONS=--require=./evil.sh ',
  'export A=b; ',
  'A=b ',
  'PATH=.:$PATH ',
  'timeout 5 ',
  'env ',
  'env A=b ',
  'env -S ',
  'nice ',
  'command ',
  'exec ',
  'eval ',
  'builtin ',
  'time ',
  'nohup ',
  'sudo ',
  'xargs ',
  'bash -c ',
  'sh -c ',
  'cd src && ',
  'cd hostile && ',
  'cd out && ',
  'cd .. && ',
  '! ',
  '\\',
  '. ',
  'source ',
  'alias ls=touch; ',
  'hash -p ./evil.sh ls; ',
  'ls() { touch PWNED; }; ',
  'set -e; ',
  'enable -f ./evil.sh ls; ',
  'coproc ',
  'if true; then ',
  '{ ',
  '( ',
  '[[ ',
  'trap "touch PWNED" EXIT; ',
  'shopt -s extglob; ',
  'printf -v PATH . ; ',
  'read -r x < ',
  'echo x >',
  `IFS=/; `,
  './',
  '/bin/',
  '/usr/bin/',
  'bin/',
  'e"n"v ',
  "t''ime ",
  '$0 ',
  'mapfile -C ./evil.sh -c 1 < ',
  'let ',
  'test -v ',
  '-',
  'ls | ',
  'cat a.txt && ',
  'git -C hostile status; ',
]
const bits = [
  ...'`$(){}[]<>|&;\'"\\#~*?!=@:,-. \t\n'.split(''),
  '$(',
  '${',
  '$((',
  "$'",
  '&&',
  '||',
  ' -- ',
  '\\\n',
  '\r',
  '\u00a0',
  '\u2028',
  '<<',
  '>',
  ' #',
  '$@',
  '\f',
  '\v',
]

type Change = (command: string) => string
const at = (command: string, where: number): number => Math.floor((where * (command.length + 1)) / 1_000)

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: one(endings).map(
      (ending): Change =>
        (command) =>
          command + ending,
    ),
  },
  {
    weight: 3,
    arbitrary: one(beginnings).map(
      (beginning): Change =>
        (command) =>
          beginning + command,
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(one([...hostileOptions, ...hostileTexts, ...hostilePaths]), fc.nat(9))
      .map(([option, where]): Change => (command) => {
        const words = command.split(' ')
        words.splice(1 + (where % words.length), 0, option)
        return words.join(' ')
      }),
  },
  // A character more or less: where two parsers may not agree.
  {
    weight: 6,
    arbitrary: fc.tuple(one(bits), fc.nat(999)).map(
      ([bit, where]): Change =>
        (command) =>
          command.slice(0, at(command, where)) + bit + command.slice(at(command, where)),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat(999).map(
      (where): Change =>
        (command) =>
          command.slice(0, at(command, where)) + command.slice(at(command, where) + 1),
    ),
  },
  // Quotes and escapes that the shell takes away.
  {
    weight: 2,
    arbitrary: fc.tuple(one(['"', "'", '\\', "''", '""']), fc.nat(999)).map(([quote, where]): Change => (command) => {
      const from = at(command, where)
      return quote.length === 1 && quote !== '\\'
        ? `${command.slice(0, from)}${quote}${command.slice(from, from + 1)}${quote}${command.slice(from + 1)}`
        : command.slice(0, from) + quote + command.slice(from)
    }),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(base, one([' && ', '; ', ' | ', '\n', ' || ', ' & '])).map(
      ([other, between]): Change =>
        (command) =>
          command + between + other,
    ),
  },
  {
    weight: 1,
    arbitrary: one([`; ${touch}`, ` && ${touch}`, '']).map(
      (end): Change =>
        (command) =>
          `${`${command}; `.repeat(60)}true${end}`,
    ),
  },
)

/** A real command, changed up to four times by somebody who means harm. */
export const hostileCommand: fc.Arbitrary<string> = fc
  .tuple(base, fc.array(change, { maxLength: 4 }))
  .map(([command, changes]) => changes.reduce((changed, each) => each(changed), command))
  .filter((command) => command.trim() !== '' && !command.includes('\0') && command.length < 15_000)

/** Every option that is taken for harmless once, and every command with each of what is hostile. */
export function everyOption(): string[] {
  const rules: [string, Rule][] = Object.entries(subcommands).map(([name, rule]) => [`git ${name}`, rule])
  for (const [name, known] of knownCommands) if (typeof known !== 'function') rules.push([name, known])
  const names = [...rules.map(([name]) => name), 'find .', "sed -n '1p'", "awk '{print $1}'", 'ps', 'test', 'set']
  return [
    ...rules.flatMap(([name, { options }]) =>
      [...options].map(([option, { value }]) => `${name} ${option}${VALUES[value]} ${FILE}`),
    ),
    ...names.flatMap((name) =>
      [...hostileOptions, ...hostileTexts].flatMap((option) => [`${name} ${option}`, `${name} ${option} ${FILE}`]),
    ),
  ]
}

const FILE = 'a.txt'
const VALUES = {
  none: '',
  optional: '',
  number: ' 1',
  text: ` ${MARK}`,
  names: ' src',
  content: ' b.txt',
  revision: ' HEAD',
  tree: ' src',
  search: ' src',
}
