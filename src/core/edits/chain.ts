import type { Failure, TextEdit } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import { Composition } from './composition.ts'
import type { PendingEdit } from './pending.ts'
import { applyEdits, ordered } from './textEdits.ts'
import { versionOf } from './version.ts'

/** Longer texts no editor gives back. */
const MOST_UNITS = 50 * 1024 * 1024

/** One caller's part of a combined change. */
export interface Link {
  edit: PendingEdit
  before: string | undefined
  after: string
  versions: { before: string; after: string }
}

/** Edits computed one after another, and what they come to. */
export interface Chain {
  /** The text after all of them; undefined while there is still no file. */
  text: string | undefined
  /** As one set of edits of the text that the chain began with. */
  edits: TextEdit[]
  links: Link[]
  /** Those that do not fit; they are told so once the others are applied. */
  misfits: { edit: PendingEdit; failure: Failure; version: string }[]
}

/** Computes each queued edit on the text that the ones before it left. Pure but for a computation that throws. */
export function computeChain(base: string | undefined, queued: readonly PendingEdit[]): Chain {
  const composition = new Composition(base?.length ?? 0)
  const chain: Chain = { text: base, edits: [], links: [], misfits: [] }
  let version = versionOf(base)
  for (const edit of queued) {
    try {
      const wanted = edit.compute({ text: chain.text, version })
      if ('kind' in wanted) {
        chain.misfits.push({ edit, failure: wanted, version })
        continue
      }
      const before = chain.text
      const edits = ordered(wanted.edits, before?.length ?? 0)
      const after = applyEdits(before ?? '', edits)
      if (after.length > MOST_UNITS) {
        chain.misfits.push({ edit, failure: tooLong(edit.target.display), version })
        continue
      }
      composition.add(edits)
      const versions = { before: version, after: versionOf(after) }
      chain.links.push({ edit, before, after, versions })
      chain.text = after
      version = versions.after
    } catch (error) {
      edit.fail(error)
    }
  }
  chain.edits = composition.edits()
  return chain
}

function tooLong(name: string): Failure {
  return failed('too_large', `${name} would have more than 50 MB. Nothing was changed. Write less, or several files.`)
}
