/** What the hunks of one file make of its text, or what the result says. */
export interface PatchCase {
  name: string
  text: string
  /** What stands below `*** Update File:`. */
  hunks: string
  gives?: string
  note?: string
  fails?: [code: string, ...says: string[]]
}

const two = 'class A:\n    def f(self):\n        return 1\n\nclass B:\n    def f(self):\n        return 1\n'
const tests = "it('a', () => {\n  go(1)\n})\nit('b', () => {\n  go(2)\n})\nit('c', () => {\n  go(2)\n})\n"

const places: PatchCase[] = [
  { name: 'a line replaced', text: 'a\nb\nc\n', hunks: '@@\n a\n-b\n+B\n c', gives: 'a\nB\nc\n' },
  { name: 'no @@ before the first hunk', text: 'a\nb\n', hunks: ' a\n-b\n+B', gives: 'a\nB\n' },
  { name: 'no context', text: 'a\nb\nc\n', hunks: '@@\n-b\n+B', gives: 'a\nB\nc\n' },
  { name: 'a line added', text: 'a\nc\n', hunks: '@@\n a\n+b\n c', gives: 'a\nb\nc\n' },
  { name: 'a line taken out', text: 'a\nb\nc\n', hunks: '@@\n a\n-b\n c', gives: 'a\nc\n' },
  { name: 'the first line', text: 'a\nb\n', hunks: '@@\n-a\n+A\n b', gives: 'A\nb\n' },
  { name: 'before the first line', text: 'a\nb\n', hunks: '@@\n+x\n a', gives: 'x\na\nb\n' },
  { name: 'the last line', text: 'a\nb\n', hunks: '@@\n a\n-b\n+B', gives: 'a\nB\n' },
  { name: 'behind the last line', text: 'a\nb\n', hunks: '@@\n b\n+c', gives: 'a\nb\nc\n' },
  { name: 'every line', text: 'a\nb\n', hunks: '@@\n-a\n-b\n+x', gives: 'x\n' },
  { name: 'every line taken out', text: 'a\n', hunks: '@@\n-a', gives: '' },
  { name: 'added before removed', text: 'a\nb\n', hunks: '@@\n a\n+B\n-b', gives: 'a\nB\n' },
  { name: 'two runs in one hunk', text: 'a\nb\nc\nd\n', hunks: '@@\n-a\n+A\n b\n c\n-d\n+D', gives: 'A\nb\nc\nD\n' },
  { name: 'an empty line as context', text: 'a\n\nb\n', hunks: '@@\n a\n \n-b\n+B', gives: 'a\n\nB\n' },
  {
    name: 'an empty line as context without its space',
    text: 'a\n\nb\n',
    hunks: '@@\n a\n\n-b\n+B',
    gives: 'a\n\nB\n',
  },
  { name: 'an empty line added', text: 'a\nb\n', hunks: '@@\n a\n+\n b', gives: 'a\n\nb\n' },
  { name: 'an empty line taken out', text: 'a\n\nb\n', hunks: '@@\n a\n-\n b', gives: 'a\nb\n' },
  {
    name: 'lines that begin with signs',
    text: '-a\n+b\n c\n',
    hunks: '@@\n -a\n-+b\n++B\n  c',
    gives: '-a\n+B\n c\n',
  },
  {
    name: 'a line that looks like a header',
    text: '*** End Patch\nx\n',
    hunks: '@@\n *** End Patch\n-x\n+y',
    gives: '*** End Patch\ny\n',
  },
  { name: 'a line with @@ in it', text: '@@ x\ny\n', hunks: '@@\n @@ x\n-y\n+z', gives: '@@ x\nz\n' },
  { name: 'indentation counts', text: 'a\n  a\n', hunks: '@@\n-  a\n+  b', gives: 'a\n  b\n' },
  { name: 'a whole line, not a part', text: 'ab\nb\n', hunks: '@@\n-b\n+c', gives: 'ab\nc\n' },
  {
    name: 'the line numbers of a unified diff say nothing',
    text: 'a\nb\n',
    hunks: '@@ -7,2 +7,2 @@ def f\n a\n-b\n+B',
    gives: 'a\nB\n',
  },
]

const endings: PatchCase[] = [
  { name: 'a last line without a newline', text: 'a\nb', hunks: '@@\n a\n-b\n+B', gives: 'a\nB' },
  { name: 'behind a last line without a newline', text: 'a\nb', hunks: '@@\n b\n+c', gives: 'a\nb\nc' },
  { name: 'before a last line without a newline', text: 'a\nb', hunks: '@@\n a\n+x\n b', gives: 'a\nx\nb' },
  { name: 'one line without a newline', text: 'a', hunks: '@@\n-a\n+b\n+c', gives: 'b\nc' },
  { name: 'an empty file', text: '', hunks: '@@\n+a\n+b', gives: 'a\nb\n' },
  {
    name: 'the end of the file',
    text: 'a\nb\na\nb\n',
    hunks: '@@\n a\n-b\n+B\n*** End of File',
    gives: 'a\nb\na\nB\n',
  },
  { name: 'only added at the end of the file', text: 'a\n', hunks: '@@\n+b\n*** End of File', gives: 'a\nb\n' },
  { name: 'only added at an end without a newline', text: 'a', hunks: '@@\n+b\n*** End of File', gives: 'a\nb' },
  {
    name: 'lines that are not at the end',
    text: 'a\nb\nc\n',
    hunks: '@@\n a\n-b\n*** End of File',
    fails: ['not_matched', 'at line 1, not at the end of the file', 'Leave *** End of File out'],
  },
]

const anchored: PatchCase[] = [
  {
    name: 'an anchor tells two places apart',
    text: two,
    hunks: '@@ class B:\n     def f(self):\n-        return 1\n+        return 2',
    gives: two.replace(/1\n$/, '2\n'),
  },
  {
    name: 'stacked anchors',
    text: two,
    hunks: '@@ class B:\n@@     def f(self):\n-        return 1\n+        return 2',
    gives: two.replace(/1\n$/, '2\n'),
  },
  {
    name: 'an anchor without its indentation',
    text: two,
    hunks: '@@ class A:\n@@ def f(self):\n-        return 1\n+        return 2',
    gives: two.replace('1', '2'),
  },
  { name: 'an anchor closed by @@', text: 'x\na\nb\n', hunks: '@@ a @@\n-b\n+B', gives: 'x\na\nB\n' },
  {
    name: 'the beginning of one line as an anchor',
    text: 'class A(Base):\n    x = 1\n',
    hunks: '@@ class A\n-    x = 1\n+    x = 2',
    gives: 'class A(Base):\n    x = 2\n',
  },
  { name: 'lines far behind the anchor', text: 'a\n1\n2\n3\nb\n', hunks: '@@ a\n-b\n+B', gives: 'a\n1\n2\n3\nB\n' },
  { name: 'only added behind an anchor', text: 'a\nb\n', hunks: '@@ a\n+x', gives: 'a\nx\nb\n' },
  {
    name: 'the first place behind the anchor',
    text: 'x\na\nb\na\nb\n',
    hunks: '@@ x\n a\n-b\n+B',
    gives: 'x\na\nB\na\nb\n',
  },
  {
    name: 'the same anchor for two hunks',
    text: 'def f():\n  a\n  b\n  c\n',
    hunks: '@@ def f():\n-  a\n+  A\n@@ def f():\n-  c\n+  C',
    gives: 'def f():\n  A\n  b\n  C\n',
  },
  {
    name: 'an anchor that is not there',
    text: 'a\nb\n',
    hunks: '@@ nowhere\n-b\n+B',
    fails: ['not_matched', 'the file has no line "nowhere"', 'its @@ names'],
  },
  {
    name: 'an anchor that is written otherwise',
    text: 'def F():\n  a\n',
    hunks: '@@ def f():\n-  a\n+  b',
    fails: ['not_matched', 'upper and lower case'],
  },
  {
    name: 'lines before their anchor',
    text: 'b\na\n',
    hunks: '@@ a\n-b\n+B',
    fails: ['not_matched', 'at line 1, before the line of its @@'],
  },
  {
    name: 'an anchor in two places that lead to two',
    text: two,
    hunks: '@@ def f(self):\n-        return 1\n+        return 2',
    fails: ['ambiguous', 'lines 3 and 7'],
  },
  {
    name: 'the only fitting place is in the block of another anchor line',
    text: tests,
    hunks: "@@ it('a', () => {\n-  go(2)\n+  go(3)",
    fails: ['ambiguous', 'not in the block of', 'lines 5 and 8'],
  },
  {
    name: 'a place further out than the block of the anchor',
    text: 'class A:\n    x = 0\nclass B:\n    y = 1\nclass C:\n    y = 1\n',
    hunks: '@@ x = 0\n-    y = 1\n+    y = 2',
    fails: ['ambiguous', 'lines 4 and 6'],
  },
]

const many: PatchCase[] = [
  { name: 'two hunks', text: 'a\nb\nc\nd\n', hunks: '@@\n-a\n+A\n b\n@@\n c\n-d\n+D', gives: 'A\nb\nc\nD\n' },
  { name: 'neighbours', text: 'a\nb\n', hunks: '@@\n-a\n+A\n@@\n-b\n+B', gives: 'A\nB\n' },
  {
    name: 'context that two hunks share',
    text: 'a\nb\nc\n',
    hunks: '@@\n-a\n+A\n b\n@@\n b\n-c\n+C',
    gives: 'A\nb\nC\n',
  },
  { name: 'the order leaves one way', text: 'a\nb\na\n', hunks: '@@\n-a\n+1\n@@\n-b\n+B', gives: '1\nB\na\n' },
  {
    name: 'the order leaves one way for each of equal hunks',
    text: 'a\nx\na\n',
    hunks: '@@\n-a\n+1\n@@\n-a\n+2',
    gives: '1\nx\n2\n',
  },
  { name: 'blank lines between hunks', text: 'a\nb\n', hunks: '@@\n-a\n+A\n\n@@\n-b\n+B\n', gives: 'A\nB\n' },
  {
    name: 'two places',
    text: 'a\nb\na\n',
    hunks: '@@\n-a\n+x',
    fails: ['ambiguous', 'at lines 1 and 3', 'Give more lines'],
  },
  {
    name: 'a hunk before the one before it',
    text: 'a\nb\nc\n',
    hunks: '@@\n-c\n+C\n@@\n-a\n+A',
    fails: [
      'not_matched',
      'Hunk 2 of 2, line 6 of the patch',
      'at line 1, before the hunk before it',
      'in the order of the file',
    ],
  },
  {
    name: 'a hunk that changes what one before it changes',
    text: 'a\nb\n',
    hunks: '@@\n-a\n+A\n@@\n-a\n+B',
    fails: ['not_matched', 'Hunk 2 of 2'],
  },
  {
    name: 'none where one does not fit',
    text: 'a\nb\n',
    hunks: '@@\n-a\n+A\n@@\n-c\n+C',
    fails: ['not_matched', 'Hunk 2 of 2', 'Nothing was changed'],
  },
]

const inexact: PatchCase[] = [
  {
    name: 'white space at the end of a context line stays',
    text: 'a  \nb\n',
    hunks: '@@\n a\n-b\n+B',
    gives: 'a  \nB\n',
    note: 'the hunk at line 3 of the patch',
  },
  {
    name: 'white space at the end of a removed line',
    text: 'a\nb\t\n',
    hunks: '@@\n a\n-b\n+B',
    gives: 'a\nB\n',
    note: 'white space at their ends',
  },
  {
    name: 'white space at the end of a line of the patch',
    text: 'a\nb\n',
    hunks: '@@\n a \n-b\n+B',
    gives: 'a\nB\n',
    note: 'white space',
  },
  {
    name: 'a blank line that is not empty',
    text: 'a\n  \nb\n',
    hunks: '@@\n a\n\n-b\n+B',
    gives: 'a\n  \nB\n',
    note: 'white space',
  },
  {
    name: 'white space at an end without a newline',
    text: 'a \nb',
    hunks: '@@\n a\n-b\n+B',
    gives: 'a \nB',
    note: 'white space',
  },
  {
    name: 'not where it would be two places',
    text: 'x\na \nb\na\t\nb\n',
    hunks: '@@\n a\n-b\n+B',
    fails: ['ambiguous', 'lines 2 and 4'],
  },
  {
    name: 'not at the beginning of a line',
    text: '  a\n',
    hunks: '@@\n-a\n+b',
    fails: ['not_matched', 'white space at its beginning'],
  },
  {
    name: 'only added, and no word of where',
    text: 'a\n',
    hunks: '@@\n+b',
    fails: ['ambiguous', 'does not say where', '*** End of File'],
  },
  {
    name: 'lines that are not there',
    text: 'first\nsecond line\n',
    hunks: '@@\n-second lines\n+x',
    fails: ['not_matched', 'its lines are not in the file', 'nearest line is 2'],
  },
  {
    name: 'escapes written out',
    text: 'a\tb\n',
    hunks: '@@\n-a\\tb\n+x',
    fails: ['not_matched', 'escapes written out'],
  },
  { name: 'line numbers', text: 'a\nb\n', hunks: '@@\n-1| a\n-2| b\n+x', fails: ['not_matched', 'has line numbers'] },
  { name: 'an empty file', text: '', hunks: '@@\n-a\n+b', fails: ['not_matched', 'Nothing in the file'] },
]

export const patchCases: PatchCase[] = [...places, ...endings, ...anchored, ...many, ...inexact]
