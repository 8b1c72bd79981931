import type { CallState } from '../../protocol/state.ts'

/** As many completed neighbours of one tool fold into one line. */
const LEAST = 4

export type Group = { kind: 'call'; id: string } | { kind: 'fold'; calls: CallState[] }

/** @param stands whether a row must not fold: it is open, or holds the focus */
export function groups(calls: readonly CallState[], stands: (callId: string) => boolean): Group[] {
  const out: Group[] = []
  const folds = (call: CallState | undefined): boolean =>
    call !== undefined && call.status === 'completed' && (call.exitCode ?? 0) === 0 && !stands(call.id)
  for (let i = 0; i < calls.length;) {
    let end = i
    while (folds(calls[end]) && calls[end]?.name === calls[i]?.name) end++
    if (end - i >= LEAST) out.push({ kind: 'fold', calls: calls.slice(i, end) })
    else out.push(...calls.slice(i, Math.max(end, i + 1)).map(({ id }) => ({ kind: 'call', id }) as const))
    i = Math.max(end, i + 1)
  }
  return out
}

/** What the folded calls gave in all, if their facts are counts of one thing: `17 matches`. */
export function sumOfFacts(calls: readonly CallState[]): string {
  let total = 0
  let unit: string | undefined
  for (const { fact = '' } of calls) {
    const [, count, thing = ''] = /^(\d+) (\p{L}+)$/u.exec(fact) ?? []
    const many = thing.endsWith('es') && /(?:ch|s|x)es$/.test(thing) ? thing.slice(0, -2) : thing.replace(/s$/, '')
    if (count === undefined || (unit !== undefined && unit !== many)) return ''
    unit = many
    total += Number(count)
  }
  if (unit === undefined) return ''
  const ending = total === 1 ? '' : /(?:ch|s|x)$/.test(unit) ? 'es' : 's'
  return `${total} ${unit}${ending}`
}
