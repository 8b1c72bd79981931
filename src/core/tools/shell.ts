import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { PlainEnvironment } from '../approvals/shell/environment.ts'

/** How a command is started: a file and its arguments. */
export interface ShellCommand {
  file: string
  args: string[]
}

let known: Promise<string> | undefined

/**
 * The command for this machine's shell. On POSIX both streams are one, so that their order is kept.
 *
 * @param plain what a bash that takes nothing from its environment gets in place of it
 */
export async function shellCommand(command: string, plain?: PlainEnvironment): Promise<ShellCommand> {
  if (process.platform === 'win32') {
    return { file: 'powershell.exe', args: ['-NoProfile', '-NonInteractive', '-Command', command] }
  }
  known ??= findShell()
  const shell = await known
  const inner = plain === undefined ? [shell] : ['/usr/bin/env', ...changes(plain), shell, '-p']
  return { file: '/bin/sh', args: ['-c', 'exec "$@" 2>&1', 'sh', ...inner, '-c', command] }
}

/** Whether it is bash that runs commands on this machine, whose grammar is known. */
export async function isBash(): Promise<boolean> {
  if (process.platform === 'win32') return false
  known ??= findShell()
  return (await known).endsWith('/bash')
}

function changes({ set, removed }: PlainEnvironment): string[] {
  const unset = removed.flatMap((name) => ['-u', name])
  return [...unset, ...Object.entries(set).map(([name, value]) => `${name}=${value}`)]
}

async function findShell(): Promise<string> {
  const folders = ['/bin', '/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter)]
  const candidates = folders.filter((folder) => folder.startsWith('/')).map((folder) => join(folder, 'bash'))
  for (const file of candidates) if (await isExecutable(file)) return file
  return '/bin/sh'
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
