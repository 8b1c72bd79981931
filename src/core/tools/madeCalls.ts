import { count } from './clip.ts'
import type { ChildCall } from './tool.ts'

/** So many calls are named; the rest is counted. */
const MOST_NAMED = 30

/** A script's calls in words: how many, and each that did not complete; for one that was stopped, each. */
export function madeCalls(made: readonly ChildCall[], which: 'failed' | 'all'): string[] {
  if (made.length === 0) return ['It made no calls.']
  const failed = made.filter(({ status }) => status !== 'completed')
  const sum = `It made ${count(made.length, 'call')}`
  const named = which === 'all' ? made : failed
  if (named.length === 0) return [`${sum}; all completed.`]
  const lines = named.slice(0, MOST_NAMED).map(lineOf)
  const more = named.length > MOST_NAMED ? [`- … and ${named.length - MOST_NAMED} more`] : []
  return [`${sum}; ${failed.length} did not complete:`, ...lines, ...more]
}

/** The card's words: `26 calls, 1 failed`. */
export function factOf(made: readonly ChildCall[]): string {
  const failed = made.filter(({ status }) => status !== 'completed').length
  const sum = count(made.length, 'call')
  return failed === 0 ? sum : `${sum}, ${failed} failed`
}

function lineOf({ name, summary, status, reason, fact }: ChildCall): string {
  const detail = [reason, fact].filter(Boolean).join(', ')
  return `- ${`${name} ${summary}`.trim()}: ${status ?? 'open'}${detail === '' ? '' : ` (${detail})`}`
}
