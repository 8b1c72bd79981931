import type { Replacement } from '../../../../../src/core/edits/replace.ts'

/** What `edit_file` makes of a text, or the beginning of what it says. */
export interface ReplaceCase {
  name: string
  text: string
  edits: Replacement[]
  /** The text after, where it fits. */
  gives?: string
  /** What the result says beside. */
  note?: string
  /** The failure's code, and parts of its message. */
  fails?: [code: string, ...says: string[]]
}

const one = (oldText: string, newText: string): Replacement[] => [{ oldText, newText }]
const every = (oldText: string, newText: string): Replacement[] => [{ oldText, newText, all: true }]

const exact: ReplaceCase[] = [
  { name: 'a word in a line', text: 'one two three', edits: one('two', '2'), gives: 'one 2 three' },
  { name: 'the whole text', text: 'a\nb\n', edits: one('a\nb\n', 'c\n'), gives: 'c\n' },
  { name: 'the first line', text: 'a\nb\nc\n', edits: one('a\n', 'A\n'), gives: 'A\nb\nc\n' },
  { name: 'the last line, which has no newline', text: 'a\nb', edits: one('b', 'B'), gives: 'a\nB' },
  { name: 'a newline added at the end', text: 'a\nb', edits: one('b', 'b\n'), gives: 'a\nb\n' },
  { name: 'a newline taken from the end', text: 'a\nb\n', edits: one('b\n', 'b'), gives: 'a\nb' },
  { name: 'a line taken out', text: 'a\nb\nc\n', edits: one('b\n', ''), gives: 'a\nc\n' },
  { name: 'a line put in', text: 'a\nc\n', edits: one('a\n', 'a\nb\n'), gives: 'a\nb\nc\n' },
  { name: 'several lines by one', text: 'a\nb\nc\nd\n', edits: one('b\nc', 'x'), gives: 'a\nx\nd\n' },
  { name: 'two lines joined', text: 'a\nb\n', edits: one('a\nb', 'a b'), gives: 'a b\n' },
  {
    name: 'the line ending of the input does not matter',
    text: 'a\nb\nc',
    edits: one('a\r\nb', 'A\r\nB'),
    gives: 'A\nB\nc',
  },
  { name: 'a lone carriage return is a line ending', text: 'a\nb', edits: one('a\rb', 'c'), gives: 'c' },
  { name: 'dollar signs mean nothing', text: 'a$1b', edits: one('$1', '$&$$'), gives: 'a$&$$b' },
  { name: 'no pattern characters', text: 'a.*b axxb', edits: one('a.*b', 'c'), gives: 'c axxb' },
  { name: 'characters beyond the first plane', text: 'x😀y', edits: one('😀', '🎉'), gives: 'x🎉y' },
  { name: 'tabs are tabs', text: '\tx\n  x\n', edits: one('\tx', '\ty'), gives: '\ty\n  x\n' },
  { name: 'trailing white space in the new text is kept', text: 'a\n', edits: one('a', 'a  '), gives: 'a  \n' },
  { name: 'upper and lower case differ', text: 'Name name', edits: one('name', 'x'), gives: 'Name x' },
  { name: 'every place', text: 'a-a-a', edits: every('a', 'bb'), gives: 'bb-bb-bb' },
  { name: 'every place, of which there is one', text: 'a-b', edits: every('b', 'c'), gives: 'a-c' },
  { name: 'every place, by a text that has it again', text: 'a a', edits: every('a', 'aa'), gives: 'aa aa' },
  { name: 'every place, none inside another', text: 'aaaa', edits: every('aa', 'b'), gives: 'bb' },
]

const several: ReplaceCase[] = [
  {
    name: 'each on what the ones before left',
    text: 'a b',
    edits: [...one('a', 'x'), ...one('x b', 'y')],
    gives: 'y',
  },
  { name: 'in any order of the file', text: 'a b c', edits: [...one('c', 'C'), ...one('a', 'A')], gives: 'A b C' },
  { name: 'neighbours', text: 'ab', edits: [...one('a', 'xx'), ...one('b', 'y')], gives: 'xxy' },
  {
    name: 'one takes out what made the next ambiguous',
    text: 'x1 x2',
    edits: [...one('x1', 'y'), ...one('x', 'z')],
    gives: 'y z2',
  },
  {
    name: 'none when one does not fit',
    text: 'a b',
    edits: [...one('a', 'x'), ...one('c', 'y')],
    fails: ['not_matched', 'Edit 2 of 2'],
  },
  {
    name: 'an overlap with an edit before it is named',
    text: 'one two three',
    edits: [...one('one two', '1 2'), ...one('two three', '2 3')],
    fails: ['not_matched', 'Edit 2 of 2', 'until an edit before this one changed it', 'Make one edit of the two'],
  },
]

const loose: ReplaceCase[] = [
  {
    name: 'white space at a line end of the file',
    text: 'if x:  \n  go()\nend\n',
    edits: one('if x:\n  go()', 'if x:\n  stay()'),
    gives: 'if x:  \n  stay()\nend\n',
    note: 'Line 1 and following matched but for white space at the ends of lines.',
  },
  {
    name: 'white space at a line end of old_text',
    text: 'a\nb\n',
    edits: one('a \nb', 'a \nc'),
    gives: 'a\nc\n',
    note: 'white space at the ends',
  },
  {
    name: 'blank lines that are not empty',
    text: 'a\n   \nb\n',
    edits: one('a\n\nb', 'a\n\nc'),
    gives: 'a\n   \nc\n',
    note: 'white space at the ends',
  },
  {
    name: 'a Markdown line break stays where its line stays',
    text: 'one  \ntwo\n',
    edits: one('one\ntwo', 'one\n2'),
    gives: 'one  \n2\n',
    note: 'Line 1',
  },
  {
    name: 'a line put between',
    text: 'a \nb\n',
    edits: one('a\nb', 'a\nnew\nb'),
    gives: 'a \nnew\nb\n',
    note: 'Line 1',
  },
  { name: 'a line put behind', text: 'a \nb\n', edits: one('a\nb', 'a\nb\nc'), gives: 'a \nb\nc\n', note: 'Line 1' },
  { name: 'a line taken out', text: 'a \nb\nc\n', edits: one('a\nb\nc', 'a\nc'), gives: 'a \nc\n', note: 'Line 1' },
  { name: 'the last lines taken out', text: 'a \nb\n', edits: one('a\nb', 'a'), gives: 'a \n', note: 'Line 1' },
  {
    name: 'from the middle of a line',
    text: 'x = f( \n  1)\n',
    edits: one('f(\n  1', 'g(\n  2'),
    gives: 'x = g(\n  2)\n',
    note: 'Line 1',
  },
  {
    name: 'not where it would be two places',
    text: 'a \nb\nx\na\t\nb\n',
    edits: one('a\nb', 'c'),
    fails: ['ambiguous', '2 places, at lines 1 and 4'],
  },
  {
    name: 'an exact place comes before one that is only alike',
    text: 'a \nb\nx\na\nb\n',
    edits: one('a\nb', 'c'),
    gives: 'a \nb\nx\nc\n',
  },
  {
    name: 'not inside a longer word',
    text: 'foobar\n',
    edits: one('foo ', 'x'),
    fails: ['not_matched', 'Line 1 differs only in the white space'],
  },
  {
    name: 'not at the beginning of lines',
    text: '  a\n  b\n',
    edits: one('a\nb', 'c'),
    fails: ['not_matched', 'white space at its beginning'],
  },
  { name: 'white space alone is never taken loosely', text: 'a\nb\n', edits: one('   ', 'x'), fails: ['not_matched'] },
]

const ambiguous: ReplaceCase[] = [
  {
    name: 'two places in a line',
    text: 'a a',
    edits: one('a', 'b'),
    fails: ['ambiguous', '2 places, at lines 1 and 1', 'set all'],
  },
  {
    name: 'three lines',
    text: 'a\nb\na\na',
    edits: one('a', 'x'),
    fails: ['ambiguous', '3 places, at lines 1, 3 and 4'],
  },
  { name: 'places inside one another', text: 'ababa', edits: one('aba', 'x'), fails: ['ambiguous', '2 places'] },
  {
    name: 'lines inside one another',
    text: 'x\ny\nx\ny\nx\n',
    edits: one('x\ny\nx', 'z'),
    fails: ['ambiguous', 'lines 1 and 3'],
  },
  {
    name: 'many lines are cut',
    text: 'a\n'.repeat(20),
    edits: one('a', 'b'),
    fails: ['ambiguous', '1, 2, 3, 4, 5, 6, 7, 8 …'],
  },
]

const missing: ReplaceCase[] = [
  {
    name: 'nothing like it',
    text: 'a\n',
    edits: one('something quite different', ''),
    fails: ['not_matched', 'Nothing in the file is like it', 'Nothing was changed'],
  },
  { name: 'an empty file', text: '', edits: one('a', 'b'), fails: ['not_matched', 'Nothing in the file'] },
  {
    name: 'the nearest line',
    text: 'first\nsecond line here\n',
    edits: one('second line hers', ''),
    fails: ['not_matched', 'nearest line is 2'],
  },
  {
    name: 'indentation',
    text: '  if (x) {\n    go()\n  }',
    edits: one('if (x) {\n  go()\n}', ''),
    fails: ['not_matched', 'Line 1 differs only in the white space at its beginning or end'],
  },
  {
    name: 'tabs for spaces',
    text: 'x\n\treturn 1\n',
    edits: one('x\n    return 1', ''),
    fails: ['not_matched', 'Line 1 differs only in the white space at its beginning'],
  },
  {
    name: 'white space within',
    text: 'const a = b+c',
    edits: one('const a = b + c', ''),
    fails: ['not_matched', 'Line 1 differs only in white space'],
  },
  {
    name: 'case',
    text: 'x\nconst Name = 1',
    edits: one('const name = 1', ''),
    fails: ['not_matched', 'Line 2 differs only in upper and lower case'],
  },
  {
    name: 'curly quotes',
    text: 'say “yes”',
    edits: one('say "yes"', ''),
    fails: ['not_matched', 'characters that look alike'],
  },
  { name: 'a curly apostrophe', text: 'it’s so', edits: one("it's so", ''), fails: ['not_matched', 'look alike'] },
  { name: 'a long dash', text: 'a – b', edits: one('a - b', ''), fails: ['not_matched', 'look alike'] },
  {
    name: 'a space that does not break',
    text: 'a\u00a0b',
    edits: one('a b', ''),
    fails: ['not_matched', 'Line 1 differs only in white space'],
  },
  {
    name: 'line numbers with tabs',
    text: 'a\nb\n',
    edits: one('     1\ta\n     2\tb', ''),
    fails: ['not_matched', 'has line numbers in it', 'line 1'],
  },
  {
    name: 'line numbers with bars',
    text: 'x\na\nb\n',
    edits: one('2| a\n3| b', ''),
    fails: ['not_matched', 'has line numbers', 'line 2'],
  },
  {
    name: 'the signs of a diff',
    text: 'x\na\nb\n',
    edits: one(' a\n-b\n+c', ''),
    fails: ['not_matched', '+ and - of a diff', 'line 2'],
  },
  {
    name: 'a newline written out',
    text: 'a\nb\n',
    edits: one('a\\nb', ''),
    fails: ['not_matched', 'escapes written out', 'line 1'],
  },
  {
    name: 'a tab written out',
    text: 'x\n\ta\n',
    edits: one('\\ta', ''),
    fails: ['not_matched', 'escapes written out', 'line 2'],
  },
  {
    name: 'quotes escaped',
    text: 'say("a")',
    edits: one('say(\\"a\\")', ''),
    fails: ['not_matched', 'escapes written out'],
  },
  {
    name: 'backslashes doubled',
    text: 'x\nre = /\\d+/\n',
    edits: one('re = /\\\\d+/', ''),
    fails: ['not_matched', 'each backslash twice', 'line 2'],
  },
  {
    name: 'backslashes halved',
    text: '"C:\\\\x"',
    edits: one('"C:\\x"', ''),
    fails: ['not_matched', 'each backslash once'],
  },
  {
    name: 'HTML entities',
    text: 'a < b && c\n',
    edits: one('a &lt; b &amp;&amp; c', ''),
    fails: ['not_matched', 'has HTML entities', 'line 1'],
  },
  {
    name: 'characters for HTML entities',
    text: '<p>\na &lt; b\n',
    edits: one('a < b', ''),
    fails: ['not_matched', 'characters where the file has HTML entities', 'line 2'],
  },
  {
    name: 'an edit that was made already',
    text: 'const answer = 42\n',
    edits: one('const answer = 41', 'const answer = 42'),
    fails: ['not_matched', 'new_text is there, at line 1', 'made already'],
  },
  { name: 'an empty old text', text: 'a', edits: one('', 'x'), fails: ['empty_old_text', 'insert_text'] },
  { name: 'nothing to change', text: 'a', edits: one('a', 'a'), fails: ['no_change', 'Leave this edit out'] },
  { name: 'nothing to change but line endings', text: 'a\nb', edits: one('a\r\nb', 'a\nb'), fails: ['no_change'] },
]

export const replaceCases: ReplaceCase[] = [...exact, ...several, ...loose, ...ambiguous, ...missing]
