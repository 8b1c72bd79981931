import { options, type Options, type Read, take, type Taken } from '../options.ts'
import { applyRule, type Judge, type Rule, type Touched } from '../rule.ts'
import { Doubt, shown } from '../syntax.ts'
import { patternAt, plain, type Word } from '../words.ts'

/** Options of all that shows commits or changes. */
const diffs = `
  -p -u -U:number --patch --no-patch -s --raw --stat? --numstat --shortstat --dirstat? --summary --name-only
  --name-status --color? --no-color --color-words? --word-diff? --no-renames --find-renames? -M? -C? -D -w -b -a -R
  --ignore-all-space --ignore-space-change --ignore-space-at-eol --ignore-blank-lines --ignore-cr-at-eol
  --function-context -W --check --full-index --binary --abbrev? --diff-filter:text -S:text -G:text --pickaxe-regex
  --pickaxe-all --relative? --text --exit-code --quiet --no-ext-diff --no-textconv --no-prefix --minimal --patience
  --histogram --diff-algorithm:text --unified:number --inter-hunk-context:number --compact-summary --patch-with-stat
  -z --cached --staged --merge-base --cc -c -m --no-indent-heuristic --indent-heuristic`

const commits = `
  -n:number --max-count:number --skip:number --since:text --after:text --until:text --before:text --author:text
  --committer:text --grep:text --all-match --invert-grep -i --regexp-ignore-case -E -F -P --extended-regexp --fixed-strings
  --perl-regexp --merges --no-merges --first-parent --branches? --tags? --remotes? --all --oneline --graph --decorate?
  --no-decorate --follow --reverse --date:text --date-order --topo-order --author-date-order --pretty? --format:text
  --abbrev-commit --no-abbrev-commit --left-right --cherry-pick --cherry-mark --cherry --left-only --right-only
  --ancestry-path? --boundary --simplify-by-decoration --full-history --dense --sparse --no-walk? -L:text -g
  --walk-reflogs --relative-date --no-notes --source --count --no-mailmap --mailmap --parents --children --no-expand-tabs`

/** Arguments are revisions or paths: git itself finds out, so that each is looked at as if it were a path. */
const shows: Pick<Rule, 'args' | 'digits' | 'check'> = { args: ['revision'], digits: true, check: formats }

/** What git has that only looks. */
export const subcommands: Readonly<Record<string, Rule>> = {
  status: {
    options: options(`
      -s -b -u? -z -v --short --branch --porcelain? --long --untracked-files? --ignored? --column? --no-column
      --ahead-behind --no-ahead-behind --renames --no-renames --find-renames? --show-stash`),
    args: ['names'],
  },
  diff: { ...shows, options: options(diffs) },
  log: { ...shows, options: options(diffs + commits) },
  show: { ...shows, options: options(diffs + commits) },
  shortlog: { ...shows, options: options(`${commits} -s -n -e -c --summary --numbered --email`) },
  'rev-list': { ...shows, options: options(`${commits} --objects`) },
  'rev-parse': {
    options: options(`
      --show-toplevel --show-prefix --show-cdup --git-dir --absolute-git-dir --git-common-dir --is-inside-work-tree
      --is-inside-git-dir --is-bare-repository --abbrev-ref? --short? --verify -q --quiet --symbolic
      --symbolic-full-name --all --is-shallow-repository`),
    args: ['text'],
  },
  branch: {
    options: options(`
      -a -r -v --all --remotes --verbose --list -l --show-current --color? --no-color --column? --sort:text --merged?
      --no-merged? --contains? --no-contains? --points-at:text --format:text --abbrev? --no-abbrev -i --ignore-case`),
    args: ['text'],
    argsOnlyWith: ['--list', '--merged', '--no-merged', '--contains', '--no-contains'],
    check: formats,
  },
  tag: {
    options: options(`
      -l --list --sort:text --merged? --no-merged? --contains? --no-contains? --points-at:text --format:text --column?
      -i --ignore-case`),
    args: ['text'],
    argsOnlyWith: ['-l', '--list', '--merged', '--no-merged', '--contains', '--no-contains'],
    check: formats,
  },
  remote: { options: options('-v --verbose'), args: [] },
  'remote get-url': { options: options('--all --push'), args: ['text'] },
  'stash list': { ...shows, options: options(diffs + commits) },
  'stash show': { ...shows, options: options(`${diffs} --include-untracked --only-untracked`) },
  'worktree list': { options: options('-v --porcelain -z'), args: [] },
  reflog: { options: options(commits), args: [], digits: true, check: formats },
  'reflog show': { ...shows, options: options(commits) },
  'config get': { options: options(''), args: ['text'], most: 1, check: settingOnly },
  config: {
    options: options('--get --get-all --local --global --system'),
    args: ['text'],
    most: 1,
    check: settingOnly,
  },
  'ls-files': {
    options: options(`
      -c -d -m -o -i -s -u -t -v -z --cached --deleted --modified --others --ignored --stage --unmerged --exclude:text -x:text
      --exclude-standard --full-name --directory --no-empty-directory --error-unmatch --deduplicate --eol`),
    args: ['names'],
  },
  'ls-tree': {
    options: options('-d -r -t -l -z --long --name-only --name-status --full-name --full-tree --abbrev?'),
    args: ['text'],
  },
  'show-ref': { options: options('-s -d -q --heads --tags --head --verify --hash? --abbrev?'), args: ['text'] },
  'for-each-ref': {
    options: options('--count:number --sort:text --format:text --points-at:text --merged? --contains? --no-merged?'),
    args: ['text'],
    check: formats,
  },
  'merge-base': { options: options('-a --all --is-ancestor --octopus --independent --fork-point'), args: ['text'] },
  'name-rev': { options: options('--name-only --tags --all --always --refs:text'), args: ['text'] },
  describe: {
    options: options(
      '--all --tags --long --always --abbrev:number --contains --exact-match --first-parent --match:text --exclude:text',
    ),
    args: ['text'],
  },
  'cat-file': { options: options('-t -s -e -p'), args: ['revision'] },
  blame: {
    options: options(`
      -b -c -e -f -l -L:text -n -p -s -t -w -M? -C? --root --show-stats --show-name --show-number --show-email --porcelain
      --line-porcelain --date:text --since:text --first-parent --abbrev:number --color-lines --color-by-age --no-textconv`),
    args: ['revision'],
  },
  grep: {
    options: options(`
      -i -I -w -v -h -H -E -G -P -F -n -l -L -c -p -q -W -e:text -f:content -A:number -B:number -C:number -m:number -z
      --cached --ignore-case --word-regexp --invert-match --full-name --extended-regexp
      --basic-regexp --perl-regexp --fixed-strings --line-number --column --files-with-matches --name-only
      --files-without-match --count --color? --no-color --break --heading --show-function --function-context
      --and --or --not --all-match --max-depth:number --threads:number --after-context:number --before-context:number
      --context:number --max-count:number -a --text`),
    args: ['revision'],
    patternUnless: ['-e', '-f'],
    digits: true,
  },
  'count-objects': { options: options('-v -H --verbose --human-readable'), args: [] },
  'check-ignore': { options: options('-v -n -q -z --verbose --non-matching --quiet --no-index'), args: ['names'] },
  'diff-tree': { ...shows, options: options(`${diffs} -r -t --root --no-commit-id --pretty? --format:text`) },
  'diff-index': { ...shows, options: options(diffs) },
  cherry: { options: options('-v --verbose --abbrev?'), args: ['text'] },
  version: { options: options('--build-options'), args: [] },
}

const globals: Options = options('-C:names --no-pager -P --no-optional-locks --literal-pathspecs --version')

/** `git`, where it only looks. It needs the hardening that the caller gives it, and a look at the repository's settings. */
export const git: Judge = (args) => {
  const outer = take(args, globals, { inOrder: true })
  if (outer instanceof Doubt) return outer
  const folders = outer.values.map(({ value }) => value)
  if (folders.length > 1) return new Doubt('git -C is there twice')
  const [name = '', second = ''] = outer.positional
  if (name === '') {
    return outer.given.has('--version') ? { reads: [], repositories: [] } : new Doubt('git is not given a command')
  }
  const pair = `${name} ${second}`
  const rule = known(pair) ?? known(name)
  if (rule === undefined) return new Doubt(`${shown(plain(`git ${name}`))} is not known to be harmless`)
  const found = applyRule(rule, outer.positional.slice(known(pair) === undefined ? 1 : 2))
  return found instanceof Doubt ? found : within(folders[0], { ...found, reads: found.reads.flatMap(inRevision) })
}

function known(name: string): Rule | undefined {
  return Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
}

/** Everything is relative to the folder that git goes to first. */
function within(folder: Word | undefined, { reads }: Touched): Touched {
  if (folder === undefined) return { reads, repositories: ['.'] }
  const moved = reads.map(({ path, use }) => ({ path: path.startsWith('/') ? path : `${folder}/${path}`, use }))
  return { reads: [...moved, { path: folder, use: 'names' }], repositories: [folder] }
}

/** `REVISION:path` is a file too; what git has for `:(exclude)` and the like is none. */
function inRevision({ path, use }: Read): Read[] {
  const colon = path.indexOf(':')
  if (colon === -1) return [{ path, use }]
  const inside = path.slice(colon + 1)
  return /^[(!^/]/.test(inside)
    ? [{ path: '.', use }]
    : [
        { path: inside, use },
        { path: path.slice(0, colon), use },
      ]
}

/** `%G` has signatures checked by another program. */
function formats({ values }: Taken): Doubt | undefined {
  const runs = values.some(({ value }) => /%G|signature|%\(trailers/.test(plain(value)))
  return runs ? new Doubt('the format has git run another program') : undefined
}

/** Some settings hold secrets. */
function settingOnly({ positional: [name = ''] }: Taken): Doubt | undefined {
  if (patternAt(name) === -1 && /^(?:user|core|init|branch|pull|push|merge|rebase)\.[\w./-]+$/.test(name))
    return undefined
  return new Doubt(`the setting ${shown(plain(name))} may hold a secret, or it would be changed`)
}
