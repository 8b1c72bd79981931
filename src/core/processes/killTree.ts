import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { type ProcessRow, processTable } from './processTable.ts'

/** What ignores SIGTERM is killed after this long, in ms. */
const TERM_GRACE_MS = 1_400
/** How long killed processes are waited for, in ms: one that hangs in the kernel does not hold the turn. */
const KILL_WAIT_MS = 400
/** What runs even then is looked for so much longer, in ms. */
const LATE_MS = 10_000
const TASKKILL_TIMEOUT_MS = 1_500

/** A process with all that it started. */
export interface Tree {
  /** The leader of its own process group; none to end only what carries the mark. */
  pid: number | undefined
  /** Every environment of the tree contains it, even of what left the group or lost its parent. */
  mark: string
}

/**
 * Ends the tree: asks with SIGTERM, then kills what is left. Settles when nothing of it runs any more, or after 2 s.
 * What both clears its environment and leaves its group and its parent cannot be found.
 */
export function killTree(tree: Tree): Promise<void> {
  return process.platform === 'win32' ? taskkill(tree) : killGroup(tree)
}

/** Whether anything of the tree runs. False where that cannot be known. */
export async function isAlive(tree: Tree): Promise<boolean> {
  if (process.platform === 'win32') return false
  const table = await processTable().catch(() => [])
  return membersOf(tree, table).length > 0
}

/** Whether anything of the tree runs besides its leader. Where nobody can tell, it may. */
export async function hasOthers(tree: Tree): Promise<boolean> {
  if (process.platform === 'win32') return true
  const members = membersOf(tree, await processTable())
  return members.some((pid) => pid !== tree.pid)
}

async function killGroup(tree: Tree): Promise<void> {
  // What was seen as its child once stays so when its parent has gone.
  const known = new Set<number>()
  try {
    if (await until(tree, known, 'SIGTERM', TERM_GRACE_MS)) return
    if (await until(tree, known, 'SIGKILL', KILL_WAIT_MS)) return
    // What forks faster than it can be looked for is still caught, and holds nobody meanwhile.
    until(tree, known, 'SIGKILL', LATE_MS).catch(() => undefined)
  } catch {
    // The process table cannot be read, so the group is all that is known of the tree.
    signalGroup(tree.pid, 'SIGTERM')
    await delay(TERM_GRACE_MS)
    signalGroup(tree.pid, 'SIGKILL')
  }
}

/** Signals each process of the tree, SIGTERM once, until none is left. False when time was up. */
async function until(tree: Tree, known: Set<number>, signal: 'SIGTERM' | 'SIGKILL', ms: number): Promise<boolean> {
  const end = performance.now() + ms
  const asked = new Set<number>()
  for (let pause = 5; ; pause = Math.min(pause * 2, 50)) {
    const members = membersOf(tree, await processTable(), known)
    for (const pid of members) known.add(pid)
    if (members.length === 0) return true
    if (performance.now() >= end && asked.size > 0) return false
    for (const pid of members) {
      if (signal === 'SIGTERM' && asked.has(pid)) continue
      asked.add(pid)
      send(pid, signal)
    }
    await delay(pause)
  }
}

function membersOf({ pid, mark }: Tree, table: readonly ProcessRow[], known?: ReadonlySet<number>): number[] {
  const members = new Set<number>()
  for (const row of table) {
    const own = pid !== undefined && (row.pid === pid || row.group === pid || row.session === pid)
    if (own || known?.has(row.pid) === true || row.environment.includes(mark)) members.add(row.pid)
  }
  for (let before = -1; before !== members.size;) {
    before = members.size
    for (const row of table) if (members.has(row.parent)) members.add(row.pid)
  }
  members.delete(process.pid)
  return [...members]
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid !== undefined) send(-pid, signal)
}

/** A stopped process hears SIGTERM only when it goes on. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
    if (signal === 'SIGTERM') process.kill(pid, 'SIGCONT')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}

function taskkill({ pid }: Tree): Promise<void> {
  if (pid === undefined) return Promise.resolve()
  const { promise, resolve } = Promise.withResolvers<void>()
  const args = ['/PID', String(pid), '/T', '/F']
  // A process that has ended meanwhile makes taskkill fail, and is what was wanted.
  execFile('taskkill', args, { timeout: TASKKILL_TIMEOUT_MS, windowsHide: true }, () => resolve())
  return promise
}
