import * as vscode from 'vscode'
import type { Rejection } from '../../core/edits/rejection.ts'
import type { Documents, FileTarget } from '../../core/ports.ts'
import { CancellationSource } from '../../core/scheduling/cancellation.ts'
import { failed } from '../../core/tools/tool.ts'

export interface TakenBack {
  /** The hunks that stand as they stood before the turn. */
  done: string[]
  /** What could not be taken back, in words. */
  conflict?: string
}

/**
 * Takes hunks back through the documents, so that it waits its turn behind edits of the agent's.
 *
 * @param reject given the text as it is under the document's lock; undefined when there is no file
 */
export async function takeBack(
  target: FileTarget,
  documents: Documents,
  reject: (text: string | undefined) => Rejection,
): Promise<TakenBack> {
  const { token } = new CancellationSource()
  const found = await documents.read(target, token)
  if (found.kind === 'failed' && found.code !== 'not_found') return { done: [], conflict: found.message }
  const first = reject(found.kind === 'failed' ? undefined : found.text)
  if (first.change.kind === 'none') return told(first, target)
  if (first.change.kind === 'remove') return remove(target, first)
  let last = first
  const receipt = await documents.edit(
    target,
    ({ text }) => {
      last = reject(text)
      const { change } = last
      if (change.kind === 'edit') return { edits: change.edits }
      if (change.kind === 'create') return { edits: [{ start: 0, end: 0, text: change.text }] }
      return failed('conflict', `${target.display} has changed meanwhile. Try again.`)
    },
    token,
  )
  if (receipt.kind === 'edited') return told(last, target)
  // It is in the buffer, but could not be saved.
  return { done: receipt.change === undefined ? [] : last.ids, conflict: receipt.message }
}

/** Undoably. */
async function remove({ path, display }: FileTarget, rejection: Rejection): Promise<TakenBack> {
  const edit = new vscode.WorkspaceEdit()
  edit.deleteFile(vscode.Uri.file(path), { ignoreIfNotExists: true })
  if (await vscode.workspace.applyEdit(edit)) return { done: rejection.ids }
  return { done: [], conflict: `VS Code could not delete ${display}. Delete it by hand.` }
}

function told({ ids, conflicts }: Rejection, { display }: FileTarget): TakenBack {
  if (conflicts.length === 0) return { done: ids }
  const places = conflicts.map(({ lines: { start, end } }) =>
    end > start + 1 ? `${start + 1}–${end}` : `${start + 1}`,
  )
  const lines = `${places.length === 1 && !places[0]?.includes('–') ? 'line' : 'lines'} ${places.join(', ')}`
  const why = `You have written in ${lines} of ${display} since.`
  return {
    done: ids,
    conflict: `${why} That part was left as it is: change it by hand, or undo your own change first.`,
  }
}
