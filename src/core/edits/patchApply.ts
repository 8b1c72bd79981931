import type { Failure, TextEdit } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import { type Misplaced, placeHunks, wantedBy } from './hunkPlaces.ts'
import { lineOf } from './lines.ts'
import { LooseText, withoutLineEnds } from './loose.ts'
import { explainMiss } from './nearest.ts'
import { lineList } from './occurrences.ts'
import type { PatchHunk } from './patchParse.ts'
import type { Found } from './replace.ts'
import { trimmed } from './textEdits.ts'

/**
 * Edits that apply a patch's hunks to a text: all of them, or a failure that says which one does not fit. Lines that
 * differ from the patch's only in white space at their ends are meant, and stay as they are unless the hunk changes them.
 */
export function applyHunks(text: string, hunks: readonly PatchHunk[]): Found | Failure {
  const exact = placeHunks(text, hunks.map(wantedBy))
  if (!('kind' in exact)) return { edits: editsOf(text, hunks, exact) }
  if (exact.why !== 'block' && exact.why !== 'anchor') return explain(text, hunks, exact)
  const loose = new LooseText(text)
  const places = placeHunks(loose.text, hunks.map(withoutEnds).map(wantedBy))
  if ('kind' in places) {
    const isMiss = places.why === 'block' || places.why === 'anchor'
    return isMiss ? explain(text, hunks, exact) : explain(loose.text, hunks, places)
  }
  const at = places.map((place) => loose.offsetOf(place))
  const note = `Some lines (${which(hunks, exact.index)}) matched but for white space at their ends.`
  return { edits: editsOf(text, hunks, at), note }
}

function withoutEnds(hunk: PatchHunk): PatchHunk {
  return { ...hunk, lines: hunk.lines.map(({ kind, text }) => ({ kind, text: withoutLineEnds(text) })) }
}

function editsOf(text: string, hunks: readonly PatchHunk[], places: readonly number[]): TextEdit[] {
  return hunks.flatMap((hunk, index) => hunkEdits(text, hunk, places[index] ?? 0))
}

/** @param start of the hunk's first line in the text */
function hunkEdits(text: string, { lines }: PatchHunk, start: number): TextEdit[] {
  const edits: TextEdit[] = []
  let at = start
  let run: { start: number; added: string[] } | undefined
  const close = (): void => {
    if (run !== undefined) edits.push(trimmed({ start: run.start, end: at, text: joined(text, run, at) }, text))
    run = undefined
  }
  for (const line of lines) {
    if (line.kind === 'context') close()
    else run ??= { start: at, added: [] }
    if (line.kind === 'added') run?.added.push(line.text)
    else at = nextLine(text, at)
  }
  close()
  return edits
}

/** The added lines, ended so that a text without a newline at its end still has none. */
function joined(text: string, { start, added }: { start: number; added: readonly string[] }, end: number): string {
  if (end < text.length || text === '' || text.endsWith('\n')) return added.map((line) => `${line}\n`).join('')
  return start === text.length ? added.map((line) => `\n${line}`).join('') : added.join('\n')
}

function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end + 1
}

function which(hunks: readonly PatchHunk[], index: number): string {
  const line = `line ${hunks[index]?.at ?? 0} of the patch`
  return hunks.length === 1 ? `the hunk at ${line}` : `hunk ${index + 1} of ${hunks.length}, ${line}`
}

function explain(text: string, hunks: readonly PatchHunk[], misplaced: Misplaced): Failure {
  const { index, why } = misplaced
  const what = reason(text, hunks[index], index, misplaced)
  const code = why === 'several' || why === 'left' || why === 'nowhere' ? 'ambiguous' : 'not_matched'
  const name = which(hunks, index)
  return failed(code, `${name[0]?.toUpperCase()}${name.slice(1)}: ${what} Nothing was changed.`)
}

function reason(text: string, hunk: PatchHunk | undefined, index: number, { why, places }: Misplaced): string {
  const lines = lineList(text, places)
  const anchors = hunk?.anchors.map((anchor) => JSON.stringify(anchor)).join(' and after it ') ?? ''
  switch (why) {
    case 'anchor':
      return `the file has no line ${anchors}, which its @@ names. ${explainMiss(text, hunk?.anchors.at(-1) ?? '')}`
    case 'several':
      return `its lines fit in several places, at lines ${lines}. Give more lines around them, or @@ with a line before them.`
    case 'left':
      return `its lines are not in the block of ${anchors}, but at lines ${lines}. Give more lines around them.`
    case 'nowhere':
      return 'it only adds lines and does not say where. Give a line of the file around them, @@ with the line before them, or *** End of File.'
    case 'block':
      return missing(text, hunk, index, places)
  }
}

function missing(text: string, hunk: PatchHunk | undefined, index: number, places: readonly number[]): string {
  const [first] = places
  if (first === undefined) return `its lines are not in the file. ${explainMiss(text, oldText(hunk))}`
  const line = lineOf(text, first)
  if (hunk?.atEnd === true)
    return `its lines are at line ${line}, not at the end of the file. Leave *** End of File out.`
  const than = index > 0 ? 'the hunk before it' : 'the line of its @@'
  return `its lines are at line ${line}, before ${than}. Write the hunks in the order of the file.`
}

function oldText(hunk: PatchHunk | undefined): string {
  const lines = hunk?.lines.filter(({ kind }) => kind !== 'added') ?? []
  return lines.map(({ text }) => text).join('\n')
}
