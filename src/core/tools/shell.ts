import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** How a command is started: a file and its arguments. */
export interface ShellCommand {
  file: string
  args: string[]
}

let known: Promise<string> | undefined

/** The command for this machine's shell. On POSIX both streams are one, so that their order is kept. */
export async function shellCommand(command: string): Promise<ShellCommand> {
  if (process.platform === 'win32') {
    return { file: 'powershell.exe', args: ['-NoProfile', '-NonInteractive', '-Command', command] }
  }
  known ??= findShell()
  return { file: '/bin/sh', args: ['-c', 'exec "$@" 2>&1', 'sh', await known, '-c', command] }
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
