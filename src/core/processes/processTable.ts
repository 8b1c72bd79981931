import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** A live process; zombies are not listed. */
export interface ProcessRow {
  pid: number
  parent: number
  group: number
  /** The session that `setsid` made; 0 where the system does not tell. */
  session: number
  /** Its environment, or something that contains it; empty where that may not be read. */
  environment: string
}

let looking: Promise<ProcessRow[]> | undefined
let next: Promise<ProcessRow[]> | undefined

/**
 * Every process of this machine that can be seen, at a moment after the call. POSIX systems. Looks are dear, and many
 * commands may be ended at once: all who ask during a look share the next one.
 */
export function processTable(): Promise<ProcessRow[]> {
  if (looking === undefined) return look()
  next ??= looking.then(look, look)
  return next
}

function look(): Promise<ProcessRow[]> {
  next = undefined
  const mine = process.platform === 'linux' ? linuxTable() : psTable()
  const over = (): void => {
    if (looking === mine) looking = undefined
  }
  looking = mine
  mine.then(over, over)
  return mine
}

async function linuxTable(): Promise<ProcessRow[]> {
  const names = await readdir('/proc')
  const rows = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(linuxRow))
  return rows.filter((row) => row !== undefined)
}

async function linuxRow(pid: string): Promise<ProcessRow | undefined> {
  const [stat, environment] = await Promise.all([readIfThere(`/proc/${pid}/stat`), readIfThere(`/proc/${pid}/environ`)])
  const [state, parent, group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (state === undefined || state === '' || state === 'Z' || state === 'X') return undefined
  return { pid: Number(pid), parent: Number(parent), group: Number(group), session: Number(session), environment }
}

/** A process that has just ended, or another user's, reads as nothing. */
async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1')
  } catch {
    return ''
  }
}

/** macOS and the BSDs: `-E` adds the environment of the user's own processes to their command. */
async function psTable(): Promise<ProcessRow[]> {
  const columns = ['-A', '-E', '-ww', '-o', 'pid=,ppid=,pgid=,stat=,command=']
  const { stdout } = await promisify(execFile)('/bin/ps', columns, { maxBuffer: 64 * 1024 * 1024, timeout: 1_000 })
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, group, state = '', environment = ''] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    if (pid === undefined || state.startsWith('Z')) return []
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), session: 0, environment }]
  })
}
