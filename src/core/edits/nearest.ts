import { explainSlip } from './slips.ts'

/** What the text has in place of something that it was said to have, as a sentence for the model. */
export function explainMiss(text: string, wanted: string): string {
  const slip = explainSlip(text, wanted)
  if (slip !== undefined) return slip
  const lines = text.split('\n')
  const parts = wanted.replace(/^\n+|\n+$/g, '').split('\n')
  for (const [same, what] of resemblances) {
    const at = findBlock(lines, parts, same)
    if (at !== undefined) return `Line ${at + 1} differs only in ${what}: ${quote(lines.slice(at, at + parts.length))}.`
  }
  const near = mostAlike(lines, parts.find((part) => part.trim() !== '') ?? '')
  return near === undefined
    ? 'Nothing in the file is like it.'
    : `The nearest line is ${near + 1}: ${quote([lines[near] ?? ''])}.`
}

const resemblances: [(text: string) => string, string][] = [
  [(text) => text.trim(), 'the white space at its beginning or end'],
  [(text) => text.replaceAll(/\s+/g, ''), 'white space'],
  [(text) => text.toLowerCase(), 'upper and lower case'],
  [(text) => text.replaceAll(/\s+/g, '').toLowerCase(), 'white space and upper and lower case'],
  [plain, 'its quotes, dashes or other characters that look alike'],
]

const MOST_LINES = 20_000
const LONGEST = 200

/** First line of the block that equals `parts` where only what `same` keeps counts. The ends may be parts of lines. */
function findBlock(lines: readonly string[], parts: readonly string[], same: (text: string) => string) {
  const wanted = parts.map(same)
  const folded = lines.slice(0, MOST_LINES).map(same)
  const at = folded.findIndex((_, start) =>
    wanted.every((part, index) => {
      const line = folded[start + index]
      if (line === undefined) return false
      if (wanted.length === 1) return part !== '' && line.includes(part)
      if (index === 0) return line.endsWith(part)
      return index === wanted.length - 1 ? line.startsWith(part) : line === part
    }),
  )
  return at === -1 ? undefined : at
}

function mostAlike(lines: readonly string[], wanted: string): number | undefined {
  const pairs = pairsOf(wanted)
  let best: number | undefined
  let bestScore = 0.3
  for (const [index, line] of lines.slice(0, MOST_LINES).entries()) {
    const others = pairsOf(line.slice(0, 1_000))
    const score = (2 * pairs.intersection(others).size) / Math.max(1, pairs.size + others.size)
    if (score <= bestScore) continue
    best = index
    bestScore = score
  }
  return best
}

function pairsOf(text: string): Set<string> {
  const letters = text.toLowerCase().replaceAll(/\s+/g, ' ').trim()
  return new Set(Array.from({ length: Math.max(0, letters.length - 1) }, (_, at) => letters.slice(at, at + 2)))
}

function plain(text: string): string {
  const same = text
    .normalize('NFKC')
    .replaceAll(/[‘’]/g, "'")
    .replaceAll(/[“”]/g, '"')
    .replaceAll(/[‐-―−]/g, '-')
  return same.replaceAll(/\s+/g, ' ').trim()
}

function quote(lines: readonly string[]): string {
  const text = lines.join('\n')
  return JSON.stringify(text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`)
}
