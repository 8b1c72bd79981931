import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const GRACE_MS = 2_000
const POLL_MS = 25

/** A child that ends with its whole tree, at the latest when this process exits. */
export interface OwnedProcess {
  child: ChildProcess
  /** Settles when the child has exited. */
  ended: Promise<number | null>
  end(): Promise<void>
}

/** Starts `command` in a process group of its own. */
export function startOwned(
  command: string,
  args: string[],
  options: {
    cwd?: string
    env?: NodeJS.ProcessEnv
    stdio?: 'pipe' | 'inherit'
    /** `pipe`: its standard input ends when this process does. */
    stdin?: 'ignore' | 'pipe'
  },
): OwnedProcess {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: [options.stdin ?? 'ignore', options.stdio ?? 'pipe', options.stdio ?? 'pipe'],
    detached: process.platform !== 'win32',
  })
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve)
    child.once('error', () => resolve(null))
  })
  const atExit = () => signalGroup(child.pid, 'SIGKILL')
  process.once('exit', atExit)
  const end = async () => {
    await endTree(child.pid, ended)
    process.removeListener('exit', atExit)
  }
  return { child, ended, end }
}

/** Ends the process, its group and all their descendants: asks first, and kills what is left after two seconds. */
async function endTree(pid: number | undefined, ended: Promise<unknown>): Promise<void> {
  if (pid === undefined) return
  if (process.platform === 'win32') {
    await run('taskkill', ['/pid', String(pid), '/t', '/f']).catch(() => 'it has ended already')
    await ended
    return
  }
  const tree = await descendants(pid)
  signalGroup(pid, 'SIGTERM')
  for (const each of tree) signal(each, 'SIGTERM')
  const deadline = performance.now() + GRACE_MS
  while ([pid, ...tree].some(isAlive) && performance.now() < deadline) await pause(POLL_MS)
  signalGroup(pid, 'SIGKILL')
  for (const each of tree) signal(each, 'SIGKILL')
  await ended
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function descendants(pid: number): Promise<number[]> {
  const parents = await parentOfEach()
  const found = [pid]
  for (const ancestor of found) {
    for (const [child, parent] of parents) if (parent === ancestor) found.push(child)
  }
  return found.slice(1)
}

async function parentOfEach(): Promise<Map<number, number>> {
  if (process.platform === 'linux') return parentsFromProc()
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid='])
  const rows = stdout.trim().split('\n')
  return new Map(rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]))
}

async function parentsFromProc(): Promise<Map<number, number>> {
  const parents = new Map<number, number>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => undefined)
    // The command, in brackets, may hold spaces and brackets itself: the fields begin after the last one.
    const parent = stat
      ?.slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .at(1)
    if (parent !== undefined) parents.set(Number(name), Number(parent))
  }
  return parents
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid !== undefined) signal(process.platform === 'win32' ? pid : -pid, name)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
