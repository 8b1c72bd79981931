import { protectedName } from '../approvals/protected.ts'
import { holdsSecret } from '../approvals/secret.ts'
import type { CodeEdits, CodePlace, Failure, FileTarget } from '../ports.ts'
import { type CancellationToken, neverCancelled } from '../scheduling/cancellation.ts'
import { planChanges } from './changes.ts'
import type { NotedChange } from './patchPlan.ts'
import { offsetsOf, positionOf, type SymbolPorts, type SymbolUse } from './symbolPlace.ts'
import { failed, type Plan } from './tool.ts'

export interface Rename extends SymbolUse {
  name: string
}

/**
 * What a rename will change is known only from the language service: it is asked here, and again by each new plan. The
 * plan's run changes just that, under the locks of all its files, or nothing where one of them has changed since.
 */
export async function planRename(rename: Rename, ports: SymbolPorts): Promise<Plan | Failure> {
  const { target, symbol, name } = rename
  // The policy denies it: until then nothing is asked of anybody.
  if (!ports.workspace.trusted()) return planChanges([nothing(target)], ports)
  // What is said of the symbol in it would be told before the user is asked about the file.
  if (!isFreelyRead(target))
    return failed('denied', 'A rename begins in a file of the workspace that may be read freely. Name another one.')
  const token = neverCancelled
  const at = await positionOf(rename, ports, token)
  if ('kind' in at) return at
  const edits = await ports.languages.rename(await definitionOf(at, symbol, ports, token), name, token)
  if ('kind' in edits) return edits
  if (edits.length === 0) {
    const why = `${symbol} cannot be renamed here: no language service knows it`
    return failed('not_found', `${why}. Nothing was changed. Use search_files and edit_file.`)
  }
  const changes: NotedChange[] = []
  const detail: string[] = []
  for (const file of edits) {
    const change = await changeOf(file, symbol, ports, token)
    if ('code' in change) return change
    changes.push(change)
    detail.push(...file.edits.map(({ start, text }) => `${file.target.display}:${start.line} ${text}`))
  }
  const plan = planChanges(changes, ports, detail)
  // A rename is of its files as they are: edits of siblings come wholly before or behind.
  return { ...plan, claims: changes.map((change) => ({ kind: 'write', path: change.target.path })) }
}

/** Where it is defined, if that is one place in the workspace: at an import, services rename only what is local. */
async function definitionOf(
  at: CodePlace,
  symbol: string,
  { languages, documents }: SymbolPorts,
  token: CancellationToken,
): Promise<CodePlace> {
  const found = await languages.definitions(at, token)
  const [only, other] = 'kind' in found ? [] : found
  if (only === undefined || other !== undefined || !only.target.inside) return at
  const document = await documents.read(only.target, token)
  if (document.kind === 'failed') return at
  const line = document.text.split('\n')[only.line - 1] ?? ''
  return line.startsWith(symbol, only.column - 1) ? only : at
}

function isFreelyRead(target: FileTarget): boolean {
  return target.inside && !holdsSecret(target) && protectedName(target) === undefined
}

function nothing(target: FileTarget): NotedChange {
  return { kind: 'edit', target, compute: () => failed('denied', 'This workspace is not trusted.') }
}

async function changeOf(
  file: CodeEdits,
  symbol: string,
  { documents }: SymbolPorts,
  token: CancellationToken,
): Promise<NotedChange | Failure> {
  const { target } = file
  const document = await documents.read(target, token)
  if (document.kind === 'failed') return document
  const edits = offsetsOf(document.text, file, symbol)
  if (edits === undefined) {
    const what = `The language service would change something else than ${symbol} in ${target.display}`
    return failed('not_matched', `${what}. Nothing was changed. Give the line where ${symbol} is defined.`)
  }
  const stale = failed(
    'conflict',
    `${target.display} has changed meanwhile. Nothing was changed. Ask for the rename again.`,
  )
  const compute: NotedChange['compute'] = ({ version }) => (version === document.version ? { edits } : stale)
  return { kind: 'edit', target, compute }
}
