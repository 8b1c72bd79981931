import { lineOf } from './lines.ts'
import { occurrences } from './occurrences.ts'

/** How models write a text other than it is: what makes it right again, and what to say of it. */
const slips: [right: (text: string) => string, what: string][] = [
  [withoutLineNumbers, 'has line numbers in it, which the file has not: leave them out'],
  [withoutSigns, 'has the + and - of a diff at the beginning of its lines, which the file has not: leave them out'],
  [withoutEscapes, 'has escapes written out (\\n, \\t, \\") where the file has the characters themselves'],
  [(text) => text.replaceAll('\\\\', '\\'), 'has each backslash twice, where the file has it once'],
  [(text) => text.replaceAll('\\', '\\\\'), 'has each backslash once, where the file has it twice'],
  [withoutEntities, 'has HTML entities (&lt; &amp; …) where the file has the characters themselves'],
  [withEntities, 'has characters where the file has HTML entities (&lt; &amp; …)'],
]

/** What is wrong with a text that is not in the file but would be if it were written rightly, as a sentence. */
export function explainSlip(text: string, wanted: string): string | undefined {
  for (const [right, what] of slips) {
    const so = right(wanted)
    if (so === wanted || so.trim() === '') continue
    const [first] = occurrences(text, so)
    if (first !== undefined) return `It ${what}. Write it as it is at line ${lineOf(text, first)}.`
  }
  return undefined
}

function withoutLineNumbers(text: string): string {
  const lines = text.split('\n').map((line) => (line === '' ? '' : /^\s*\d+(?:\t|[:|] ?)(.*)$/.exec(line)?.[1]))
  return lines.every((line) => line !== undefined) ? lines.join('\n') : text
}

function withoutSigns(text: string): string {
  const lines = text.split('\n')
  const isDiff = lines.some((line) => /^[+-]/.test(line)) && lines.every((line) => line === '' || /^[-+ ]/.test(line))
  if (!isDiff) return text
  return lines
    .filter((line) => !line.startsWith('+'))
    .map((line) => line.slice(1))
    .join('\n')
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '', t: '\t', '"': '"', "'": "'", '`': '`', '/': '/' }

function withoutEscapes(text: string): string {
  return text.replaceAll(/\\([nrt"'`/])/g, (_, letter: string) => escapes[letter] ?? letter)
}

const entities: [character: string, entity: RegExp, written: string][] = [
  ['<', /&(?:lt|#60|#x3c);/gi, '&lt;'],
  ['>', /&(?:gt|#62|#x3e);/gi, '&gt;'],
  ['"', /&(?:quot|#34|#x22);/gi, '&quot;'],
  ["'", /&(?:apos|#0?39|#x27);/gi, '&#39;'],
]

function withoutEntities(text: string): string {
  const so = entities.reduce((words, [character, entity]) => words.replaceAll(entity, character), text)
  return so.replaceAll(/&(?:amp|#38|#x26);/gi, '&')
}

function withEntities(text: string): string {
  const so = text.replaceAll('&', '&amp;')
  return entities.slice(0, 2).reduce((words, [character, , written]) => words.replaceAll(character, written), so)
}
