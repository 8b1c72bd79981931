/** Finds or installs what a test run needs beyond node_modules: a VS Code and a Chromium. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { executable, installDebian } from '../programs.ts'
import { cache } from './paths.ts'

const SERVER_PACKAGE = 'code-server@4.139.1'
const STALE_MS = 30 * 60_000

/** The folder of a VS Code server; installed from npm when it is missing. */
export async function installServer(): Promise<string> {
  const home = join(cache, SERVER_PACKAGE.replace('@', '-'))
  const server = join(home, 'node_modules/code-server/lib/vscode')
  if (existsSync(home)) return server
  await mkdir(cache, { recursive: true })
  await removeAbandoned()
  const partial = join(cache, `installing-${process.pid}-${Date.now()}`)
  console.log(`Installing a VS Code server (${SERVER_PACKAGE}, about 600 MB) into .vscode-test …`)
  await mkdir(partial)
  await writeFile(join(partial, 'package.json'), '{ "private": true }\n')
  npm(['install', SERVER_PACKAGE], partial)
  const inside = join(partial, 'node_modules/code-server/lib/vscode')
  npm(['install', '--omit=dev'], inside)
  // What its own extensions need: without it, nothing is underlined in JavaScript.
  npm(['install', '--omit=dev'], join(inside, 'extensions'))
  await rename(partial, home).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true })
    if (!existsSync(home)) throw error
  })
  return server
}

/** Folders that an interrupted installation left. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(cache)) {
    const started = /^installing-\d+-(\d+)$/.exec(name)?.[1]
    if (started === undefined || Date.now() - Number(started) < STALE_MS) continue
    await rm(join(cache, name), { recursive: true, force: true })
  }
}

function npm(args: string[], cwd: string): void {
  const all = [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const own = process.env['npm_execpath']
  const { status, error } = own
    ? spawnSync(process.execPath, [own, ...all], { cwd, stdio: 'inherit' })
    : spawnSync('npm', all, { cwd, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status === 0) return
  throw new Error(`npm ${args.join(' ')} failed${error ? `: ${error.message}` : ''}. Its messages are above.`)
}

const CHROMIUMS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge']
const CHROMIUM_APPS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/** A Chromium's executable; installed with apt-get where this is Debian and we are root. */
export async function installChromium(): Promise<string> {
  const found = await findChromium()
  if (found !== undefined) return found
  installDebian(['chromium'])
  const installed = await findChromium()
  if (installed !== undefined) return installed
  throw new Error(
    'No Chromium was found. Install one (Debian: apt-get install chromium; anywhere: npx playwright-core install chromium), ' +
      'or name its executable in CHROMIUM_PATH.',
  )
}

async function findChromium(): Promise<string | undefined> {
  const named = process.env['CHROMIUM_PATH']
  if (named) {
    if (existsSync(named)) return named
    throw new Error(`CHROMIUM_PATH names ${named}, which does not exist.`)
  }
  const system = CHROMIUMS.map(executable).find((path) => path !== undefined)
  if (system !== undefined) return system
  const { chromium } = await import('playwright-core')
  return [...CHROMIUM_APPS, chromium.executablePath()].find((path) => existsSync(path))
}
