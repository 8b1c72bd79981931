import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findDesktop, hasDisplay } from './desktop.ts'
import { executable } from '../programs.ts'
import { cache, root, sampleFixture } from './paths.ts'
import { startOwned } from './processTree.ts'
import { freePort, QUIET_SETTINGS, startServer } from './server.ts'

export interface Interactive {
  env: NodeJS.ProcessEnv
  /** Begins with a fresh copy of the sample workspace. */
  reset: boolean
}

const sample = join(cache, 'sample')
const PREFERRED_PORT = 8420

/** Opens VS Code for a user, and settles when the user has closed or stopped it. The number is an exit code. */
export async function openInteractive({ env, reset }: Interactive): Promise<number> {
  await mkdir(cache, { recursive: true })
  if (reset) await rm(sample, { recursive: true, force: true })
  if (!existsSync(sample)) await cp(sampleFixture, sample, { recursive: true })
  console.log(`Workspace: ${sample} (npm start -- --reset makes a fresh copy of it)`)
  if (env['STRETTO_PROVIDER'] === 'demo') console.log('Model: the demo model, a script and not an AI.')
  const desktop = hasDisplay() ? (executable(codeCommand()) ?? (await findDesktop())) : undefined
  return desktop === undefined ? serve(env) : openDesktop(desktop, env)
}

function codeCommand(): string {
  return process.platform === 'win32' ? 'code.cmd' : 'code'
}

async function openDesktop(code: string, env: NodeJS.ProcessEnv): Promise<number> {
  console.log('Opening VS Code. Stretto is the icon in its activity bar: ask it to fix the failing test.')
  const profile = join(cache, 'start-profile')
  const owned = startOwned(
    code,
    [
      sample,
      '--new-window',
      '--wait',
      '--disable-workspace-trust',
      `--extensionDevelopmentPath=${root}`,
      `--user-data-dir=${profile}`,
      `--extensions-dir=${join(profile, 'extensions')}`,
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
    { env: { ...process.env, ...env } },
  )
  await Promise.race([owned.ended, interrupted()])
  await owned.end()
  return 0
}

async function serve(env: NodeJS.ProcessEnv): Promise<number> {
  const dataFolder = join(cache, 'start-server')
  await installBuilt(dataFolder)
  await using server = await startServer({
    env,
    dataFolder,
    port: await port(),
    driver: false,
    settings: QUIET_SETTINGS,
  })
  const url = `${server.url}/?folder=${encodeURIComponent(sample)}`
  console.log(`\nVS Code is at ${url}`)
  console.log('Stretto is the icon in its activity bar: ask it to fix the failing test. Ctrl-C ends everything.')
  if (hasDisplay()) showInBrowser(url)
  const code = await Promise.race([server.ended, interrupted()])
  return code === 'interrupted' ? 0 : 1
}

/** Stretto as users get it, in a server that has no development mode for what is opened by hand. */
async function installBuilt(dataFolder: string): Promise<void> {
  await rm(join(dataFolder, 'extensions'), { recursive: true, force: true })
  await rm(join(dataFolder, 'data/CachedProfilesData'), { recursive: true, force: true })
  const extension = join(dataFolder, 'extensions/stretto.stretto-0.1.0')
  for (const part of ['package.json', 'dist', 'media']) {
    await cp(join(root, part), join(extension, part), { recursive: true })
  }
}

/** The same port each time where it is free: the browser keeps the user's settings by address. */
async function port(): Promise<number> {
  return freePort(PREFERRED_PORT).catch(() => freePort())
}

function showInBrowser(url: string): void {
  const [command, ...args] = opener()
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true })
  child.once('error', () => console.log('Open this address in a browser.'))
  child.unref()
}

function opener(): [string, ...string[]] {
  if (process.platform === 'darwin') return ['open']
  if (process.platform === 'win32') return ['cmd', '/c', 'start', '']
  return ['xdg-open']
}

function interrupted(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve('interrupted'))
  })
}
