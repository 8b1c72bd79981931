import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Failure } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import { bubblewrap } from './bubblewrap.ts'
import { seatbelt } from './seatbelt.ts'

/** What a process may do beyond reading. */
export interface Walls {
  /** Physical folders, absolute, in which it may write, but for the protected paths in them. */
  writable: readonly string[]
  /** Physical paths that it needs though they lie in the machine's temporary folder, which it does not see. */
  visible?: readonly string[]
  network: boolean
}

export interface Argv {
  file: string
  /** Given as they are: no shell reads them. */
  args: readonly string[]
  /** An existing folder, absolute. */
  cwd: string
}

/** A command line that runs another one behind walls; to be disposed of when that has ended. */
export interface Enclosed extends AsyncDisposable {
  file: string
  args: readonly string[]
  /** Added to the environment of the process. */
  environment: Record<string, string>
  /** Whether the walls are still what they would be if they were put up now: protected paths may have come. */
  stands(): Promise<boolean>
}

/** Walls of the operating system, not of an analysis: what is behind them can read, and write only where it may. */
export interface Sandbox extends AsyncDisposable {
  name: 'bubblewrap' | 'Seatbelt'
  enclose(command: Argv, walls: Walls): Promise<Enclosed>
}

const PROBE_MS = 15_000

/** The sandbox of this machine, tried out, or why there is none and how to get one. */
export async function findSandbox(platform: NodeJS.Platform = process.platform): Promise<Sandbox | Failure> {
  if (platform === 'win32') return failed('no_sandbox', 'Stretto has no sandbox on Windows. Use WSL to have one.')
  const sandbox = platform === 'darwin' ? seatbelt() : bubblewrap()
  try {
    await using enclosed = await sandbox.enclose({ file: 'true', args: [], cwd: '/' }, { writable: [], network: false })
    await promisify(execFile)(enclosed.file, [...enclosed.args], { timeout: PROBE_MS })
    return sandbox
  } catch (error) {
    await sandbox[Symbol.asyncDispose]()
    return failed('no_sandbox', whyNot(sandbox.name, error))
  }
}

function whyNot(name: Sandbox['name'], error: unknown): string {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
  if (name === 'bubblewrap' && isMissing)
    return 'There is no sandbox here. Install bubblewrap (the package "bubblewrap" of your system) to have one.'
  const words = error instanceof Error ? (error.message.split('\n').findLast((line) => line.trim() !== '') ?? '') : ''
  return `${name} does not work here: ${words} In a container, allow it user namespaces.`
}
