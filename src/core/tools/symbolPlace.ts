import { lineList } from '../edits/occurrences.ts'
import { lineOf, lineStart } from '../edits/lines.ts'
import type { CodeEdits, CodePlace, Failure, FileTarget, TextEdit } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { ToolPorts } from './ports.ts'
import { failed } from './tool.ts'

export type SymbolPorts = Pick<ToolPorts, 'documents' | 'workspace' | 'versions' | 'languages' | 'news'>

/** A name where it is used. */
export interface SymbolUse {
  target: FileTarget
  symbol: string
  line: number | undefined
}

/** Where the symbol stands now. */
export async function positionOf(
  { target, symbol, line }: SymbolUse,
  { documents }: Pick<SymbolPorts, 'documents'>,
  token: CancellationToken,
): Promise<CodePlace | Failure> {
  const document = await documents.read(target, token)
  if (document.kind === 'failed') return document
  const place = placeOf(document.text, symbol, line, target.display)
  return 'kind' in place ? place : { target, ...place }
}

/** Where a name stands in a text, as a word of its own: at the line, or the first place. Models count columns badly. */
export function placeOf(
  text: string,
  symbol: string,
  line: number | undefined,
  name: string,
): Pick<CodePlace, 'line' | 'column'> | Failure {
  const found = wordsIn(text, symbol)
  const places = found.map((offset) => ({ line: lineOf(text, offset), column: offset - lineStart(text, offset) + 1 }))
  const at = line === undefined ? places[0] : places.find((place) => place.line === line)
  if (at !== undefined) return at
  if (found.length === 0) {
    return failed('not_found', `${symbol} is not in ${name} as a word of its own. Look for it with search_files.`)
  }
  return failed('not_found', `${symbol} is not at line ${line} of ${name}, but at lines ${lineList(text, found)}.`)
}

function wordsIn(text: string, symbol: string): number[] {
  const found: number[] = []
  for (let at = text.indexOf(symbol); at !== -1; at = text.indexOf(symbol, at + 1)) {
    const isWord = !isPart(text[at - 1], symbol[0]) && !isPart(text[at + symbol.length], symbol.at(-1))
    if (isWord) found.push(at)
  }
  return found
}

function isPart(outside: string | undefined, inside: string | undefined): boolean {
  const letter = /[\p{L}\p{N}_$]/u
  return outside !== undefined && letter.test(outside) && letter.test(inside ?? '')
}

/** The edits in coordinates of a text; undefined when they are not of this text, in which the name must stand there. */
export function offsetsOf(text: string, { edits }: CodeEdits, symbol: string): TextEdit[] | undefined {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  const offset = ({ line, column }: Omit<CodePlace, 'target'>): number =>
    Math.min((starts[line - 1] ?? Infinity) + column - 1, (starts[line] ?? text.length + 1) - 1)
  const found = edits.map(({ start, end, text: wanted }) => ({ start: offset(start), end: offset(end), text: wanted }))
  const fits = found.every(({ start, end }) => {
    const there = text.slice(start, end)
    return there !== '' && (there.includes(symbol) || symbol.includes(there))
  })
  return fits ? found : undefined
}
