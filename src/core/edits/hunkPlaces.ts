import type { PatchHunk } from './patchParse.ts'

/** What a hunk looks for. Blocks of lines begin and end with a line break. */
export interface Wanted {
  anchors: readonly string[]
  /** The lines that it says are there; `\n` alone where there are none. */
  block: string
  /** How far its last change reaches into the block, in UTF-16 units. */
  reach: number
  atEnd: boolean
}

/** Why a hunk has no place, or more than one. */
export interface Misplaced {
  kind: 'misplaced'
  /** Which hunk, from 0. */
  index: number
  why: 'anchor' | 'block' | 'several' | 'nowhere' | 'left'
  /** Where it could be: offsets. */
  places: readonly number[]
}

export function wantedBy({ anchors, lines, atEnd }: PatchHunk): Wanted {
  let block = '\n'
  let reach = 0
  for (const { kind, text } of lines) {
    if (kind !== 'added') block += `${text}\n`
    if (kind !== 'context') reach = block.length - 1
  }
  return { anchors, block, reach, atEnd }
}

/**
 * The one place of each hunk in a text, in order: offsets of line beginnings. It is the only way to lay them all out,
 * each behind the changes of the one before; a hunk with anchors lies at the first place after them. Takes time in
 * proportion to the text, not to the text and the hunks.
 */
export function placeHunks(text: string, hunks: readonly Wanted[]): number[] | Misplaced {
  const field = new Field(text)
  const first: number[] = []
  let from = 0
  for (const [index, hunk] of hunks.entries()) {
    const place = field.earliest(hunk, from)
    if (typeof place === 'string') return { kind: 'misplaced', index, why: place, places: field.anywhere(hunk) }
    first.push(place)
    from = place + hunk.reach
  }
  let limit = text.length + 1
  for (let index = hunks.length - 1; index >= 0; index--) {
    const [hunk, place, before] = [hunks[index], first[index] ?? 0, hunks[index - 1]]
    if (hunk === undefined) continue
    const start = before === undefined ? 0 : (first[index - 1] ?? 0) + before.reach
    const last = field.latest(hunk, start, limit)
    if (last > place) return { kind: 'misplaced', index, why: 'several', places: [place, last] }
    if (field.leavesBlock(hunk, place, start)) {
      return { kind: 'misplaced', index, why: 'left', places: field.anywhere(hunk) }
    }
    limit = place
  }
  return first
}

/** A text in which lines are looked for. */
class Field {
  /** With a line break before the first line and after the last: an offset here is that of the line behind it. */
  readonly #padded: string
  readonly #end: number

  constructor(text: string) {
    this.#padded = text === '' || text.endsWith('\n') ? `\n${text}` : `\n${text}\n`
    this.#end = text.length
  }

  /** The first place at `from` or behind it. */
  earliest(hunk: Wanted, from: number): number | 'anchor' | 'block' | 'nowhere' {
    if (hunk.anchors.length === 0) {
      if (hunk.atEnd) return this.#atEnd(hunk, from) ?? 'block'
      if (hunk.block === '\n') return this.#end === 0 ? 0 : 'nowhere'
      return this.#find(hunk, from) ?? 'block'
    }
    // Hunks in one block may all name its first line, which then stands before the changes of the one before.
    const chain = this.#chain(hunk.anchors, from) ?? this.#chain(hunk.anchors, 0)
    if (chain === undefined) return 'anchor'
    return this.#after(hunk, Math.max(chain.end, from)) ?? 'block'
  }

  /** The last place at `from` or behind it whose changes end before `limit`. */
  latest(hunk: Wanted, from: number, limit: number): number {
    if (hunk.anchors.length === 0) {
      if (hunk.atEnd || hunk.block === '\n') return -1
      return this.#padded.lastIndexOf(hunk.block, limit - hunk.reach)
    }
    let last = -1
    for (let chain = this.#chain(hunk.anchors, from); chain !== undefined;) {
      const place = this.#after(hunk, chain.end)
      if (place === undefined || place + hunk.reach > limit) return last
      last = place
      chain = this.#chain(hunk.anchors, this.#padded.indexOf('\n', chain.start + 1))
    }
    return last
  }

  /** The first few places in the whole text. */
  anywhere({ block }: Wanted): number[] {
    const found: number[] = []
    if (block === '\n') return found
    for (let at = this.#padded.indexOf(block); at !== -1 && found.length < 9; at = this.#padded.indexOf(block, at + 1))
      found.push(at)
    return found
  }

  /**
   * Whether the place is one of several, and not in the block that the anchor begins: a line between them is further
   * out, or begins another such block.
   */
  leavesBlock(hunk: Wanted, place: number, from: number): boolean {
    if (hunk.anchors.length === 0) return false
    const chain = this.#chain(hunk.anchors, from) ?? this.#chain(hunk.anchors, 0)
    if (chain === undefined) return false
    const anchor = this.#padded.slice(chain.last + 1, chain.end)
    const [indent, word] = outline(anchor)
    const between = this.#padded.slice(chain.end + 1, Math.max(chain.end, place) + 1).split('\n')
    const left = between.some((line) => {
      const [depth, start] = outline(line)
      return line.trim() !== '' && (depth < indent || (depth === indent && start !== '' && start === word))
    })
    return left && this.anywhere(hunk).length > 1
  }

  #after(hunk: Wanted, from: number): number | undefined {
    if (hunk.atEnd) return this.#atEnd(hunk, from)
    return hunk.block === '\n' ? from : this.#find(hunk, from)
  }

  #find({ block }: Wanted, from: number): number | undefined {
    const at = this.#padded.indexOf(block, from)
    return at === -1 ? undefined : at
  }

  #atEnd({ block }: Wanted, from: number): number | undefined {
    if (block === '\n') return this.#end
    const at = this.#padded.length - block.length
    return at >= from && this.#padded.endsWith(block) ? at : undefined
  }

  /** The first lines at `from` or behind that are the anchors, one after another. `end` is where the next line begins. */
  #chain(anchors: readonly string[], from: number): { start: number; last: number; end: number } | undefined {
    let start: number | undefined
    let [last, end] = [from, from]
    for (const anchor of anchors) {
      const line = this.#line(anchor, end)
      if (line === undefined) return undefined
      start ??= line
      last = line
      end = this.#padded.indexOf('\n', line + 1)
    }
    return { start: start ?? from, last, end }
  }

  /** The first line at `from` or behind that is `anchor` but for its indentation, else the only one that begins so. */
  #line(anchor: string, from: number): number | undefined {
    for (const { start, line } of this.#linesWith(anchor, from)) if (line === anchor) return start
    const begun = this.#linesWith(anchor, 0).filter(({ line }) => line.startsWith(anchor))
    const [only, other] = begun.take(2)
    return only !== undefined && other === undefined && only.start >= from ? only.start : undefined
  }

  *#linesWith(part: string, from: number): Generator<{ start: number; line: string }, undefined> {
    for (let at = this.#padded.indexOf(part, from + 1); at !== -1; at = this.#padded.indexOf(part, at + 1)) {
      const start = this.#padded.lastIndexOf('\n', at)
      yield { start, line: this.#padded.slice(start + 1, this.#padded.indexOf('\n', at)).trim() }
    }
    return undefined
  }
}

/** How far a line is indented, and its first word. */
function outline(line: string): [indent: number, word: string] {
  const text = line.trimStart()
  return [line.length - text.length, /^[\w$]+/.exec(text)?.[0] ?? '']
}
