import { readFile } from 'node:fs/promises'

/** Whether the process runs; one that has ended and waits to be reaped does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return status !== undefined && !/\) [ZX] /.test(status)
}
