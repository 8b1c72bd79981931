export interface Tail {
  /** The last lines, oldest first. */
  lines: string[]
  /** How many lines stand before them. */
  above: number
}

/** The last lines of an output, read from its end: a long output costs no more than a short one, but for the count. */
export function lastLines(text: string, most: number): Tail {
  const end = text.endsWith('\n') ? text.length - 1 : text.length
  if (end <= 0) return { lines: [], above: 0 }
  let start = end
  const lines: string[] = []
  while (lines.length < most && start >= 0) {
    const newline = start === 0 ? -1 : text.lastIndexOf('\n', start - 1)
    lines.unshift(text.slice(newline + 1, start))
    start = newline
  }
  return { lines, above: countLines(text, start) }
}

function countLines(text: string, end: number): number {
  if (end < 0) return 0
  let count = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count++
  return count
}
