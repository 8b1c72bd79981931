import type { CallOwner } from '../ports.ts'
import { compareLines } from './lines.ts'

/** Who changed a text: the user in the editor, something on disk, a call, or an edit of no call's. */
export type Editor = 'user' | 'disk' | 'other' | CallOwner

/** A line, who changed it, and who took out lines before it. */
export interface Blame {
  text: string
  by?: Editor
  gap?: Editor
}

const MOST_RANGES = 8

/** The lines of a newer text; those that it shares with the older one keep their blame. */
export function blameStep(before: readonly Blame[], text: string, by: Editor): Blame[] {
  const old = before.values()
  const lines: Blame[] = []
  let gap: Editor | undefined
  for (const run of compareLines(
    before.map((line) => line.text),
    text.split('\n'),
  )) {
    if (run.kind === 'same') {
      for (const _ of run.lines) {
        const line = old.next().value
        if (line !== undefined) lines.push(gap === undefined ? line : { ...line, gap })
        gap = undefined
      }
      continue
    }
    for (const _ of run.removed) old.next()
    lines.push(...run.added.map((added) => ({ text: added, by })))
    if (run.added.length === 0) gap = by
  }
  return lines
}

/** As a sentence; undefined when nobody changed anything. */
export function sayBlame(lines: readonly Blame[], reader: CallOwner | undefined): string | undefined {
  const said: string[] = []
  for (const [name, ranges] of rangesByName(lines, ({ by }) => by, reader)) said.push(`${name} changed ${ranges}`)
  for (const [name, ranges] of rangesByName(lines, ({ gap }) => gap, reader)) {
    said.push(`${name} took out lines before ${ranges}`)
  }
  if (said.length === 0) return undefined
  return `${said.join('; ')}.`
}

/** `line 3`, `lines 3 to 5 and 9`: the lines that differ in a newer text, or where some were taken out. */
export function changedLines(before: string, after: string): string {
  const lines = blameStep(
    before.split('\n').map((text) => ({ text })),
    after,
    'other',
  )
  return rangesOf(lines, ({ by, gap }) => by ?? gap).get('other') ?? 'its end'
}

function rangesByName(
  lines: readonly Blame[],
  of: (line: Blame) => Editor | undefined,
  reader: CallOwner | undefined,
): Map<string, string> {
  return rangesOf(lines, (line) => {
    const editor = of(line)
    return editor === undefined ? undefined : nameOf(editor, reader)
  })
}

function rangesOf(lines: readonly Blame[], of: (line: Blame) => unknown): Map<string, string> {
  const found = new Map<string, { from: number; to: number }[]>()
  for (const [index, line] of lines.entries()) {
    const name = of(line)
    if (typeof name !== 'string') continue
    const ranges = found.get(name) ?? []
    const last = ranges.at(-1)
    if (last?.to === index) last.to = index + 1
    else ranges.push({ from: index + 1, to: index + 1 })
    found.set(name, ranges)
  }
  return new Map([...found].map(([name, ranges]) => [name, sayRanges(ranges)]))
}

function sayRanges(ranges: readonly { from: number; to: number }[]): string {
  const shown = ranges.slice(0, MOST_RANGES).map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`))
  const isOne = ranges.length === 1 && ranges[0]?.from === ranges[0]?.to
  const more = ranges.length > MOST_RANGES ? ' and others' : ''
  const list =
    more === '' && shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : shown.join(', ')
  return `${isOne ? 'line' : 'lines'} ${list}${more}`
}

function nameOf(editor: Editor, reader: CallOwner | undefined): string {
  if (editor === 'user') return 'the user'
  if (editor === 'disk') return 'something on disk (another program, or a save)'
  if (editor === 'other') return 'the editor'
  const call = editor.name === undefined ? `call ${editor.callId}` : `${editor.name} (call ${editor.callId})`
  if (editor.sessionId !== reader?.sessionId) return `${call} of another session`
  return editor.turnId === reader.turnId ? call : `${call} of an earlier turn`
}
