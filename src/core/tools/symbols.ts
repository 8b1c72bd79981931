import * as z from 'zod'
import { resolveFile } from '../approvals/paths.ts'
import { holdsSecret } from '../approvals/secret.ts'
import type { CodePlace, CodeSymbol, Failure } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { clip, count } from './clip.ts'
import { folderTargets } from './folders.ts'
import { planRename } from './rename.ts'
import { positionOf, type SymbolPorts, type SymbolUse } from './symbolPlace.ts'
import { failed, type Plan, type Tool, type ToolResult } from './tool.ts'

const MOST = 100
const LONGEST_LINE = 200

const input = z.strictObject({
  action: z.enum(['find', 'definition', 'references', 'rename']),
  query: z.string().min(1).optional().describe('For find: a name, or a part of one.'),
  path: z.string().optional().describe('For the others: a file in which the symbol is used.'),
  symbol: z.string().min(1).optional().describe('Its name as it is written there.'),
  line: z.int().min(1).optional().describe('The line; the first place with that name unless given.'),
  new_name: z.string().min(1).optional().describe('For rename.'),
})
export type SymbolsInput = z.infer<typeof input>

/** What the language services know of names: where they are, and a rename that changes them everywhere. */
export function symbols(ports: SymbolPorts): Tool<SymbolsInput> {
  return {
    name: 'symbols',
    description:
      'Asks the language services: find symbols of the workspace by name; the definition or all references of a symbol; rename a symbol everywhere it is used, all files or none. Better than a text search for code.',
    input,
    onSteer: 'finish',
    deadlineMs: 60_000,
    summary: ({ action, query, symbol, new_name: name }) =>
      [action, query ?? symbol, ...(name === undefined ? [] : ['to', name])].join(' '),
    async plan({ action, query, path, symbol, line, new_name: name }) {
      if (action === 'find') return planFind(query ?? symbol, ports)
      if (path === undefined || symbol === undefined) return wanting(action, 'path and symbol')
      const target = await resolveFile(path, ports.workspace)
      if ('kind' in target) return target
      if (action !== 'rename') return planLookUp(action, { target, symbol, line }, ports)
      return name === undefined ? wanting(action, 'new_name') : planRename({ target, symbol, line, name }, ports)
    },
  }
}

function wanting(action: string, what: string): Failure {
  return failed('invalid_input', `${action} needs ${what}.`)
}

async function planFind(query: string | undefined, { workspace, languages }: SymbolPorts): Promise<Plan | Failure> {
  if (query === undefined) return wanting('find', 'query')
  const targets = await folderTargets(workspace)
  if ('kind' in targets) return targets
  return {
    claims: targets.map(({ path }) => ({ kind: 'read', path })),
    action: { kind: 'read', targets },
    run: async (_progress, token) => {
      const found = await languages.find(query, token)
      if ('kind' in found) return found
      return listed(found.filter(({ target }) => target.inside).map(symbolLine), `No symbol is named like ${query}.`)
    },
  }
}

function symbolLine({ target, line, kind, name, container }: CodeSymbol): string {
  return `${target.display}:${line} ${kind} ${name}${container === undefined ? '' : ` (in ${container})`}`
}

function planLookUp(action: 'definition' | 'references', lookUp: SymbolUse, ports: SymbolPorts): Plan {
  const { target, symbol } = lookUp
  return {
    claims: [{ kind: 'read', path: target.path }],
    action: { kind: 'read', targets: [target] },
    run: async (_progress, token) => {
      const at = await positionOf(lookUp, ports, token)
      if ('kind' in at) return at
      const { languages } = ports
      const found = await (action === 'definition' ? languages.definitions(at, token) : languages.references(at, token))
      if ('kind' in found) return found
      const none = `No ${action} of ${symbol} is known. There may be no language service for ${target.display}; search_files finds text.`
      return listed(await placeLines(found, ports, token), none)
    },
  }
}

/** With the text of the lines, but not of files that the model may not simply read. */
async function placeLines(
  places: readonly CodePlace[],
  { documents }: SymbolPorts,
  token: CancellationToken,
): Promise<string[]> {
  const texts = new Map<string, string[] | undefined>()
  const lines: string[] = []
  for (const { target, line } of places.slice(0, MOST)) {
    if (!texts.has(target.path)) {
      const document = target.inside && !holdsSecret(target) ? await documents.read(target, token) : undefined
      texts.set(target.path, document?.kind === 'read' ? document.text.split('\n') : undefined)
    }
    const text = texts.get(target.path)?.[line - 1]?.trim()
    lines.push(`${target.display}:${line}${text === undefined ? '' : ` ${clip(text, LONGEST_LINE)}`}`)
  }
  return [...lines, ...places.slice(MOST).map(({ target, line }) => `${target.display}:${line}`)]
}

function listed(lines: readonly string[], none: string): ToolResult {
  if (lines.length === 0) return { kind: 'completed', text: none, fact: 'none' }
  const shown = lines.slice(0, MOST)
  if (lines.length > MOST) shown.push(`(${lines.length - MOST} more.)`)
  return { kind: 'completed', text: shown.join('\n'), fact: count(lines.length, 'place') }
}
