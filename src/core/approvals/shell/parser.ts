import { Language, Parser, type TreeCursor } from 'web-tree-sitter'
import type { Parse, SyntaxNode } from './syntax.ts'

/** What a command of 10 KB takes a hundredth of; one that is made to take long is not understood. */
const LONGEST_MS = 250
/** Nobody nests commands so deep. */
const DEEPEST = 200

/**
 * Bash's grammar.
 *
 * @param engine the path of `web-tree-sitter.wasm`
 * @param grammar the path of `tree-sitter-bash.wasm`
 */
export async function openParser(engine: string, grammar: string): Promise<Parse> {
  await Parser.init({ locateFile: () => engine })
  const parser = new Parser().setLanguage(await Language.load(grammar))
  return (text) => {
    const until = performance.now() + LONGEST_MS
    const tree = parser.parse(text, null, { progressCallback: () => performance.now() > until })
    if (tree === null) {
      parser.reset()
      return undefined
    }
    const cursor = tree.walk()
    const root = nodeAt(cursor)
    cursor.delete()
    tree.delete()
    return root
  }
}

function nodeAt(cursor: TreeCursor, depth = 0): SyntaxNode {
  const { nodeType, startIndex: start, endIndex: end } = cursor
  const type = start === end && cursor.nodeIsMissing ? 'MISSING' : nodeType
  if (depth > DEEPEST) return { type: 'ERROR', start, end, children: [] }
  const children: SyntaxNode[] = []
  if (cursor.gotoFirstChild()) {
    do children.push(nodeAt(cursor, depth + 1))
    while (cursor.gotoNextSibling())
    cursor.gotoParent()
  }
  return { type, start, end, children }
}
