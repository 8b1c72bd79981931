import { findNodeAtLocation, type Node, parse, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import type { ConfigValue } from './config.ts'

/** A place in a text: line and column count from 1. */
interface Place {
  line: number
  column: number
}

export type ParsedText =
  | { kind: 'parsed'; value: ConfigValue; root: Node | undefined }
  | ({ kind: 'broken'; what: string } & Place)

const options = { allowTrailingComma: true, allowEmptyContent: true }

/** JSON with comments and trailing commas. A text without any value is an empty object. */
export function parseText(text: string): ParsedText {
  const errors: ParseError[] = []
  const root = parseTree(text, errors, options)
  const [error] = errors
  if (error !== undefined) return { kind: 'broken', what: wordsOf(error), ...placeOf(text, error.offset) }
  if (root === undefined) return { kind: 'parsed', value: {}, root }
  if (root.type !== 'object') return { kind: 'broken', what: 'an object is expected', ...placeOf(text, root.offset) }
  const odd = oddKey(root)
  if (odd !== undefined) return { kind: 'broken', what: odd.what, ...placeOf(text, odd.node.offset) }
  return { kind: 'parsed', value: parse(text, [], options), root }
}

/** Where the value at `path` is, or the innermost one around it; `key`: where this key of it is. */
export function locate(text: string, root: Node | undefined, path: readonly (string | number)[], key?: string): Place {
  if (root === undefined) return { line: 1, column: 1 }
  for (let length = path.length; length >= 0; length--) {
    const node = findNodeAtLocation(root, path.slice(0, length))
    if (node === undefined) continue
    const property = node.children?.find(({ children }) => key !== undefined && children?.[0]?.value === key)
    return placeOf(text, (property ?? node).offset)
  }
  return placeOf(text, root.offset)
}

function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/)
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** A key that is there twice would hide one of its values; one named `__proto__` is no key of the object. */
function oddKey(node: Node): { node: Node; what: string } | undefined {
  const seen = new Set<unknown>()
  for (const child of node.children ?? []) {
    const [name, value] = node.type === 'object' ? (child.children ?? []) : [undefined, child]
    if (name !== undefined && (seen.has(name.value) || name.value === '__proto__')) {
      const why = name.value === '__proto__' ? 'is not allowed' : 'is there twice'
      return { node: name, what: `the key ${JSON.stringify(name.value)} ${why}` }
    }
    seen.add(name?.value)
    const odd = value && oddKey(value)
    if (odd !== undefined) return odd
  }
  return undefined
}

const words: Readonly<Record<string, string>> = {
  InvalidNumberFormat: 'this is no number',
  PropertyNameExpected: 'a key in double quotes is expected',
  ValueExpected: 'a value is expected',
  ColonExpected: 'a colon is expected',
  CommaExpected: 'a comma is expected',
  CloseBraceExpected: 'a closing brace is expected',
  CloseBracketExpected: 'a closing bracket is expected',
  EndOfFileExpected: 'the end of the file is expected',
  UnexpectedEndOfComment: 'this comment has no end',
  UnexpectedEndOfString: 'this text in quotes has no end',
  InvalidUnicode: 'this is no character',
  InvalidEscapeCharacter: 'this is not how a character is escaped',
  InvalidCharacter: 'this character must be escaped',
}

function wordsOf({ error }: ParseError): string {
  return words[printParseErrorCode(error)] ?? 'this is not JSON'
}
