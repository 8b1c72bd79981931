import * as fc from 'fast-check'
import { align, linesOf } from '../../src/core/edits/align.ts'
import type { FilePatch, PatchHunk, PatchLine } from '../../src/core/edits/patchParse.ts'

const SIGNS = { context: ' ', removed: '-', added: '+' } as const

/** A patch as a model writes it. */
export function printPatch(files: readonly FilePatch[]): string {
  return ['*** Begin Patch', ...files.flatMap(printFile), '*** End Patch'].join('\n')
}

function printFile(file: FilePatch): string[] {
  switch (file.kind) {
    case 'add':
      return [
        `*** Add File: ${file.path}`,
        ...file.text
          .split('\n')
          .slice(0, -1)
          .map((line) => `+${line}`),
      ]
    case 'delete':
      return [`*** Delete File: ${file.path}`]
    case 'update': {
      const move = file.moveTo === undefined ? [] : [`*** Move to: ${file.moveTo}`]
      return [`*** Update File: ${file.path}`, ...move, ...file.hunks.flatMap(printHunk)]
    }
  }
}

function printHunk({ anchors, lines, atEnd }: PatchHunk): string[] {
  return [
    ...(anchors.length === 0 ? ['@@'] : anchors.map((anchor) => `@@ ${anchor}`)),
    ...lines.map(({ kind, text }) => SIGNS[kind] + text),
    ...(atEnd ? ['*** End of File'] : []),
  ]
}

/** Hunks that make one text of another, both with a newline at their end; `context` lines stand around each. */
export function hunksBetween(before: string, after: string, context: number): PatchHunk[] {
  const [old, now] = [linesOf(before).slice(0, -1), linesOf(after).slice(0, -1)]
  const changes = align(old, now)
  return changes.map(({ from, to }, index) => {
    const free = changes[index - 1]?.from.end ?? 0
    const lines: PatchLine[] = [
      ...old
        .slice(Math.max(free, from.start - context), from.start)
        .map((text) => ({ kind: 'context', text }) as const),
      ...old.slice(from.start, from.end).map((text) => ({ kind: 'removed', text }) as const),
      ...now.slice(to.start, to.end).map((text) => ({ kind: 'added', text }) as const),
      ...old.slice(from.end, from.end + context).map((text) => ({ kind: 'context', text }) as const),
    ]
    return { at: 0, anchors: [], lines, atEnd: from.end + context >= old.length }
  })
}

const line = fc.oneof(
  fc.constantFrom('', ' ', 'a', '  a', '\tb', '@@', '*** x', '-', '+', 'def f():', '\\n'),
  fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => text.replaceAll(/[\r\n]/g, '')),
)
/** Texts of whole lines. */
export const texts: fc.Arbitrary<string> = fc
  .array(line, { maxLength: 12 })
  .map((lines) => lines.map((words) => `${words}\n`).join(''))

const path = fc.constantFrom('a', 'b/c', 'd e.txt', 'ü.md')
const hunkLine: fc.Arbitrary<PatchLine> = fc.record({
  kind: fc.constantFrom('context', 'removed', 'added'),
  text: line,
})
const hunk: fc.Arbitrary<PatchHunk> = fc.record({
  at: fc.constant(0),
  anchors: fc.array(fc.constantFrom('class A', 'def f(self):', '}'), { maxLength: 2 }),
  lines: fc
    .array(hunkLine, { minLength: 1, maxLength: 5 })
    .filter((lines) => lines.some(({ kind }) => kind !== 'context')),
  atEnd: fc.boolean(),
})
/** Whole patches, of every kind. */
export const patches: fc.Arbitrary<FilePatch[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('add' as const), path, text: texts }),
    fc.record({ kind: fc.constant('delete' as const), path }),
    fc.record({ kind: fc.constant('update' as const), path, moveTo: path, hunks: fc.array(hunk, { maxLength: 3 }) }),
    fc.record({ kind: fc.constant('update' as const), path, hunks: fc.array(hunk, { minLength: 1, maxLength: 3 }) }),
  ),
  { minLength: 1, maxLength: 4 },
)
