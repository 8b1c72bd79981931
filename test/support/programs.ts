/** Programs of the system that tests run for real, by their command and their Debian package. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const needed: Record<string, string> = {
  git: 'git',
  python3: 'python3',
  rg: 'ripgrep',
  sshd: 'openssh-server',
  ...(process.platform === 'linux' && { bwrap: 'bubblewrap' }),
}

/** Finds them all, or installs what is missing where this is Debian and we are root. What vitest calls before all tests. */
export function setup(): void {
  const missing = (): [string, string][] =>
    Object.entries(needed).filter(([command]) => executable(command) === undefined)
  installDebian(missing().map(([, name]) => name))
  const still = missing().map(([command, name]) => `${command} (Debian: apt-get install ${name})`)
  if (still.length > 0) throw new Error(`The tests need ${still.join(', ')}. Install that, then try again.`)
}

/** Does nothing where this is not Debian, or we are not root. */
export function installDebian(packages: string[]): void {
  if (packages.length === 0 || process.getuid?.() !== 0 || executable('apt-get') === undefined) return
  console.log(`Installing ${packages.join(', ')} with apt-get …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-q'], { stdio: 'inherit', env })
  spawnSync('apt-get', ['install', '-qy', '--no-install-recommends', ...packages], { stdio: 'inherit', env })
}

/** The command's path, if PATH has it, or the folder of what administrators run. */
export function executable(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}
