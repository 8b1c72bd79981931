import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import { LockedDocuments } from '../../src/core/edits/lockedDocuments.ts'
import type { Documents, Workspace } from '../../src/core/ports.ts'
import type { Processes } from '../../src/core/processes/processes.ts'
import { type Claim, conflicts, ordered } from '../../src/core/scheduling/claims.ts'
import { Locks } from '../../src/core/scheduling/locks.ts'
import { editFile } from '../../src/core/tools/editFile.ts'
import { readFile } from '../../src/core/tools/readFile.ts'
import { ReadVersions } from '../../src/core/tools/readVersions.ts'
import { terminal } from '../../src/core/tools/terminal.ts'
import type { Tool } from '../../src/core/tools/tool.ts'
import { systemClock } from '../../src/host/clock.ts'
import { noBackground } from '../support/noBackground.ts'
import { MemoryStore } from '../support/memoryDocuments.ts'
import { noWalls } from '../support/noWalls.ts'
import { noNews } from '../support/noLanguages.ts'

export const DOCUMENTS = 20
const COUNTS = { read: 48, edit: 48, command: 32 }
export const CALLS = COUNTS.read + COUNTS.edit + COUNTS.command
/** What VS Code was measured to take: ms to read, to open, to apply a change, to save. */
const READ_MS = 4
const STEPS_MS = { open: 3, apply: 7, save: 40, create: 40, remove: 7, move: 7 }
const EDIT_MS = STEPS_MS.open + STEPS_MS.apply + STEPS_MS.save

export interface MixedCall {
  kind: keyof typeof COUNTS
  tool: Tool
  input: unknown
  /** What it takes when nothing is in its way. */
  ms: number
}

export interface Mix {
  calls: MixedCall[]
  /** @throws when an edit was lost */
  expectEdited(): void
}

/**
 * The same calls for every scheduler: the order comes from the seed, calls of one kind in runs of up to `longestRun`.
 *
 * @param processes starts the commands; timers stand for them when there is none
 */
export function mixedCalls(folder: string, longestRun: number, processes?: Processes): Mix {
  const random = seeded(7)
  const store = new MemoryStore()
  const paths = Array.from({ length: DOCUMENTS }, (_, i) => `${folder}/document${i}.txt`)
  const before = Array.from({ length: CALLS }, (_, i) => `line ${i} as it was\n`).join('')
  for (const path of paths) store.disk.set(path, new TextEncoder().encode(before))
  const tools = toolsOn(
    slowly(store),
    { folders: () => [{ name: 'bench', path: folder }], trusted: () => true },
    processes,
  )
  const edited: [string, string][] = []
  const calls = kindsInRuns(random, longestRun).map((kind, i): MixedCall => {
    const path = paths[Math.floor(random() * DOCUMENTS)] ?? ''
    const ms = Math.round(10 + random() * 490)
    if (kind === 'command') return { kind, tool: tools.command, input: tools.commandInput(ms), ms }
    if (kind === 'read') return { kind, tool: tools.read, input: { path }, ms: READ_MS }
    const edit = { old_text: `line ${i} as it was\n`, new_text: `line ${i} edited\n` }
    edited.push([path, edit.new_text])
    return { kind, tool: tools.edit, input: { path, edits: [edit] }, ms: EDIT_MS }
  })
  const expectEdited = (): void => {
    const lost = edited.filter(([path, line]) => !Buffer.from(store.disk.get(path) ?? []).includes(line))
    if (lost.length > 0) throw new Error(`${lost.length} edits were lost`)
  }
  return { calls, expectEdited }
}

/** The longest chain through hazards, in ms: no scheduler that keeps the order can be faster. */
export function criticalPath(calls: readonly { claims: readonly Claim[]; ms: number }[]): number {
  const times: { begin: number; end: number }[] = []
  for (const [at, { claims, ms }] of calls.entries()) {
    let begin = 0
    for (const [before, time] of times.entries()) {
      const earlier = calls[before]?.claims ?? []
      if (some(earlier, claims, conflicts)) begin = Math.max(begin, time.end)
      else if (some(earlier, claims, ordered)) begin = Math.max(begin, time.begin)
    }
    times[at] = { begin, end: begin + ms }
  }
  return Math.max(...times.map(({ end }) => end))
}

function some(a: readonly Claim[], b: readonly Claim[], holds: (a: Claim, b: Claim) => boolean): boolean {
  return a.some((earlier) => b.some((later) => holds(earlier, later)))
}

function slowly(store: MemoryStore): Documents {
  store.gate = (operation) => delay(STEPS_MS[operation])
  const documents = new LockedDocuments({ store, locks: new Locks(), clock: systemClock, savePolicy: () => 'clean' })
  return {
    read: async (target, token) => {
      await delay(READ_MS)
      return documents.read(target, token)
    },
    edit: (target, compute, token, hooks) => documents.edit(target, compute, token, hooks),
    change: (changes, token, hooks) => documents.change(changes, token, hooks),
    unsaved: () => documents.unsaved(),
  }
}

function toolsOn(documents: Documents, workspace: Workspace, processes: Processes | undefined) {
  const settings = () => ({ commandSeconds: 60, outputBytes: 30_000 })
  const ports = { documents, workspace, versions: new ReadVersions(), settings, news: noNews }
  const read: Tool = readFile(ports)
  const edit: Tool = editFile(ports)
  if (processes === undefined) return { read, edit, command: pause, commandInput: (ms: number) => ({ ms }) }
  const command: Tool = terminal({
    ...ports,
    processes,
    confinement: noWalls,
    runtime: () => undefined,
    background: noBackground(),
  })
  return { read, edit, command, commandInput: (ms: number) => ({ command: `sleep ${ms / 1000}` }) }
}

/** A timer that stands for a command. */
const pause: Tool<{ ms: number }> = {
  name: 'pause',
  description: '',
  input: z.strictObject({ ms: z.number() }),
  onSteer: 'finish',
  deadlineMs: 60_000,
  summary: () => '',
  plan: async ({ ms }) => ({
    claims: [{ kind: 'run' }],
    action: { kind: 'session' },
    run: async () => {
      await delay(ms)
      return { kind: 'completed', text: '' }
    },
  }),
}

function kindsInRuns(random: () => number, longestRun: number): MixedCall['kind'][] {
  const left = { ...COUNTS }
  const kinds: MixedCall['kind'][] = []
  while (kinds.length < CALLS) {
    let at = random() * (CALLS - kinds.length)
    const kind = at < left.read ? 'read' : (at -= left.read) < left.edit ? 'edit' : 'command'
    const run = Math.min(left[kind], 1 + Math.floor(random() * longestRun))
    left[kind] -= run
    for (let i = 0; i < run; i++) kinds.push(kind)
  }
  return kinds
}

/** A small generator of numbers in [0, 1): the same ones in each run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
