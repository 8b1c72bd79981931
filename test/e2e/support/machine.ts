/** What tests see and do on the machine itself. */
import { readFileSync } from 'node:fs'
import { access, readFile, writeFile } from 'node:fs/promises'
import { expect } from 'vitest'

const WAIT_MS = 30_000

/** Whether the process runs; what has ended and only waits for its parent to notice does not. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z'
  } catch {
    return false
  }
}

export async function untilFile(path: string): Promise<void> {
  await expect.poll(() => exists(path), { timeout: WAIT_MS, interval: 20 }).toBe(true)
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** A command that says `ready` and waits for a file. */
export function waitingFor(file: string, ...after: string[]): string {
  return [`echo ready`, `until [ -e ${file} ]; do sleep 0.05; done`, ...after].join('; ')
}

export const touch = (path: string): Promise<void> => writeFile(path, '')

/**
 * A command that ignores SIGTERM and has a child that does so too. Each writes its process id to a file of the
 * workspace, `NAME.pid` and `NAME-child.pid`.
 */
export function stubborn(name: string): string {
  const loop = 'while :; do sleep 0.1; done'
  const child = `trap "" TERM; echo $$ > ${name}-child.pid; ${loop}`
  return `trap '' TERM; bash -c '${child}' & echo $$ > ${name}.pid; echo started; ${loop}`
}

/** Settles with the process ids of a stubborn command and its child, once both run. */
export async function pidsOf(path: string): Promise<number[]> {
  const pids: number[] = []
  for (const file of [`${path}.pid`, `${path}-child.pid`]) {
    const pid = async (): Promise<number> => Number(await readFile(file, 'utf8').catch(() => ''))
    await expect.poll(pid, { timeout: WAIT_MS, interval: 20 }).toBeGreaterThan(0)
    pids.push(await pid())
  }
  return pids
}
