import { createServer } from 'node:net'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { installServer } from './install.ts'
import { temporaryFolder } from './paths.ts'
import { startOwned } from './processTree.ts'

const KEEPER = new URL('endWithParent.mjs', import.meta.url).href
const READY_MS = 60_000

/** A window that shows one chat, ours, and nothing that asks. */
export const QUIET_SETTINGS = {
  'chat.disableAIFeatures': true,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
}

export interface ServerOptions {
  /** Added to this process's environment; the extension host inherits it. */
  env?: NodeJS.ProcessEnv
  /** Asks whether a workspace is trusted, as VS Code does for its users. */
  trust?: boolean
  /** Kept after the end; without it a temporary folder is used and removed. */
  dataFolder?: string
  port?: number
  /** Lets a page's URL carry an extension and its tests, and hides toasts. On unless said otherwise. */
  driver?: boolean
  /** Folders of extensions that are there as if the user had installed them. */
  installed?: string[]
  /** Settings of the machine: lower than the user's own, and there from the first moment. */
  settings?: Record<string, unknown>
  log?: (line: string) => void
}

export interface VsCodeServer extends AsyncDisposable {
  port: number
  /** Without a slash at its end. */
  url: string
  dataFolder: string
  ended: Promise<number | null>
}

/** A VS Code server on a port of 127.0.0.1, ready to be opened. */
export async function startServer(options: ServerOptions = {}): Promise<VsCodeServer> {
  const server = await installServer()
  const port = options.port ?? (await freePort())
  const dataFolder = options.dataFolder ?? (await temporaryFolder('server'))
  // A new data folder takes what lies in its extensions folder for installed. (Only one extension of a page's URL is.)
  for (const folder of options.installed ?? []) {
    await cp(folder, join(dataFolder, 'extensions', `${basename(folder)}-0.0.1`), { recursive: true })
  }
  const machine = join(dataFolder, 'data/Machine')
  await mkdir(machine, { recursive: true })
  await writeFile(join(machine, 'settings.json'), JSON.stringify(options.settings ?? {}, undefined, 2))
  const env = { ...process.env, ...options.env }
  // Set inside a VS Code terminal; it would make the server a client of that VS Code.
  delete env['VSCODE_IPC_HOOK_CLI']
  const command = ['--import', KEEPER, join(server, 'out/server-main.js'), ...flags(port, dataFolder, options)]
  const owned = startOwned(process.execPath, command, { env, stdin: 'pipe' })
  const output: string[] = []
  const keep = (chunk: Buffer) => {
    output.push(chunk.toString())
    options.log?.(chunk.toString())
  }
  owned.child.stdout?.on('data', keep)
  owned.child.stderr?.on('data', keep)
  const dispose = async () => {
    await owned.end()
    if (options.dataFolder === undefined) await rm(dataFolder, { recursive: true, force: true, maxRetries: 5 })
  }
  const url = `http://127.0.0.1:${port}`
  try {
    await untilReady(url, owned.ended)
  } catch (error) {
    await dispose()
    throw new Error(`${(error as Error).message}\n${output.join('')}`, { cause: error })
  }
  return { port, url, dataFolder, ended: owned.ended, [Symbol.asyncDispose]: dispose }
}

function flags(port: number, dataFolder: string, { trust, driver = true }: ServerOptions): string[] {
  return [
    '--host=127.0.0.1',
    `--port=${port}`,
    '--without-connection-token',
    '--accept-server-license-terms',
    '--disable-telemetry',
    '--disable-experiments',
    `--server-data-dir=${dataFolder}`,
    ...(driver ? ['--enable-smoke-test-driver'] : []),
    ...(trust ? [] : ['--disable-workspace-trust']),
  ]
}

async function untilReady(url: string, ended: Promise<number | null>): Promise<void> {
  let exit: { code: number | null } | undefined
  void ended.then((code) => (exit = { code }))
  const deadline = performance.now() + READY_MS
  while (performance.now() < deadline) {
    if (exit) throw new Error(`The VS Code server ended with ${exit.code}.`)
    const answer = await fetch(`${url}/version`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`The VS Code server did not answer within ${READY_MS / 1000} s.`)
}

/** A port of 127.0.0.1 that nobody listens on; rejects if the wanted one is taken. */
export function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
