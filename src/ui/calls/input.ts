/** A text in what a call was asked for. */
export function textOf(input: unknown, key: string): string | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  const value: unknown = new Map<string, unknown>(Object.entries(input)).get(key)
  return typeof value === 'string' ? value : undefined
}
