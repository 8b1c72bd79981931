/** For what endpoints send: they differ in what they leave out. */

export function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}

/** Any object may be looked into by name; what is found there is checked where it is used. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** A text that is not empty. */
export function word(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
