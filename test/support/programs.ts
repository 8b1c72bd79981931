/** Programs of the system that tests run for real, by their command and their Debian package. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { cache } from './vscode/paths.ts'

const needed: Record<string, string> = {
  git: 'git',
  python3: 'python3',
  rg: 'ripgrep',
  sshd: 'openssh-server',
}
/** What shows what a command does; without it, the tests that look say so and are skipped. */
const wanted: Record<string, string> = process.platform === 'linux' ? { strace: 'strace' } : {}

/** Finds them all, or installs what is missing where this is Debian and we are root. What vitest calls before all tests. */
export function setup(): void {
  const sandbox = ownSandbox()
  if (sandbox !== undefined) process.env['PATH'] = `${process.env['PATH']}${delimiter}${sandbox}`
  const missing = (): [string, string][] =>
    Object.entries(needed).filter(([command]) => executable(command) === undefined)
  const absent = Object.entries(wanted).filter(([command]) => executable(command) === undefined)
  installDebian([...missing(), ...absent].map(([, name]) => name))
  const still = missing().map(([command, name]) => `${command} (Debian: apt-get install ${name})`)
  if (still.length > 0) throw new Error(`The tests need ${still.join(', ')}. Install that, then try again.`)
}

/**
 * Where bubblewrap is not installed, tests of the sandbox get one of their own. For the machine there is still none, so
 * that what runs in VS Code is not behind walls because tests were run.
 *
 * @returns the folder that PATH needs then
 */
export function ownSandbox(): string | undefined {
  if (process.platform !== 'linux' || executable('bwrap') !== undefined) return undefined
  const home = join(cache, 'bubblewrap')
  if (!existsSync(join(home, 'usr')) && executable('apt-get') !== undefined) {
    mkdirSync(home, { recursive: true })
    const options = { cwd: home, stdio: 'inherit' as const }
    const download = () => spawnSync('apt-get', ['download', '-q', 'bubblewrap'], options).status === 0
    if (!download()) {
      spawnSync('apt-get', ['update', '-q'], options)
      download()
    }
    for (const name of readdirSync(home).filter((each) => each.endsWith('.deb')))
      spawnSync('dpkg', ['-x', name, '.'], options)
  }
  if (existsSync(join(home, 'usr/bin/bwrap'))) return join(home, 'usr/bin')
  console.warn('The tests of the sandbox will fail: they need bubblewrap (Debian: apt-get install bubblewrap).')
  return undefined
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
