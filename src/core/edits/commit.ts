import type { Failure } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import { bounded, LATE } from './bounded.ts'
import { type Chain, computeChain } from './chain.ts'
import type { BufferText } from './documentStore.ts'
import type { EditGroup } from './editGroup.ts'
import { finish } from './finish.ts'
import type { PendingEdit } from './pending.ts'
import { versionOf } from './version.ts'
import { type CommitParts, DEADLINE_MS, type Work } from './work.ts'

/** How often a change is computed again because the text moved meanwhile. */
const ATTEMPTS = 8
/** How often a group takes in edits that came while the ones before were applied. */
const ROUNDS = 16

type Step = 'done' | 'refused' | 'ended'

/**
 * Applies all edits of a group, those that come meanwhile too, then saves once. Gives what tells everybody whose edit
 * was applied; the others have been told.
 */
export async function commitGroup(group: EditGroup, parts: CommitParts): Promise<() => void> {
  return finish(group.target, await applyGroup(group, parts), parts)
}

/** The first half of it: saves nothing, and tells only those whose edit was not applied. */
export async function applyGroup(group: EditGroup, parts: CommitParts): Promise<Work> {
  const { path, display } = group.target
  const work: Work = {
    document: undefined,
    first: undefined,
    links: [],
    text: undefined,
    heldOthers: false,
    moved: false,
  }
  const stuck = parts.stuck.reason(path)
  if (stuck !== undefined) {
    end(group, failed('busy', `${display}: ${stuck} Nothing was changed. Try again later.`))
    return work
  }
  let refusals = 0
  for (let round = 1; group.queued().length > 0; round++) {
    if (round - refusals >= ROUNDS) group.close()
    const step = await takeStep(group, work, parts)
    if (step === 'ended') break
    if (step === 'refused' && ++refusals >= ATTEMPTS) keptChanging(group, work, parts)
  }
  group.close()
  return work
}

async function takeStep(group: EditGroup, work: Work, parts: CommitParts): Promise<Step> {
  const { target } = group
  const opened = await bounded(parts.store.open(target), DEADLINE_MS, parts.clock)
  if (opened === LATE) {
    return end(group, failed('unavailable', `${target.display} could not be opened in time. Nothing was changed.`))
  }
  if (opened.kind === 'failed') return end(group, opened)
  if (opened.kind === 'missing') return create(group, work, parts)
  const now = opened.now()
  if (now === undefined) return 'refused'
  work.first ??= versionOf(now.text)
  parts.history.saw(target.path, now.text, now.dirty)
  work.document = opened
  const chain = computeChain(now.text, group.queued())
  const step = chain.edits.length === 0 ? 'done' : await change(group, chain, parts, () => opened.apply(chain.edits))
  if (step === 'done') record(chain, work, now, parts.leftUnsaved.holdsOthers(target.path, now), parts)
  return step
}

async function create(group: EditGroup, work: Work, parts: CommitParts): Promise<Step> {
  const { target } = group
  const chain = computeChain(undefined, group.queued())
  const { text } = chain
  const save = parts.savePolicy(target) !== 'never'
  const start = text === undefined ? undefined : () => parts.store.create(target, text, save)
  const step = start === undefined ? 'done' : await change(group, chain, parts, start)
  if (step === 'done') record(chain, work, { text: '', dirty: false }, false, parts)
  if (step === 'done' && text !== undefined) work.text = text
  return step
}

/** Does it, past the point of no return; refused, its callers are where they were. */
async function change(
  group: EditGroup,
  chain: Chain,
  parts: CommitParts,
  start: () => Promise<boolean | Failure>,
): Promise<Step> {
  const edits = chain.links.map(({ edit }) => edit)
  for (const edit of edits) edit.begin()
  const effect = start()
  const done = await bounded(effect, DEADLINE_MS, parts.clock)
  if (done === true) return 'done'
  const { path, display } = group.target
  if (done === LATE) {
    parts.stuck.add(path, 'an earlier change of it has not come to its end.', effect)
    const failure = failed('unknown_effect', `The editor did not answer. ${display} may be changed or not: read it.`)
    group.close()
    for (const edit of edits) edit.settle(failure)
    return end(group, failed('busy', `${display}: an earlier change of it hangs. Nothing was changed.`))
  }
  for (const edit of edits) edit.refuse()
  return done === false ? 'refused' : end(group, done)
}

function record(chain: Chain, work: Work, now: BufferText, heldOthers: boolean, parts: CommitParts): void {
  for (const { edit, after } of chain.links) {
    edit.begin()
    parts.history.wrote(edit.target.path, after, edit.hooks.owner)
  }
  for (const { edit, failure, version } of chain.misfits) edit.settle(explained(edit, failure, version, parts))
  work.links.push(...chain.links)
  if (work.text === undefined) work.heldOthers = heldOthers
  else if (work.text !== now.text) work.moved = true
  if (chain.edits.length > 0) work.text = chain.text
}

function end(group: EditGroup, failure: Failure): Step {
  group.close()
  group.settleQueued(failure)
  return 'ended'
}

/** A failure with who changed what since the caller knew the file. */
function explained({ target, hooks }: PendingEdit, failure: Failure, version: string, parts: CommitParts): Failure {
  const { known, owner } = hooks
  const since = known === undefined ? undefined : parts.history.since(target.path, known, version, owner)
  return since === undefined ? failure : { ...failure, message: `${failure.message} Since you saw it, ${since}` }
}

/** What each text was computed on was gone again before it could be applied. */
function keptChanging(group: EditGroup, work: Work, parts: CommitParts): void {
  const { path, display } = group.target
  const now = work.document?.now()
  if (now !== undefined) parts.history.saw(path, now.text, now.dirty)
  for (const edit of group.queued()) {
    const since =
      work.first === undefined || now === undefined
        ? undefined
        : parts.history.since(path, work.first, versionOf(now.text))
    const who = since === undefined ? '' : ` While it was tried, ${since}`
    edit.settle(failed('conflict', `${display} kept changing.${who} Nothing was changed. Read it again, then retry.`))
  }
}
