import * as vscode from 'vscode'
import type { SavePolicy } from '../core/edits/documentStore.ts'
import { LockedDocuments } from '../core/edits/lockedDocuments.ts'
import type { Clock, Documents, FileTarget, Workspace } from '../core/ports.ts'
import { Locks } from '../core/scheduling/locks.ts'
import { systemClock } from './clock.ts'
import type { EditObserver } from './documents/windowDocument.ts'
import { uriOf } from './documents/uris.ts'
import { WindowStore } from './documents/windowStore.ts'

const policies: readonly SavePolicy[] = ['clean', 'always', 'never']

export interface WindowDocumentsOptions {
  locks?: Locks
  savePolicy?: (target: FileTarget) => SavePolicy
  observer?: EditObserver
  clock?: Clock
}

/** The files of this window: edits go through its buffers and its undo, one at a time for each physical file. */
export function windowDocuments(workspace: Workspace, options: WindowDocumentsOptions = {}): Documents {
  const { locks = new Locks(), savePolicy = savePolicyOf, observer, clock = systemClock } = options
  return new LockedDocuments({ store: new WindowStore(workspace, observer), locks, clock, savePolicy })
}

function savePolicyOf(target: FileTarget): SavePolicy {
  const value = vscode.workspace.getConfiguration('stretto', uriOf(target)).get<unknown>('edits.save')
  return policies.find((policy) => policy === value) ?? 'clean'
}
