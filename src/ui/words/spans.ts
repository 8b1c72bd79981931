/** A narrow no-break space between a number and its unit. */
const NB = '\u202f'

/** A length of time: whole seconds while it goes on, tenths after, `1:12` from a minute. */
export function span(ms: number, live = false): string {
  const time = Math.max(0, ms)
  if (time >= 59_950) return minutes(live ? time : Math.max(time, 60_000))
  return live ? `${Math.floor(time / 1000)}${NB}s` : `${(time / 1000).toFixed(1)}${NB}s`
}

function minutes(ms: number): string {
  if (ms < 60_000) return `59${NB}s`
  return `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`
}

/** The length of a whole turn: tenths only under ten seconds. */
export function turnSpan(ms: number): string {
  return span(ms, ms >= 10_000)
}

/** A tick of the ruler. */
export function tickLabel(ms: number): string {
  return ms >= 60_000 ? minutes(ms) : `${+(ms / 1000).toFixed(1)}${NB}s`
}

export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

export function ordinal(n: number): string {
  const tail = n % 100
  if (tail >= 11 && tail <= 13) return `${n}th`
  return `${n}${{ 1: 'st', 2: 'nd', 3: 'rd' }[n % 10] ?? 'th'}`
}

/** `940`, `41.3k`, `1.2M`. */
export function amount(n: number): string {
  if (n < 1000) return String(n)
  return n < 999_950 ? `${(n / 1000).toFixed(1)}k` : `${(n / 1_000_000).toFixed(1)}M`
}

export function dollars(usd: number): string {
  return usd > 0 && usd < 0.01 ? '<$0.01' : `$${usd.toFixed(2)}`
}
