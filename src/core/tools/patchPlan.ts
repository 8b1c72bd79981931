import { lstat } from 'node:fs/promises'
import { resolveFile } from '../approvals/paths.ts'
import { Composition } from '../edits/composition.ts'
import { applyHunks } from '../edits/patchApply.ts'
import type { FilePatch } from '../edits/patchParse.ts'
import type { Found } from '../edits/replace.ts'
import { applyEdits, ordered } from '../edits/textEdits.ts'
import type { DocumentChange, DocumentText, Failure, FileTarget, Workspace } from '../ports.ts'
import { failed } from './tool.ts'

/** A change whose computation says what it did not take to the letter. */
export type NotedChange = DocumentChange & {
  compute: (document: DocumentText) => Found | Failure
  /** Whether it is to make the file. */
  creates?: boolean
}

type Update = Extract<FilePatch, { kind: 'update' }>
type Resolved = { patch: FilePatch; target: FileTarget; to?: FileTarget }

/** What a patch's parts mean here: one change a file. Parts that update the same file are one, in their order. */
export async function changesOf(files: readonly FilePatch[], workspace: Workspace): Promise<NotedChange[] | Failure> {
  const byPath = new Map<string, Resolved[]>()
  for (const patch of files) {
    const resolved = await resolve(patch, workspace)
    if ('code' in resolved) return resolved
    const { target, to } = resolved
    const same = byPath.get(target.path) ?? []
    const isFurther = same.length > 0 && [...same, resolved].every(isUpdate)
    if ((same.length > 0 && !isFurther) || (to !== undefined && byPath.has(to.path))) return named(to ?? target)
    byPath.set(target.path, [...same, resolved])
    if (to !== undefined) byPath.set(to.path, [{ patch, target: to }])
  }
  return [...byPath.values()].flatMap((parts) => changeOf(parts))
}

function isUpdate({ patch, to }: Resolved): boolean {
  return patch.kind === 'update' && to === undefined && patch.moveTo === undefined
}

function named({ display }: FileTarget): Failure {
  const how = 'Nothing was changed. Say in one part what becomes of it.'
  return failed('named_twice', `${display} is named by more than one part of the patch. ${how}`)
}

async function resolve(patch: FilePatch, workspace: Workspace): Promise<Resolved | Failure> {
  const target = await resolveFile(patch.path, workspace)
  if ('kind' in target) return target
  const moveTo = patch.kind === 'update' ? patch.moveTo : undefined
  const to = moveTo === undefined ? undefined : await resolveFile(moveTo, workspace)
  if (to !== undefined && 'kind' in to) return to
  if (to?.path === target.path) return failed('no_change', `${target.display} is moved to where it is. Leave that out.`)
  const isTakenAway = patch.kind === 'delete' || to !== undefined
  if (isTakenAway && (await isLink(target))) {
    const how = 'Name the file that it leads to, or use a command.'
    return failed('is_link', `${patch.path} is a symbolic link to ${target.display}. Nothing was changed. ${how}`)
  }
  return to === undefined ? { patch, target } : { patch, target, to }
}

async function isLink({ asked, uri }: FileTarget): Promise<boolean> {
  if (uri !== undefined) return false
  try {
    return (await lstat(asked)).isSymbolicLink()
  } catch {
    // It is not there: the change itself will say so.
    return false
  }
}

/** None for the place that another file is moved to. */
function changeOf(parts: readonly Resolved[]): NotedChange[] {
  const [first] = parts
  if (first === undefined) return []
  const { patch, target, to } = first
  switch (patch.kind) {
    case 'add':
      return [{ kind: 'edit', creates: true, target, compute: ({ text }) => added(target, patch.text, text) }]
    case 'delete':
      return [{ kind: 'delete', target, compute: ({ text }) => (text === undefined ? missing(target) : { edits: [] }) }]
    case 'update': {
      if (patch.moveTo !== undefined && to === undefined) return []
      const updates = parts.flatMap((part) => (part.patch.kind === 'update' ? [part.patch] : []))
      const compute = ({ text }: DocumentText): Found | Failure => updated(target, updates, text)
      return [to === undefined ? { kind: 'edit', target, compute } : { kind: 'move', target, to, compute }]
    }
  }
}

function added(target: FileTarget, wanted: string, text: string | undefined): Found | Failure {
  if (text === undefined) return { edits: wanted === '' ? [] : [{ start: 0, end: 0, text: wanted }] }
  const how = 'Nothing was changed. Change it with *** Update File:, or replace it with write_file.'
  return failed('exists', `${target.display} exists, so it cannot be added. ${how}`)
}

function missing({ display }: FileTarget): Failure {
  return failed('not_found', `${display} does not exist. Nothing was changed.`)
}

function updated(target: FileTarget, updates: readonly Update[], text: string | undefined): Found | Failure {
  if (text === undefined) return missing(target)
  const composition = new Composition(text.length)
  const notes: string[] = []
  let now = text
  for (const { hunks } of updates) {
    const found = applyHunks(now, hunks)
    if ('kind' in found) return { ...found, message: `${target.display}: ${found.message}` }
    const edits = ordered(found.edits, now.length)
    composition.add(edits)
    now = applyEdits(now, edits)
    if (found.note !== undefined) notes.push(`${target.display}: ${found.note}`)
  }
  return { edits: composition.edits(), ...(notes.length > 0 && { note: notes.join('\n') }) }
}
