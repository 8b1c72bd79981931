import { createScanner, findNodeAtLocation, type Node, parseTree } from 'jsonc-parser'
import { isDeepStrictEqual } from 'node:util'
import type { ConfigValue } from './config.ts'

type Path = readonly (string | number)[]
type Json = Readonly<Record<string, unknown>>

/** One value that differs. An item of an array is put in before the one that has its index. */
type Step = { kind: 'set' | 'insert'; path: Path; value: unknown } | { kind: 'remove'; path: Path }

/**
 * The text with `after` in place of `before`, which it holds. Nothing but the values that differ is touched: every
 * comment stays, and so do the order and the form of all else.
 */
export function rewritten(text: string, before: ConfigValue, after: ConfigValue): string {
  const style = styleOf(text)
  let now = text
  if (parsed(text) === undefined) {
    const start = text === '' || text.endsWith('\n') ? text : `${text}${style.eol}`
    return `${start}${written(after, '', style)}${style.eol}`
  }
  for (const step of differences(before, after, [])) now = applied(now, step, style)
  return now
}

function differences(before: unknown, after: unknown, path: Path): Step[] {
  if (isDeepStrictEqual(before, after)) return []
  if (isObject(before) && isObject(after)) return keysOf(before, after, path)
  if (Array.isArray(before) && Array.isArray(after)) return itemsOf(before, after, path)
  return [{ kind: 'set', path, value: after }]
}

function keysOf(before: Json, after: Json, path: Path): Step[] {
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key) || after[key] === undefined)
  const steps = Object.entries(after).flatMap(([key, value]): Step[] => {
    if (value === undefined) return []
    const at = [...path, key]
    return Object.hasOwn(before, key) ? differences(before[key], value, at) : [{ kind: 'insert', path: at, value }]
  })
  return [...steps, ...gone.map((key): Step => ({ kind: 'remove', path: [...path, key] }))]
}

/** What is the same at both ends stays; of what lies between, item by item. */
function itemsOf(before: readonly unknown[], after: readonly unknown[], path: Path): Step[] {
  const least = Math.min(before.length, after.length)
  let head = 0
  while (head < least && isDeepStrictEqual(before[head], after[head])) head++
  let tail = 0
  while (tail < least - head && isDeepStrictEqual(before.at(-1 - tail), after.at(-1 - tail))) tail++
  const [old, fresh] = [before.slice(head, before.length - tail), after.slice(head, after.length - tail)]
  const both = Math.min(old.length, fresh.length)
  const changed = fresh.slice(0, both).flatMap((item, at) => differences(old[at], item, [...path, head + at]))
  const added = fresh
    .slice(both)
    .map((value, at): Step => ({ kind: 'insert', path: [...path, head + both + at], value }))
  const gone = old.slice(both).map((): Step => ({ kind: 'remove', path: [...path, head + both] }))
  return [...changed, ...added, ...gone]
}

interface Style {
  eol: string
  indent: string
}

/** As the text has it: its line ends, and the first indentation that there is. */
function styleOf(text: string): Style {
  return { eol: text.includes('\r\n') ? '\r\n' : '\n', indent: /^([ \t]+)["[{]/m.exec(text)?.[1] ?? '  ' }
}

function applied(text: string, step: Step, style: Style): string {
  const root = parsed(text)
  const parent = root && findNodeAtLocation(root, step.path.slice(0, -1))
  const node = root && findNodeAtLocation(root, [...step.path])
  if (step.kind === 'remove') return node === undefined ? text : without(text, propertyOf(node))
  if (step.kind === 'set' && node !== undefined) {
    return spliced(
      text,
      node.offset,
      node.offset + node.length,
      written(step.value, lineIndent(text, node.offset), style),
    )
  }
  if (parent === undefined) throw new Error('There is nothing that the value could be put into.')
  const key = step.path.at(-1)
  const index = typeof key === 'number' ? key : (parent.children?.length ?? 0)
  const name = typeof key === 'number' ? '' : `${JSON.stringify(key)}: `
  return inserted(text, parent, index, (indent) => name + written(step.value, indent, style), style)
}

/** A new child before the one at `index`, on a line of its own where the others have some. */
function inserted(text: string, parent: Node, index: number, child: (indent: string) => string, style: Style): string {
  const outer = lineIndent(text, parent.offset)
  const [open, close] = [parent.offset + 1, parent.offset + parent.length - 1]
  const children = parent.children ?? []
  const [previous, next] = [children[index - 1], children[index]]
  const lines = text.slice(open, close).includes('\n')
  const indent = childIndent(text, children) ?? outer + style.indent
  const line = `${style.eol}${indent}`
  if (previous !== undefined) {
    const end = previous.offset + previous.length
    const { comma, lineEnd } = after(text, end)
    const body = lines ? `${line}${child(indent)}` : ` ${child(outer)}`
    const at = lines ? lineEnd : (comma ?? end)
    const withBody = spliced(text, at, at, comma === undefined ? body : `${body},`)
    return comma === undefined ? spliced(withBody, end, end, ',') : withBody
  }
  if (next !== undefined) {
    return spliced(text, next.offset, next.offset, lines ? `${child(indent)},${line}` : `${child(outer)}, `)
  }
  const comments = text.slice(open, close).trimEnd()
  return spliced(text, open, close, `${comments}${line}${child(indent)}${style.eol}${outer}`)
}

/** Takes a child out with its comma, and with its line when nothing else is on it. Comments stay. */
function without(text: string, child: Node): string {
  const siblings = child.parent?.children ?? []
  const previous = siblings[siblings.indexOf(child) - 1]
  const end = child.offset + child.length
  const { comma } = after(text, end)
  if (comma !== undefined) {
    if (onlySpace(text, end, comma - 1)) return cut(text, child.offset, comma)
    return cut(cut(text, comma - 1, comma), child.offset, end)
  }
  const before = previous && after(text, previous.offset + previous.length).comma
  const rest = cut(text, child.offset, end)
  return before === undefined ? rest : spliced(rest, before - 1, before, '')
}

/** Removes a range, and the line around it when that is left empty. */
function cut(text: string, start: number, end: number): string {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const found = text.indexOf('\n', end)
  if (found !== -1 && onlySpace(text, lineStart, start) && onlySpace(text, end, found)) {
    return spliced(text, lineStart, found + 1, '')
  }
  const space = /^[ \t]*/.exec(text.slice(end))?.[0].length ?? 0
  return spliced(text, start, end + space, '')
}

/** What follows a value: the end of its comma, if it has one, and that of the comments behind it on the same line. */
function after(text: string, end: number): { comma: number | undefined; lineEnd: number } {
  const scanner = createScanner(text, false)
  scanner.setPosition(end)
  const found: ReturnType<typeof after> = { comma: undefined, lineEnd: end }
  let sameLine = true
  for (scanner.scan(); scanner.getTokenLength() > 0; scanner.scan()) {
    const token = text.slice(scanner.getTokenOffset(), scanner.getPosition())
    if (token === ',' && found.comma === undefined) found.comma = found.lineEnd = scanner.getPosition()
    else if (token.startsWith('/') && sameLine) found.lineEnd = scanner.getPosition()
    else if (!/^[\s/]/.test(token)) break
    if (token.includes('\n')) sameLine = false
    if (!sameLine && found.comma !== undefined) break
  }
  return found
}

/** A value as it is written in a line that is indented so. */
function written(value: unknown, indent: string, { eol, indent: step }: Style): string {
  return JSON.stringify(value, undefined, step).replaceAll('\n', `${eol}${indent}`)
}

/** The indentation of the first child that begins its line. */
function childIndent(text: string, children: readonly Node[]): string | undefined {
  const own = children.find(({ offset }) => onlySpace(text, text.lastIndexOf('\n', offset - 1) + 1, offset))
  return own && lineIndent(text, own.offset)
}

function lineIndent(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1))?.[0] ?? ''
}

function onlySpace(text: string, start: number, end: number): boolean {
  return text.slice(start, end).trim() === ''
}

function propertyOf(node: Node): Node {
  return node.parent?.type === 'property' ? node.parent : node
}

function spliced(text: string, start: number, end: number, replacement: string): string {
  return `${text.slice(0, start)}${replacement}${text.slice(end)}`
}

function parsed(text: string): Node | undefined {
  return parseTree(text, [], { allowTrailingComma: true, allowEmptyContent: true })
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
