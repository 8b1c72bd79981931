/**
 * Why a value would not arrive as it is: JSON leaves out or changes what it cannot say. Undefined when it would.
 * Properties that are undefined count as left out on purpose.
 */
export function notJson(value: unknown): string | undefined {
  return problem(value, 'the input', [])
}

function problem(value: unknown, at: string, above: readonly object[]): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return undefined
    case 'number':
      return Number.isFinite(value) ? undefined : `${at} is ${value}`
    case 'bigint':
    case 'function':
    case 'symbol':
      return `${at} is a ${typeof value}`
    case 'object':
      return value === null ? undefined : objectProblem(value, at, above)
  }
}

/** Values of another realm are judged by their tags: scripts may run in a context of their own. */
function objectProblem(value: object, at: string, above: readonly object[]): string | undefined {
  if (above.includes(value)) return `${at} contains itself`
  if ('toJSON' in value && typeof value.toJSON === 'function') return undefined
  const inside = [...above, value]
  if (Array.isArray(value)) return firstOf(value.entries(), (key, one) => element(one, `${at}[${key}]`, inside))
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  if (tag === 'Promise') return `${at} is a promise: await it first`
  if (tag !== 'Object') return `${at} is a ${tag}`
  return firstOf(Object.entries(value), (key, one) => problem(one, above.length === 0 ? key : `${at}.${key}`, inside))
}

function element(value: unknown, at: string, above: readonly object[]): string | undefined {
  return value === undefined ? `${at} is undefined` : problem(value, at, above)
}

function firstOf<K>(
  entries: Iterable<[K, unknown]>,
  judge: (key: K, value: unknown) => string | undefined,
): string | undefined {
  for (const [key, value] of entries) {
    const found = judge(key, value)
    if (found !== undefined) return found
  }
  return undefined
}
