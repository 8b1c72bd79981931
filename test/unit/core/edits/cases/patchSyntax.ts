import type { FilePatch } from '../../../../../src/core/edits/patchParse.ts'

const replaceA = {
  at: 3,
  anchors: [],
  lines: [
    { kind: 'removed', text: 'a' },
    { kind: 'added', text: 'b' },
  ],
  atEnd: false,
} as const

const update: FilePatch = { kind: 'update', path: 'f', hunks: [replaceA] }
const body = '*** Begin Patch\n*** Update File: f\n-a\n+b\n*** End Patch'
const at = (line: number): FilePatch => ({ ...update, hunks: [{ ...replaceA, at: line }] })

/** Patches and what they say. */
export const parsedPatches: { name: string; patch: string; files: FilePatch[] }[] = [
  { name: 'a patch', patch: body, files: [update] },
  { name: 'a patch with CRLF', patch: body.replaceAll('\n', '\r\n'), files: [update] },
  { name: 'a patch with space around', patch: `\n ${body}  \n\n`, files: [at(4)] },
  { name: 'a patch in a code fence', patch: `\`\`\`diff\n${body}\n\`\`\``, files: [at(4)] },
  { name: 'a patch in a here-document', patch: `apply_patch <<'EOF'\n${body}\nEOF`, files: [at(4)] },
  { name: 'a patch in a here-document of its own name', patch: `<<"PATCH"\n${body}\nPATCH\n`, files: [at(4)] },
  {
    name: 'a new file',
    patch: '*** Begin Patch\n*** Add File: a b.txt\n+x\n+\n+y\n*** End Patch',
    files: [{ kind: 'add', path: 'a b.txt', text: 'x\n\ny\n' }],
  },
  {
    name: 'a new empty file',
    patch: '*** Begin Patch\n*** Add File: f\n*** End Patch',
    files: [{ kind: 'add', path: 'f', text: '' }],
  },
  {
    name: 'an empty line of a new file without its +',
    patch: '*** Begin Patch\n*** Add File: f\n+x\n\n+y\n\n*** End Patch',
    files: [{ kind: 'add', path: 'f', text: 'x\n\ny\n' }],
  },
  {
    name: 'a file deleted',
    patch: '*** Begin Patch\n*** Delete File: f\n\n*** End Patch',
    files: [{ kind: 'delete', path: 'f' }],
  },
  {
    name: 'a file moved as it is',
    patch: '*** Begin Patch\n*** Update File: f\n*** Move to: g/h\n*** End Patch',
    files: [{ kind: 'update', path: 'f', moveTo: 'g/h', hunks: [] }],
  },
  {
    name: 'a file moved and changed',
    patch: '*** Begin Patch\n*** Update File: f\n*** Move to: g\n-a\n+b\n*** End Patch',
    files: [{ kind: 'update', path: 'f', moveTo: 'g', hunks: [{ ...replaceA, at: 4 }] }],
  },
  {
    name: 'stacked anchors and the end of the file',
    patch: '*** Begin Patch\n*** Update File: f\n@@ class A\n@@   def f():\n-a\n+b\n*** End of File\n*** End Patch',
    files: [{ ...update, hunks: [{ ...replaceA, anchors: ['class A', 'def f():'], atEnd: true }] }],
  },
  {
    name: 'several files with blank lines between',
    patch: '*** Begin Patch\n\n*** Add File: g\n+x\n\n*** Update File: f\n-a\n+b\n\n*** Delete File: h\n*** End Patch',
    files: [{ kind: 'add', path: 'g', text: 'x\n' }, at(7), { kind: 'delete', path: 'h' }],
  },
]

/** Texts that are no patch, and what is said of them. */
export const malformedPatches: { name: string; patch: string; says: string[] }[] = [
  { name: 'nothing', patch: '', says: ['no line *** Begin Patch'] },
  { name: 'a unified diff', patch: '--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b', says: ['it is a unified diff'] },
  { name: 'one without its end', patch: body.replace('*** End Patch', ''), says: ['no line *** End Patch', 'cut off'] },
  { name: 'one with its end first', patch: '*** End Patch\n*** Begin Patch\n', says: ['no line *** End Patch'] },
  { name: 'one that names no file', patch: '*** Begin Patch\n*** End Patch', says: ['It names no file'] },
  { name: 'words around it', patch: `Here it is:\n${body}`, says: ['"Here it is:" is outside of the patch'] },
  { name: 'two patches', patch: `${body}\n${body}`, says: ['Line 5', 'no meaning here'] },
  {
    name: 'lines before the first file',
    patch: '*** Begin Patch\n-a\n+b\n*** End Patch',
    says: ['Line 2', '"-a" is no *** Add File:'],
  },
  {
    name: 'an unknown header',
    patch: '*** Begin Patch\n*** Rename File: f\n*** End Patch',
    says: ['Line 2', 'Rename File'],
  },
  {
    name: 'a file without a path',
    patch: '*** Begin Patch\n*** Add File: \n+x\n*** End Patch',
    says: ['Line 2', 'names no path'],
  },
  {
    name: 'a move without a path',
    patch: '*** Begin Patch\n*** Update File: f\n*** Move to:\n-a\n*** End Patch',
    says: ['Line 3', 'names no path'],
  },
  {
    name: 'an update that changes nothing',
    patch: '*** Begin Patch\n*** Update File: f\n*** End Patch',
    says: ['Line 2', 'nothing to change in f'],
  },
  {
    name: 'a hunk of context alone',
    patch: '*** Begin Patch\n*** Update File: f\n@@\n a\n*** End Patch',
    says: ['Line 3', 'changes nothing'],
  },
  {
    name: 'a line of a new file without +',
    patch: '*** Begin Patch\n*** Add File: f\n+x\ny\n*** End Patch',
    says: ['Line 4', 'begins with +, unlike "y"'],
  },
  {
    name: 'a line of a hunk without a sign',
    patch: '*** Begin Patch\n*** Update File: f\n@@\n-a\n+b\nc\n*** End Patch',
    says: ['Line 6', 'begins with a space, - or +, unlike "c"'],
  },
  {
    name: 'a hunk line that begins with a tab',
    patch: '*** Begin Patch\n*** Update File: f\n\ta\n+b\n*** End Patch',
    says: ['Line 3', 'unlike "\\ta"'],
  },
  {
    name: 'lines behind a deletion',
    patch: '*** Begin Patch\n*** Delete File: f\n-a\n*** End Patch',
    says: ['Line 3', 'After *** Delete File:'],
  },
  {
    name: 'a move behind the hunks',
    patch: '*** Begin Patch\n*** Update File: f\n-a\n+b\n*** Move to: g\n*** End Patch',
    says: ['Line 5', 'no meaning here'],
  },
  {
    name: 'lines behind the end of the file',
    patch: '*** Begin Patch\n*** Update File: f\n-a\n*** End of File\n b\n-c\n*** End Patch',
    says: ['Line 5', 'further hunk begins with @@'],
  },
]
