import { options } from '../options.ts'
import type { Known } from '../rule.ts'
import { Doubt } from '../syntax.ts'
import { awk } from './awk.ts'
import { sed } from './sed.ts'

/** A filter of jq's that loads no other file, and shows nothing of the environment. */
function filterDoubt(filter: string): Doubt | undefined {
  const loads = /\b(?:import|include|modulemeta|get_search_list|env|ENV|input_filename)\b/.test(filter)
  return loads ? new Doubt('the filter of jq may load more than its input') : undefined
}

const grep: Known = {
  options: options(`
    -E -F -G -P -e:text -f:content -i -v -w -x -c -l -L -m:number -o -q -s -b -H -h -n -T -Z -A:number -B:number
    -C:number -a -I -U -r -z -y --extended-regexp --fixed-strings --basic-regexp --perl-regexp --regexp:text
    --file:content --ignore-case --no-ignore-case --invert-match --word-regexp --line-regexp --count --color? --colour?
    --files-with-matches --files-without-match --max-count:number --only-matching --quiet --silent --no-messages
    --byte-offset --with-filename --no-filename --line-number --initial-tab --null --after-context:number
    --before-context:number --context:number --text --binary-files:text --exclude:text --exclude-dir:text
    --include:text --recursive --line-buffered --binary --null-data --version --help`),
  args: ['content'],
  patternUnless: ['-e', '-f', '--regexp', '--file'],
  useWith: [{ options: ['-r', '--recursive'], use: 'tree' }],
  here: true,
  digits: true,
  anyOption: true,
}

/** Lines of text: coreutils, grep, ripgrep, diffutils, sed, awk, jq. */
export const texts: Readonly<Record<string, Known>> = {
  grep,
  egrep: grep,
  fgrep: grep,
  rg: {
    options: options(`
      -A:number -B:number -C:number -c -e:text -f:content -F -g:text -i -I -l -m:number -M:number -n -N -o -p -P -q -s
      -S -t:text -T:text -U -v -w -x -r:text -d:number -j:number -0 -a --after-context:number --before-context:number
      --context:number --count --count-matches --color:text --colors:text --column --no-column --context-separator:text
      --crlf --debug --max-depth:number --regexp:text --file:content --files --files-with-matches --files-without-match
      --fixed-strings --glob:text --iglob:text --glob-case-insensitive --heading --no-heading --ignore-case
      --include-zero --json --line-number --no-line-number --line-regexp --max-columns:number --max-columns-preview
      --max-count:number --max-filesize:text --multiline --multiline-dotall --no-filename --with-filename --no-messages
      --null --one-file-system --only-matching --passthru --path-separator:text --pcre2 --pretty --quiet --replace:text
      --sort:text --sortr:text --smart-case --case-sensitive --stats --no-stats --text --threads:number --trim --type:text
      --type-not:text --type-list --vimgrep --word-regexp --no-config --version`),
    args: ['search'],
    patternUnless: ['-e', '-f', '--regexp', '--file', '--files', '--type-list', '--version'],
    here: true,
  },
  sort: {
    options: options(`
      -b -d -f -g -i -M -h -n -r -V -c -C -s -u -z -k:text -t:text --ignore-leading-blanks --dictionary-order
      --ignore-case --general-numeric-sort --human-numeric-sort --numeric-sort --reverse --version-sort --key:text
      --field-separator:text --unique --stable --check? --sort:text --version`),
    args: ['content'],
  },
  uniq: {
    options: options('-c -d -D -f:number -i -s:number -u -w:number -z --count --repeated --unique --ignore-case'),
    args: ['content'],
    most: 1,
  },
  cut: {
    options: options(`
      -b:text -c:text -d:text -f:text -n -s -z --bytes:text --characters:text --delimiter:text --fields:text --complement
      --only-delimited --output-delimiter:text`),
    args: ['content'],
  },
  tr: {
    options: options('-c -C -d -s -t --complement --delete --squeeze-repeats --truncate-set1'),
    args: ['text'],
    most: 2,
  },
  column: {
    options: options('-t -s:text -c:number -x -n -o:text -N:text --table --separator:text'),
    args: ['content'],
  },
  paste: { options: options('-d:text -s -z --delimiters:text --serial'), args: ['content'] },
  fold: { options: options('-b -s -w:number --bytes --spaces --width:number'), args: ['content'], digits: true },
  expand: { options: options('-i -t:text'), args: ['content'] },
  comm: {
    options: options('-1 -2 -3 -z --check-order --nocheck-order --output-delimiter:text --total'),
    args: ['content'],
  },
  join: {
    options: options('-a:number -e:text -i -j:number -o:text -t:text -v:number -1:number -2:number'),
    args: ['content'],
  },
  // Not of folders: it follows the links in them.
  diff: {
    options: options(`
      -a -b -B -c -C:number -d -e -E -i -n -N -p -q -s -t -T -u -U:number -w -W:number -x:text -y -Z --brief --color?
      --context? --unified? --ignore-all-space --ignore-blank-lines --ignore-case --ignore-space-change
      --ignore-trailing-space --minimal --new-file --report-identical-files --side-by-side
      --strip-trailing-cr --suppress-common-lines --text --exclude:text --width:number --version`),
    args: ['content'],
  },
  cmp: { options: options('-b -l -s -n:number -i:text --quiet --silent --print-bytes --verbose'), args: ['content'] },
  sed,
  awk,
  gawk: awk,
  mawk: awk,
  jq: {
    options: options(`
      -r -c -s -S -e -n -a -M -C -j -R --raw-output --compact-output --slurp --sort-keys --exit-status --null-input
      --ascii-output --monochrome-output --color-output --join-output --raw-input --tab --indent:number --version`),
    args: ['content'],
    patternUnless: [],
    check: ({ positional: [filter = ''] }) => filterDoubt(filter),
  },
  seq: { options: options('-w -s:text -f:text'), args: ['number'], most: 3 },
  expr: { options: options(''), args: ['text'] },
}
