import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Analyse, analysis } from '../../../../../src/core/approvals/shell/analyse.ts'
import { openParser } from '../../../../../src/core/approvals/shell/parser.ts'

/** The analysis with the grammar of the package, as it is shipped. */
export async function openAnalysis(): Promise<Analyse> {
  const folder = (name: string): string => dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)))
  const engine = fileURLToPath(import.meta.resolve('web-tree-sitter/web-tree-sitter.wasm'))
  return analysis(await openParser(engine, join(folder('tree-sitter-bash'), 'tree-sitter-bash.wasm')))
}
