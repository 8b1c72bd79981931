import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser, pageUrl } from '../../support/vscode/browser.ts'
import { driverExtension, root } from '../../support/vscode/paths.ts'
import { QUIET_SETTINGS, startServer } from '../../support/vscode/server.ts'
import { copyWorkspace } from '../../support/vscode/workspace.ts'
import { startDriver, type Driver } from './driver.ts'
import { untilShellIsReady } from './shell.ts'

export interface OpenOptions {
  /** The endpoint of a scripted model; none: nothing is configured. */
  model?: { url: string }
  /** The user's settings, before the first turn. */
  settings?: Record<string, unknown>
  /** A folder to copy; the sample workspace otherwise. */
  workspace?: string
  /** Leaves VS Code's workspace trust on: the workspace begins untrusted. */
  trust?: boolean
  env?: NodeJS.ProcessEnv
  /** Settings of the machine, as a development container brings them. */
  machine?: Record<string, unknown>
  theme?: 'light' | 'dark'
  /** Folders of other extensions, as if the user had installed them. */
  installed?: string[]
}

export interface OpenVsCode extends AsyncDisposable {
  page: Page
  /** The workspace's folder: a fresh copy. */
  workspace: string
  driver: Driver
  /** Sets the user's own settings; undefined takes one back. */
  configure(settings: Record<string, unknown>): Promise<void>
  /** Saves test/e2e/shots/NAME-light.png and NAME-dark.png. */
  shoot(name: string): Promise<void>
}

let shared: Promise<Browser> | undefined

/** Ends with the process; one browser serves all tests of a run. */
function browser(): Promise<Browser> {
  shared ??= launchBrowser()
  return shared
}

export async function closeBrowser(): Promise<void> {
  const open = await shared
  shared = undefined
  await open?.close()
}

const THEMES = { light: 'Default Light Modern', dark: 'Default Dark Modern' }

/** A real VS Code on a fresh copy of a workspace, with Stretto as it was built, ready for a user. */
export async function openVsCode(options: OpenOptions = {}): Promise<OpenVsCode> {
  await using stack = new AsyncDisposableStack()
  const workspace = stack.use(await copyWorkspace(options.workspace))
  const driver = stack.use(await startDriver())
  const env = { ...environment(options), STRETTO_TEST_DRIVER: String(driver.port) }
  const installed = [driverExtension, ...(options.installed ?? [])]
  const settings = { ...QUIET_SETTINGS, ...options.machine }
  const server = stack.use(await startServer({ env, trust: options.trust ?? false, installed, settings }))
  const context = await (await browser()).newContext({ viewport: { width: 1280, height: 860 } })
  stack.defer(() => context.close())
  const page = await context.newPage()
  // VS Code's smoke-test driver calls these two.
  await page.exposeFunction('codeAutomationLog', () => {})
  await page.exposeFunction('codeAutomationExit', () => {})
  await page.goto(pageUrl({ url: server.url, workspace: workspace.path, extension: root }))
  await untilShellIsReady(page)
  await driver.ready()
  const configure = (settings: Record<string, unknown>) => driver.evaluate(update, entriesOf(settings))
  await configure({
    'files.autoSave': 'off',
    'workbench.colorTheme': THEMES[options.theme ?? 'dark'],
    'stretto.sandbox': 'off',
    ...options.settings,
  })
  const shoot = async (name: string) => {
    for (const theme of ['light', 'dark'] as const) await shootIn(theme, name)
  }
  const shootIn = async (theme: 'light' | 'dark', name: string) => {
    await configure({ 'workbench.colorTheme': THEMES[theme] })
    await page.locator(`.monaco-workbench.${theme === 'light' ? 'vs' : 'vs-dark'}`).waitFor()
    const shots = join(root, 'test/e2e/shots')
    await mkdir(shots, { recursive: true })
    await page.screenshot({ path: join(shots, `${name}-${theme}.png`), animations: 'disabled' })
  }
  const owned = stack.move()
  return {
    page,
    workspace: workspace.path,
    driver,
    configure,
    shoot,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function environment({ model, env }: OpenOptions): NodeJS.ProcessEnv {
  const none = { OPENAI_BASE_URL: undefined, OPENAI_API_KEY: undefined, STRETTO_PROVIDER: undefined }
  const scripted = model && { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'scripted', STRETTO_MODEL: 'scripted' }
  return { ...none, ...scripted, ...env }
}

/** As JSON can carry them: what is undefined is null. */
function entriesOf(settings: Record<string, unknown>): [string, unknown][] {
  return Object.entries(settings).map(([key, value]) => [key, value ?? null])
}

/** Runs in the extension host. */
async function update(vscode: typeof import('vscode'), settings: [string, unknown][]): Promise<void> {
  for (const [key, value] of settings) {
    await vscode.workspace.getConfiguration().update(key, value ?? undefined, vscode.ConfigurationTarget.Global)
  }
}
