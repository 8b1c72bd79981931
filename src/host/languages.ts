import * as vscode from 'vscode'
import type { CodePlace, CodeSymbol, Failure, FileTarget, Languages, Workspace } from '../core/ports.ts'
import { type CancellationToken, orCancelled } from '../core/scheduling/cancellation.ts'
import { failed } from '../core/tools/tool.ts'
import { bufferFor, physical } from './documents/buffers.ts'
import { displayOf } from './documents/display.ts'
import { uriOf } from './documents/uris.ts'

/** How long a language service may take to answer, in ms. */
const ANSWER_MS = 20_000
/** Pauses before a service that may still be starting is asked again, in ms. */
const START_PAUSES = [300, 1_000, 3_000]

/** The language services of this window, through VS Code's own commands. */
export function windowLanguages(workspace: Workspace): Languages {
  const asker = new Asker()
  const placesOf = async (command: string, of: CodePlace, token: CancellationToken): Promise<CodePlace[] | Failure> => {
    const found = await asker.ask<(vscode.Location | vscode.LocationLink)[]>(command, of, [], token)
    if ('kind' in found) return found
    return found.map((one) =>
      'targetUri' in one
        ? placeOf(one.targetUri, (one.targetSelectionRange ?? one.targetRange).start, workspace)
        : placeOf(one.uri, one.range.start, workspace),
    )
  }
  return {
    find: async (query, token) => {
      const command = 'vscode.executeWorkspaceSymbolProvider'
      const found = await asked<vscode.SymbolInformation[]>(command, [query], token)
      return 'kind' in found ? found : found.map((symbol) => symbolOf(symbol, workspace))
    },
    definitions: (of, token) => placesOf('vscode.executeDefinitionProvider', of, token),
    references: (of, token) => placesOf('vscode.executeReferenceProvider', of, token),
    rename: async (of, name, token) => {
      const command = 'vscode.executeDocumentRenameProvider'
      const edit = await asker.ask<vscode.WorkspaceEdit>(command, of, [name], token)
      if ('kind' in edit) return edit
      if (Array.isArray(edit)) return []
      return edit.entries().map(([uri, edits]) => ({
        target: targetOf(uri, workspace),
        edits: edits.map(({ range, newText }) => ({ start: from1(range.start), end: from1(range.end), text: newText })),
      }))
    },
  }
}

/** Asks about places, and again while a language's service may still be starting: it has answered nothing yet. */
class Asker {
  readonly #answered = new Set<string>()

  async ask<Answer>(
    command: string,
    { target, line, column }: CodePlace,
    more: unknown[],
    token: CancellationToken,
  ): Promise<Answer | never[] | Failure> {
    const buffer = bufferFor(target) ?? (await vscode.workspace.openTextDocument(uriOf(target)))
    const args = [buffer.uri, new vscode.Position(line - 1, column - 1), ...more]
    for (const pause of [...START_PAUSES, undefined]) {
      const answer = await asked<Answer>(command, args, token)
      if (!isEmpty(answer)) this.#answered.add(buffer.languageId)
      if (!isEmpty(answer) || pause === undefined || this.#answered.has(buffer.languageId)) return answer
      await orCancelled(new Promise((resolve) => setTimeout(resolve, pause)), token)
    }
    return []
  }
}

function isEmpty(answer: unknown): boolean {
  return answer instanceof vscode.WorkspaceEdit ? answer.size === 0 : Array.isArray(answer) && answer.length === 0
}

/** A refusal of the service's own is a failure with its words. */
async function asked<Answer>(
  command: string,
  args: unknown[],
  token: CancellationToken,
): Promise<Answer | never[] | Failure> {
  const { promise: late, resolve } = Promise.withResolvers<Failure>()
  const timer = setTimeout(
    () => resolve(failed('unavailable', 'The language service did not answer in time. Use search_files instead.')),
    ANSWER_MS,
  )
  try {
    const answer = Promise.resolve(vscode.commands.executeCommand<Answer | undefined>(command, ...args))
    return (await orCancelled(Promise.race([answer, late]), token)) ?? []
  } catch (error) {
    token.throwIfCancelled()
    const why = error instanceof Error ? error.message : String(error)
    return failed('refused', `The language service refused it: ${why} Nothing was changed.`)
  } finally {
    clearTimeout(timer)
  }
}

function targetOf(uri: vscode.Uri, workspace: Workspace): FileTarget {
  const asked = uri.fsPath
  const shown = displayOf(asked, workspace)
  if (uri.scheme === 'file') return { path: physical({ uri }), asked, ...shown }
  return { path: uri.toString(), asked: uri.toString(), display: uri.toString(), inside: false, uri: uri.toString() }
}

function placeOf(uri: vscode.Uri, start: vscode.Position, workspace: Workspace): CodePlace {
  return { target: targetOf(uri, workspace), ...from1(start) }
}

function from1({ line, character }: vscode.Position): Omit<CodePlace, 'target'> {
  return { line: line + 1, column: character + 1 }
}

function symbolOf({ name, kind, containerName, location }: vscode.SymbolInformation, workspace: Workspace): CodeSymbol {
  const word = vscode.SymbolKind[kind].replaceAll(/\B(?=[A-Z])/g, ' ').toLowerCase()
  const place = placeOf(location.uri, location.range.start, workspace)
  return { ...place, name, kind: word, ...(containerName && { container: containerName }) }
}
