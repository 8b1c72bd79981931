import * as z from 'zod'
import { clip } from './clip.ts'
import { relativePath } from './glob.ts'

const LONGEST_TEXT = 300
/** What is shown before a match in a long line. */
const LEAD = 80

/** A matching line; `path` is inside the folder that was searched. */
export interface Match {
  path: string
  /** From 1; none for a line too long to be shown. */
  line: number | undefined
  text: string
}

const text = z.union([z.object({ text: z.string() }), z.object({ bytes: z.base64() })])
const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('begin'), data: z.object({ path: text }) }),
  z.object({
    type: z.literal('match'),
    data: z.object({
      path: text,
      lines: text,
      line_number: z.number(),
      submatches: z.array(z.object({ start: z.number() })),
    }),
  }),
  z.object({ type: z.enum(['end', 'context', 'summary']) }),
])

/**
 * One record of ripgrep's JSON output.
 *
 * @param current the file that the last `begin` named
 */
export function parseMatch(
  record: string | undefined,
  current: string,
): { kind: 'begin'; path: string } | ({ kind: 'match' } & Match) | undefined {
  if (record === undefined) return { kind: 'match', path: current, line: undefined, text: '(a very long line matches)' }
  if (record === '') return undefined
  const parsed = message.parse(JSON.parse(record))
  switch (parsed.type) {
    case 'begin':
      return { kind: 'begin', path: relativePathOf(parsed.data.path) }
    case 'match': {
      const { path, lines, line_number: line, submatches } = parsed.data
      return { kind: 'match', path: relativePathOf(path), line, text: around(decode(lines), submatches[0]?.start ?? 0) }
    }
    case 'end':
    case 'context':
    case 'summary':
      return undefined
  }
}

/** @param start of the match, in bytes */
function around(lines: string, start: number): string {
  const shown = lines.trimEnd()
  if (shown.length <= LONGEST_TEXT) return shown
  const before = Buffer.from(shown).subarray(0, start).toString().length
  const from = before + LEAD < LONGEST_TEXT ? 0 : before - LEAD
  return (from === 0 ? '' : '… ') + clip(shown.slice(from), LONGEST_TEXT)
}

function relativePathOf(path: z.infer<typeof text>): string {
  return relativePath(decode(path))
}

function decode(value: z.infer<typeof text>): string {
  return 'text' in value ? value.text : Buffer.from(value.bytes, 'base64').toString()
}
