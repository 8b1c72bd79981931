import type { Failure } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import { normalise } from './textEdits.ts'

export interface PatchLine {
  kind: 'context' | 'removed' | 'added'
  text: string
}

/** A change of neighbouring lines. */
export interface PatchHunk {
  /** Its first line in the patch, from 1. */
  at: number
  /** Lines of the file that stand before it, each after the one before. */
  anchors: readonly string[]
  lines: readonly PatchLine[]
  /** Whether its last line is the file's last. */
  atEnd: boolean
}

/** What a patch does to one file. Paths are as the patch has them. */
export type FilePatch =
  | { kind: 'add'; path: string; text: string }
  | { kind: 'delete'; path: string }
  | { kind: 'update'; path: string; moveTo?: string; hunks: readonly PatchHunk[] }

export interface Patch {
  kind: 'patch'
  files: readonly FilePatch[]
}

const BEGIN = '*** Begin Patch'
const END = '*** End Patch'
const END_OF_FILE = '*** End of File'
const MOVE = '*** Move to:'
const header = /^\*\*\* (Add|Update|Delete) File:(.*)$/

const HOW =
  'A patch is: *** Begin Patch, then for each file *** Add File: PATH with lines that begin with +, *** Delete File: PATH, or *** Update File: PATH (and *** Move to: PATH) with hunks of @@ and lines that begin with a space, - or +, then *** End Patch.'

/** Reads a patch in the `*** Begin Patch` format. A code fence or a here-document around it does not matter. */
export function parsePatch(patch: string): Patch | Failure {
  const lines = normalise(patch).split('\n')
  const body = unwrapped(lines)
  return 'kind' in body ? body : new Parser(lines, body.from, body.to).parse()
}

/** The lines between the patch's first and last. */
function unwrapped(lines: readonly string[]): { from: number; to: number } | Failure {
  const begin = lines.findIndex((line) => line.trim() === BEGIN)
  if (begin === -1) return malformed(undefined, `It has no line ${BEGIN}${unifiedHint(lines)}.`)
  const end = lines.findLastIndex((line) => line.trim() === END)
  if (end < begin) return malformed(undefined, `It has no line ${END}: it may have been cut off.`)
  const around = [...lines.slice(0, begin), ...lines.slice(end + 1)]
  const other = around.find((line) => !isWrapper(line))
  if (other !== undefined) return malformed(undefined, `${JSON.stringify(other.slice(0, 80))} is outside of the patch.`)
  return { from: begin + 1, to: end }
}

/** A code fence, the command and the ends of a here-document, or nothing. */
function isWrapper(line: string): boolean {
  return /^\s*(?:|`{3,}\s*[\w-]*|~{3,}\s*[\w-]*|(?:apply_patch|cat|patch)?\s*<<-?\s*['"]?\w+['"]?|[A-Z_]{2,}|apply_patch)\s*$/.test(
    line,
  )
}

function unifiedHint(lines: readonly string[]): string {
  return lines.some((line) => /^(?:diff --git |--- |\+\+\+ )/.test(line)) ? ': it is a unified diff' : ''
}

/** @param line from 0 */
function malformed(line: number | undefined, what: string): Failure {
  const where = line === undefined ? '' : ` Line ${line + 1} of it:`
  return failed('malformed_patch', `The patch cannot be read.${where} ${what} Nothing was changed. ${HOW}`)
}

class Parser {
  readonly #lines: readonly string[]
  readonly #end: number
  #at: number

  constructor(lines: readonly string[], from: number, end: number) {
    this.#lines = lines
    this.#at = from
    this.#end = end
  }

  parse(): Patch | Failure {
    const files: FilePatch[] = []
    for (this.#skipBlank(); this.#at < this.#end; this.#skipBlank()) {
      const file = this.#file()
      if (file.kind === 'failed') return file
      files.push(file)
    }
    return files.length === 0 ? malformed(undefined, 'It names no file.') : { kind: 'patch', files }
  }

  #file(): FilePatch | Failure {
    const at = this.#at
    const line = this.#lines[at] ?? ''
    const found = header.exec(line.trimEnd())
    if (found === null)
      return malformed(at, `${quote(line)} is no *** Add File:, *** Update File: or *** Delete File:.`)
    const path = found[2]?.trim() ?? ''
    if (path === '') return malformed(at, 'It names no path.')
    this.#at++
    if (found[1] === 'Add') return this.#added(path)
    if (found[1] === 'Update') return this.#updated(path, at)
    this.#skipBlank()
    const next = this.#lines[this.#at] ?? ''
    if (this.#at < this.#end && !header.test(next)) {
      return malformed(this.#at, `After *** Delete File: comes the next file, not ${quote(next)}.`)
    }
    return { kind: 'delete', path }
  }

  #added(path: string): FilePatch | Failure {
    const text: string[] = []
    for (; this.#at < this.#end; this.#at++) {
      const line = this.#lines[this.#at] ?? ''
      if (header.test(line)) break
      if (line !== '' && !line.startsWith('+')) {
        return malformed(this.#at, `Every line of a new file begins with +, unlike ${quote(line)}.`)
      }
      text.push(line.slice(1))
    }
    const blank = this.#blankBefore(this.#at)
    const lines = text.slice(0, text.length - blank)
    return { kind: 'add', path, text: lines.map((line) => `${line}\n`).join('') }
  }

  #updated(path: string, at: number): FilePatch | Failure {
    const moveTo = this.#moveTo()
    if (typeof moveTo === 'object') return moveTo
    const hunks: PatchHunk[] = []
    for (this.#skipBlank(); this.#at < this.#end && !this.#atHeader(); this.#skipBlank()) {
      const hunk = this.#hunk(hunks.length === 0)
      if ('kind' in hunk) return hunk
      hunks.push(hunk)
    }
    if (hunks.length === 0 && moveTo === undefined) return malformed(at, `It says nothing to change in ${path}.`)
    return { kind: 'update', path, ...(moveTo !== undefined && { moveTo }), hunks }
  }

  #moveTo(): string | undefined | Failure {
    const line = this.#lines[this.#at] ?? ''
    if (this.#at >= this.#end || !line.startsWith(MOVE)) return undefined
    const path = line.slice(MOVE.length).trim()
    if (path === '') return malformed(this.#at, 'It names no path.')
    this.#at++
    return path
  }

  #hunk(isFirst: boolean): PatchHunk | Failure {
    const at = this.#at
    const anchors = this.#anchors()
    if (this.#at === at && !isFirst) {
      return malformed(at, `A further hunk begins with @@, unlike ${quote(this.#lines[at] ?? '')}.`)
    }
    const lines = this.#hunkLines()
    if ('kind' in lines) return lines
    const atEnd = this.#at < this.#end && (this.#lines[this.#at] ?? '').trimEnd() === END_OF_FILE
    if (atEnd) this.#at++
    if (!lines.some(({ kind }) => kind !== 'context')) {
      return malformed(at, 'This hunk has no line that begins with - or +, so it changes nothing.')
    }
    return { at: at + 1, anchors, lines, atEnd }
  }

  /** `@@ line` once or several times; `@@` alone and the line numbers of a unified diff say nothing. */
  #anchors(): string[] {
    const anchors: string[] = []
    for (; this.#at < this.#end; this.#at++) {
      const line = this.#lines[this.#at] ?? ''
      if (!line.startsWith('@@')) return anchors
      if (/^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@/.test(line)) continue
      const anchor = line
        .slice(2)
        .replace(/\s@@\s*$/, '')
        .trim()
      if (anchor !== '' && anchor !== '@@') anchors.push(anchor)
    }
    return anchors
  }

  #hunkLines(): PatchLine[] | Failure {
    const lines: PatchLine[] = []
    for (; this.#at < this.#end; this.#at++) {
      const line = this.#lines[this.#at] ?? ''
      if (line.startsWith('@@') || line.startsWith('***')) break
      const kind = line === '' ? 'context' : signs[line[0] ?? '']
      if (kind === undefined) {
        const what = `A line of a hunk begins with a space, - or +, unlike ${quote(line)}.`
        return malformed(this.#at, what)
      }
      lines.push({ kind, text: line.slice(1) })
    }
    const next = this.#lines[this.#at] ?? ''
    if (this.#at < this.#end && next.startsWith('***') && !this.#atHeader() && next.trimEnd() !== END_OF_FILE) {
      return malformed(this.#at, `${quote(next)} has no meaning here. A line of the file begins with a space, - or +.`)
    }
    return lines.slice(0, lines.length - this.#blankBefore(this.#at))
  }

  #atHeader(): boolean {
    return header.test(this.#lines[this.#at] ?? '')
  }

  /** Empty lines before this one: they are between the parts of the patch, and not of the file. */
  #blankBefore(at: number): number {
    let count = 0
    while (this.#lines[at - 1 - count] === '') count++
    return count
  }

  #skipBlank(): void {
    while (this.#at < this.#end && (this.#lines[this.#at] ?? '').trim() === '') this.#at++
  }
}

const signs: Readonly<Record<string, PatchLine['kind']>> = { ' ': 'context', '-': 'removed', '+': 'added' }

function quote(line: string): string {
  return JSON.stringify(line.length <= 80 ? line : `${line.slice(0, 80)}…`)
}
