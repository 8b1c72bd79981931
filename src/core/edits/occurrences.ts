import { lineOf } from './lines.ts'

/** Offsets of the places, none inside another, where `part` is in the text. */
export function occurrences(text: string, part: string): number[] {
  const found: number[] = []
  if (part === '') return found
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) found.push(at)
  return found
}

/** The same, those inside one another too: `aba` is twice in `ababa`. */
export function everywhere(text: string, part: string): number[] {
  const found: number[] = []
  if (part === '') return found
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) found.push(at)
  return found
}

/** The numbers of the lines that hold the offsets, in words: `3, 8 and 12`; the first few of many. */
export function lineList(text: string, offsets: readonly number[]): string {
  const lines = offsets.slice(0, 8).map((offset) => String(lineOf(text, offset)))
  if (offsets.length > lines.length) return `${lines.join(', ')} …`
  return lines.length < 2 ? lines.join('') : `${lines.slice(0, -1).join(', ')} and ${lines.at(-1)}`
}
