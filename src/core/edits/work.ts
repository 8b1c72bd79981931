import type { Clock, FileTarget } from '../ports.ts'
import type { Link } from './chain.ts'
import type { DocumentStore, OpenDocument, SavePolicy } from './documentStore.ts'
import type { EditHistory } from './history.ts'
import type { LeftUnsaved, StuckFiles } from './memory.ts'

/** How long the host may take to open, to apply or to save, each, in ms. */
export const DEADLINE_MS = 15_000
export interface CommitParts {
  store: DocumentStore
  clock: Clock
  savePolicy: (target: FileTarget) => SavePolicy
  stuck: StuckFiles
  leftUnsaved: LeftUnsaved
  history: EditHistory
}

/** What a group has done so far. */
export interface Work {
  document: OpenDocument | undefined
  /** The version that was there first. */
  first: string | undefined
  links: Link[]
  /** The text that our last change left; undefined while nothing was changed. */
  text: string | undefined
  /** Whether somebody else had unsaved changes in the buffer before. */
  heldOthers: boolean
  /** Whether somebody else changed the buffer between our changes. */
  moved: boolean
}
