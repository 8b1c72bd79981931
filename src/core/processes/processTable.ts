import { execFile } from 'node:child_process'
import { open, readdir } from 'node:fs/promises'
import { promisify } from 'node:util'

/** A live process; zombies are not listed. */
export interface ProcessRow {
  pid: number
  parent: number
  group: number
  /** The session that `setsid` made; 0 where the system does not tell. */
  session: number
  /** Its environment, or something that contains it; empty where that may not be read or cannot matter. */
  environment: string
}

let next: Promise<ProcessRow[]> | undefined
let current: Promise<unknown> = Promise.resolve()

/**
 * Every process of this machine that can be seen. POSIX systems. One look at a time: all who ask during one share the
 * next, which begins after they asked, so that ending many trees at once costs no more looks than ending one.
 */
export function processTable(): Promise<ProcessRow[]> {
  next ??= current.then(() => {
    next = undefined
    const look = process.platform === 'linux' ? linuxTable() : psTable()
    current = look.catch(() => undefined)
    return look
  })
  return next
}

async function linuxTable(): Promise<ProcessRow[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const stats = (await Promise.all(names.map(linuxStat))).filter((stat) => stat !== undefined)
  const own = stats.find(({ pid }) => pid === process.pid)?.startedAt ?? 0
  // What is older than this process was not started by it: its environment says nothing.
  const environment = ({ pid, startedAt }: Stat) => (startedAt < own ? '' : readIfThere(`/proc/${pid}/environ`))
  return Promise.all(stats.map(async (stat) => ({ ...stat, environment: await environment(stat) })))
}

type Stat = Omit<ProcessRow, 'environment'> & {
  /** In clock ticks since the machine started. */
  startedAt: number
}

async function linuxStat(name: string): Promise<Stat | undefined> {
  const text = await readIfThere(`/proc/${name}/stat`, STAT_BYTES)
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state = '', parent, group, session] = fields
  if (state === '' || state === 'Z' || state === 'X') return undefined
  const [pid, startedAt] = [Number(name), Number(fields[19])]
  return { pid, parent: Number(parent), group: Number(group), session: Number(session), startedAt }
}

/** As much as a `stat` can be. `readFile` would take 64 KiB for each, because its size is not known. */
const STAT_BYTES = 1_024
const ENVIRONMENT_BYTES = 8 * 1_024

/** A process that has just ended, or another user's, reads as nothing. */
async function readIfThere(path: string, step = ENVIRONMENT_BYTES): Promise<string> {
  try {
    await using file = await open(path)
    for (let text = ''; ;) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(step))
      text += buffer.toString('latin1', 0, bytesRead)
      if (bytesRead < step) return text
    }
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
