import type { DiffLine, FileChange } from '../protocol/events.ts'

/** The text before a change, from the text after it; undefined when the two do not fit or the diff was cut. */
export function textBefore(after: string, change: FileChange): string | undefined {
  if (change.kind === 'added') return ''
  return rebuild(after, change, 'added', 'removed')
}

/** The text that a change will make of the text before it; undefined when they do not fit or the diff was cut. */
export function textAfter(before: string, change: FileChange): string | undefined {
  if (change.kind === 'deleted') return ''
  return rebuild(before, change, 'removed', 'added')
}

/** Takes the lines of one side out and puts those of the other in, at their numbers. */
function rebuild(text: string, change: FileChange, out: DiffLine['kind'], into: DiffLine['kind']): string | undefined {
  if (change.omitted > 0) return undefined
  const lines = text === '' ? [] : text.split('\n')
  const gone = new Map(ofKind(change.diff, out))
  for (const [line, was] of gone) if (lines[line - 1] !== was) return undefined
  const kept = lines.filter((_, index) => !gone.has(index + 1))
  return merge(kept, new Map(ofKind(change.diff, into))).join('\n')
}

function ofKind(diff: readonly DiffLine[], kind: DiffLine['kind']): [number, string][] {
  return diff.filter((line) => line.kind === kind).map(({ line, text }) => [line, text])
}

function merge(kept: readonly string[], put: ReadonlyMap<number, string>): string[] {
  const rest = kept.values()
  return Array.from({ length: kept.length + put.size }, (_, index) => put.get(index + 1) ?? rest.next().value ?? '')
}
