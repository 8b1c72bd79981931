import { failed } from '../tools/tool.ts'
import type { Failure } from '../ports.ts'

/** The way to a value: keys of objects, and indexes of arrays as they are written. */
export type KeyPath = readonly string[]

/** So many parts may be joined in every way; a longer key has to be quoted. */
const MOST_PARTS = 7

interface Part {
  name: string
  quoted: boolean
}

/**
 * What a dotted key may mean. Names have dots too, as in `gpt-6.1.contextTokens`: each way to join neighbours is one
 * reading, the plain one first. A name in double quotes is one part. Empty where the key cannot be read.
 */
export function readings(key: string): KeyPath[] {
  const parts = partsOf(key)
  if (parts === undefined || parts.length > MOST_PARTS)
    return parts === undefined ? [] : [parts.map(({ name }) => name)]
  let all: string[][] = [[]]
  for (const [at, { name, quoted }] of parts.entries()) {
    const joins = !quoted && parts[at - 1]?.quoted === false
    const joined = joins ? all.map((path) => [...path.slice(0, -1), `${path.at(-1)}.${name}`]) : []
    all = [...all.map((path) => [...path, name]), ...joined]
  }
  return all.toSorted((a, b) => b.length - a.length)
}

function partsOf(key: string): Part[] | undefined {
  const parts: Part[] = []
  const part = /(?:"((?:[^"\\]|\\.)*)"|([^."]+))(\.|$)/y
  for (let end = 0; end < key.length || key.endsWith('.'); end = part.lastIndex) {
    part.lastIndex = end
    const found = part.exec(key)
    if (found === null) return undefined
    const [, quoted, plain = ''] = found
    parts.push({ name: quoted?.replaceAll(/\\(.)/g, '$1') ?? plain, quoted: quoted !== undefined })
  }
  return parts.length === 0 ? undefined : parts
}

/** The key as it would be written to mean exactly this. */
export function keyOf(path: KeyPath): string {
  return path.map((name) => (/^[^."\\]+$/.test(name) ? name : JSON.stringify(name))).join('.')
}

/** Undefined where there is no such value. */
export function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (inner, name) => (isHolder(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined),
    value,
  )
}

/** The same with another value there; without it where `fresh` is undefined. Objects on the way are made. A `Failure` where there is no room. */
export function withValue(value: unknown, path: KeyPath, fresh: unknown): unknown {
  const [name, ...rest] = path
  if (name === undefined) return fresh
  if (Array.isArray(value)) return withItem(value, name, rest, fresh)
  if (value !== undefined && !isHolder(value)) {
    return failed('invalid_value', `There is no ${keyOf(path)} in what is no object.`)
  }
  const inner = withValue(valueAt(value, [name]), rest, fresh)
  if (isFailure(inner)) return inner
  // Where it was, so that the order of the file stays.
  if (inner !== undefined) return { ...value, [name]: inner }
  const { [name]: _, ...others } = value ?? {}
  return others
}

function withItem(items: readonly unknown[], name: string, rest: KeyPath, fresh: unknown): unknown {
  const index = /^\d{1,6}$/.test(name) ? Number(name) : Number.NaN
  if (!(index <= items.length)) {
    return failed('invalid_value', `${name} is no place in a list of ${items.length}. The next one is ${items.length}.`)
  }
  const inner = withValue(items[index], rest, fresh)
  if (isFailure(inner)) return inner
  return inner === undefined ? items.toSpliced(index, 1) : items.toSpliced(index, 1, inner)
}

export function isHolder(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

export function isFailure(value: unknown): value is Failure {
  return isHolder(value) && value['kind'] === 'failed'
}
