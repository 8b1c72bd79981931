import { beforeAll, describe, expect, test } from 'vitest'
import { type Analyse, analysis } from '../../../../../src/core/approvals/shell/analyse.ts'
import type { SyntaxNode } from '../../../../../src/core/approvals/shell/syntax.ts'
import { plain } from '../../../../../src/core/approvals/shell/words.ts'
import { openAnalysis } from './analyse.ts'
import { attacks } from './attacks.ts'

let analyse: Analyse
beforeAll(async () => {
  analyse = await openAnalysis()
})

/** Why it asks, or undefined. */
function reason(command: string, home = '/home/u'): string | undefined {
  const found = analyse(command, { home })
  return 'reason' in found ? found.reason : undefined
}

/** What it reads, or why it asks. */
function reads(command: string, home = '/home/u'): string[] | string {
  const found = analyse(command, { home })
  return 'reason' in found ? found.reason : found.reads.map(({ path, use }) => `${use} ${plain(path)}`)
}

describe.each(Object.entries(attacks))('%s', (_row, table) => {
  test.each(table)('%j asks', (command, says) => {
    expect(reason(command) ?? 'nothing').toContain(says)
    expect(reason(command)).toBeDefined()
  })
})

test.each<[string, string[]]>([
  ['ls', ['names .']],
  ['ls; ls\n\nls # done', ['names .', 'names .', 'names .']],
  ['cat a.txt 2>/dev/null', ['content a.txt']],
  ['cat a "b c" \'d e\' f\\ g', ['content a', 'content b c', 'content d e', 'content f g']],
  ["cat $'a\\'b'", ["content a'b"]],
  ['cat src/{a,b}.ts', ['content src/a.ts', 'content src/b.ts']],
  ['cat src/*.ts', ['content src/*.ts']],
  ['cat < a.txt', ['content a.txt']],
  ['cat "$HOME/x" ~/y ${HOME}', ['content /home/u/x', 'content /home/u/y', 'content /home/u']],
  ['cat "$PWD/x"', ['content ./x']],
  ['grep foo a b', ['content a', 'content b']],
  ['grep -e foo a', ['content a']],
  ['grep -rn foo', ['tree .']],
  ['grep -r foo src --include=*.ts', ['tree src']],
  ['grep -f words a', ['content words', 'content a']],
  ['grep "foo$" a', ['content a']],
  ['rg foo', ['search .']],
  ['rg --files src', ['search src']],
  ['cd src && cat a', ['content src/a']],
  ['cd src; cat a', ['content a', 'content src/a']],
  ['cd src || cat a', ['content a', 'content src/a']],
  ['ls x || cd src && cat a', ['names x', 'content a', 'content src/a']],
  ['(cd src && cat a) && cat b', ['content src/a', 'content b', 'content src/b']],
  ['! cd src && cat a', ['content a', 'content src/a']],
  ['cd src | cat a', ['content a', 'content src/a']],
  ['cd src && cat ../a /b', ['content src/../a', 'content /b']],
  ['git -C sub diff -- a', ['revision sub/a', 'names sub']],
  ['git show HEAD:.env', ['revision .env', 'revision HEAD']],
  ['[ -f a ] && [ -d b ]', ['names a', 'names b']],
  ['[ -n a ]', []],
  ['echo * x', ['names *']],
  ['find -name x', ['names .']],
  ['find -P src', ['names src']],
  ['sed -n --expression=p a', ['content a']],
  ["sed ';;p' a", ['content a']],
  ['ps aux', []],
  ['git -C sub diff /x', ['revision /x', 'names sub']],
  ["git log -- ':(exclude)x'", ['revision .']],
  ['cd -- src && cat a', ['content src/a']],
  ['ls --color', ['names .']],
  ['basename -a a*', ['names a*']],
  ['fd x', ['names .']],
  ['echo "a\\\nb" "c\\\\d" "e\\f" a$ "b$" \\$x', []],
  ["echo $'a\\nb'", []],
  ['ls 2>&1 >&2 <&0 </dev/null', ['names .']],
  ['find src a -name x -newer b', ['names src', 'names a', 'names b']],
  ['timeout -k 1 5s nice -n 5 cat a', ['content a']],
  ['/bin/cat a', ['content a']],
  ['command -v git', []],
  ["awk '/a[b]/ && $2 / 3 > 1 {print $1}' a", ['content a']],
])('%j reads what it says', (command, expected) => {
  expect(reads(command)).toEqual(expected)
})

test('a home folder with odd characters counts only in quotes', () => {
  expect(reads('cat "$HOME/a"', '/home/a b')).toEqual(['content /home/a b/a'])
  expect(reads('cat $HOME/a', '/home/a b')).toContain('not in quotes')
})

test('what takes the parser too long asks', () => {
  expect(analysis(() => undefined)('ls', { home: '/' })).toMatchObject({ reason: expect.stringContaining('too long') })
})

const node = (type: string, start: number, end: number, ...children: SyntaxNode[]): SyntaxNode => ({
  type,
  start,
  end,
  children,
})

/** What bash and the grammar do not agree on must not be passed over: a tree is held against the text that it is of. */
test.each<[string, string, SyntaxNode]>([
  [
    'leaves something out',
    'ls; id',
    node('program', 0, 6, node('command', 0, 2, node('command_name', 0, 2, node('word', 0, 2)))),
  ],
  [
    'leaves a line end out of a command',
    'ls\nid',
    node('program', 0, 5, node('command', 0, 5, node('command_name', 0, 2, node('word', 0, 2)), node('word', 3, 5))),
  ],
  [
    'has a word twice',
    'ls',
    node('program', 0, 2, node('command', 0, 2, node('command_name', 0, 2, node('word', 0, 2)), node('word', 0, 2))),
  ],
  [
    'cuts a word in two',
    'lsid',
    node('program', 0, 4, node('command', 0, 4, node('command_name', 0, 2, node('word', 0, 2)), node('word', 2, 4))),
  ],
  [
    'takes an operator for a part of a word',
    'ls;id',
    node('program', 0, 5, node('command', 0, 5, node('command_name', 0, 5, node('word', 0, 5)))),
  ],
  [
    'takes a comment for a word',
    'ls #x',
    node('program', 0, 5, node('command', 0, 5, node('command_name', 0, 2, node('word', 0, 2)), node('word', 3, 5))),
  ],
  [
    'takes a word for a comment',
    'ls\\ #x',
    node('program', 0, 6, node('command', 0, 2, node('command_name', 0, 2, node('word', 0, 2))), node('comment', 4, 6)),
  ],
  [
    'takes a line for a comment',
    'ls #x\nid',
    node('program', 0, 8, node('command', 0, 2, node('command_name', 0, 2, node('word', 0, 2))), node('comment', 3, 8)),
  ],
  [
    'leaves out a part of a text',
    'ls "a$(id)"',
    node(
      'program',
      0,
      11,
      node(
        'command',
        0,
        11,
        node('command_name', 0, 2, node('word', 0, 2)),
        node('string', 3, 11, node('"', 3, 4), node('string_content', 4, 5), node('"', 10, 11)),
      ),
    ),
  ],
  [
    'takes a substitution for text',
    'ls "a$(id)"',
    node(
      'program',
      0,
      11,
      node(
        'command',
        0,
        11,
        node('command_name', 0, 2, node('word', 0, 2)),
        node('string', 3, 11, node('"', 3, 4), node('string_content', 4, 10), node('"', 10, 11)),
      ),
    ),
  ],
  [
    'ends a text too early',
    'ls "a"',
    node(
      'program',
      0,
      6,
      node(
        'command',
        0,
        6,
        node('command_name', 0, 2, node('word', 0, 2)),
        node('string', 3, 6, node('"', 3, 4), node('string_content', 4, 5)),
      ),
    ),
  ],
  [
    'has a quote inside of a text',
    'ls "a"',
    node(
      'program',
      0,
      6,
      node(
        'command',
        0,
        6,
        node('command_name', 0, 2, node('word', 0, 2)),
        node('string', 3, 6, node('"', 3, 4), node('"', 4, 5), node('"', 5, 6)),
      ),
    ),
  ],
  [
    'takes a digit of a word for a descriptor',
    'ls a2>/dev/null',
    node(
      'program',
      0,
      15,
      node(
        'redirected_statement',
        0,
        15,
        node('command', 0, 4, node('command_name', 0, 2, node('word', 0, 2)), node('word', 3, 4)),
        node('file_redirect', 4, 15, node('file_descriptor', 4, 5), node('>', 5, 6), node('word', 6, 15)),
      ),
    ),
  ],
  [
    'takes a word for a descriptor',
    'ls 2 >/dev/null',
    node(
      'program',
      0,
      15,
      node(
        'redirected_statement',
        0,
        15,
        node('command', 0, 2, node('command_name', 0, 2, node('word', 0, 2))),
        node('file_redirect', 3, 15, node('file_descriptor', 3, 4), node('>', 5, 6), node('word', 6, 15)),
      ),
    ),
  ],
  [
    'has a node that is missing',
    'ls (',
    node('program', 0, 4, node('subshell', 3, 4, node('(', 3, 4), node('MISSING', 4, 4))),
  ],
  [
    'has a name that is more than a word',
    'ls a',
    node('program', 0, 4, node('command', 0, 4, node('command_name', 0, 4, node('word', 0, 2)))),
  ],
  [
    'has a word with parts',
    'ls',
    node('program', 0, 2, node('command', 0, 2, node('command_name', 0, 2, node('word', 0, 2, node('x', 0, 1))))),
  ],
  [
    'has a redirection of an unknown kind',
    'ls >= x',
    node(
      'program',
      0,
      7,
      node(
        'redirected_statement',
        0,
        7,
        node('command', 0, 2, node('command_name', 0, 2, node('word', 0, 2))),
        node('file_redirect', 3, 7, node('>=', 3, 5), node('word', 6, 7)),
      ),
    ),
  ],
  [
    'ends in the middle of an escape',
    'ls a\\',
    node('program', 0, 5, node('command', 0, 5, node('command_name', 0, 2, node('word', 0, 2)), node('word', 3, 5))),
  ],
])('a tree that %s asks', (_what, text, tree) => {
  expect(analysis(() => tree)(text, { home: '/h' })).toHaveProperty('reason')
})
