import { options } from '../options.ts'
import type { Known } from '../rule.ts'
import { find } from './find.ts'

/** Names, sizes, dates and content of files: coreutils, findutils, file, tree. */
export const files: Readonly<Record<string, Known>> = {
  ls: {
    options: options(`
      -a -A -b -B -c -C -d -f -F -g -G -h -H -i -k -l -m -n -N -o -p -q -Q -r -R -s -S -t -u -U -v -x -X -Z -1
      -I:text -w:number -T:number --all --almost-all --author --escape --ignore-backups --color? --directory
      --classify? --format:text --full-time --group-directories-first --no-group --human-readable --si
      --dereference-command-line --hide:text --hyperlink? --indicator-style:text --inode --ignore:text --kibibytes
      --numeric-uid-gid --literal --hide-control-chars --show-control-chars --quote-name
      --quoting-style:text --reverse --recursive --size --sort:text --time:text --time-style:text --width:number
      --context --version --help`),
    args: ['names'],
    here: true,
    anyOption: true,
  },
  cat: {
    options: options(`
      -A -b -e -E -n -s -t -T -u -v --show-all --number-nonblank --show-ends --number --squeeze-blank --show-tabs
      --show-nonprinting --version --help`),
    args: ['content'],
    anyOption: true,
  },
  head: {
    options: options('-n:number -c:number -q -v -z --lines:number --bytes:number --quiet --silent --verbose --version'),
    args: ['content'],
    digits: true,
    anyOption: true,
  },
  tail: {
    options: options('-n:number -c:number -q -v -z --lines:number --bytes:number --quiet --silent --verbose --version'),
    args: ['content'],
    digits: true,
  },
  wc: {
    options: options('-c -m -l -L -w --bytes --chars --lines --max-line-length --words --version'),
    args: ['content'],
    anyOption: true,
  },
  nl: { options: options('-b:text -f:text -h:text -i:number -n:text -s:text -v:number -w:number'), args: ['content'] },
  tac: { options: options('-b -s:text'), args: ['content'], anyOption: true },
  rev: { options: options(''), args: ['content'] },
  stat: {
    options: options('-L -f -c:text -t --dereference --file-system --format:text --printf:text --terse --version'),
    args: ['names'],
    anyOption: true,
  },
  file: { options: options('-b -i -k -L -h -N -r -s --brief --mime --mime-type --mime-encoding'), args: ['content'] },
  du: {
    options: options(`
      -a -b -c -d:number -D -h -H -k -l -m -P -s -S -x --all --apparent-size --bytes --total --max-depth:number
      --human-readable --summarize --separate-dirs --exclude:text --si --one-file-system --version`),
    args: ['names'],
    here: true,
    anyOption: true,
  },
  df: { options: options('-a -h -H -i -k -l -m -P -T --human-readable --inodes --local --total'), args: ['content'] },
  tree: {
    options: options(`
      -a -d -f -x -L:number -P:text -I:text -p -u -g -s -h -D -F -q -N -n -C -A -S -v -t -c -U -r -i -J -X --dirsfirst
      --du --si --noreport --prune --filelimit:number --gitignore --charset:text --version`),
    args: ['names'],
    here: true,
  },
  find,
  fd: {
    options: options(`
      -g -i -s -a -p -e:text -t:text -d:number -E:text -0 --glob --ignore-case --case-sensitive --absolute-path
      --full-path --extension:text --type:text --max-depth:number --min-depth:number --exact-depth:number
      --exclude:text --color:text --max-results:number --changed-within:text --changed-before:text --size:text
      --print0 --version`),
    args: ['names'],
    patternUnless: [],
    here: true,
  },
  basename: { options: options('-a -s:text -z --multiple --suffix:text'), args: ['text'] },
  dirname: { options: options('-z'), args: ['text'] },
  realpath: { options: options('-e -m -L -P -q -s -z --relative-to:names --relative-base:names'), args: ['names'] },
  readlink: { options: options('-f -e -m -n -q -v -z --canonicalize'), args: ['names'] },
  pwd: { options: options('-L -P'), args: [], builtin: true },
  cksum: { options: options(''), args: ['content'] },
  md5sum: { options: options('-b -t --tag'), args: ['content'] },
  sha1sum: { options: options('-b -t --tag'), args: ['content'] },
  sha256sum: { options: options('-b -t --tag'), args: ['content'] },
  sha512sum: { options: options('-b -t --tag'), args: ['content'] },
  strings: {
    options: options('-a -n:number -t:text --all --bytes:number --radix:text'),
    args: ['content'],
    digits: true,
  },
  od: { options: options('-A:text -t:text -N:number -j:number -w:number -v -c -x -b -d -o'), args: ['content'] },
  hexdump: { options: options('-C -c -b -d -x -n:number -s:number -v'), args: ['content'] },
  xxd: { options: options('-b -c:number -g:number -l:number -s:number -p -u -i'), args: ['content'], most: 1 },
  base64: { options: options('-d -i -w:number --decode --ignore-garbage --wrap:number'), args: ['content'], most: 1 },
}
