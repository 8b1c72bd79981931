/** Stands in for VS Code's own executable: takes its flags, and runs the server and a headless browser instead. */
import { parseArgs } from 'node:util'
import { launchBrowser, pageUrl } from './browser.ts'
import { root } from './paths.ts'
import { startServer } from './server.ts'

const START_MS = 120_000

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    extensionDevelopmentPath: { type: 'string', multiple: true },
    extensionTestsPath: { type: 'string' },
    'user-data-dir': { type: 'string' },
    'disable-workspace-trust': { type: 'boolean' },
    verbose: { type: 'boolean' },
  },
})

const stopped = new Promise<number>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(1))
})
process.exitCode = await run()

async function run(): Promise<number> {
  // A page's URL carries one extension: the others are installed.
  const [extension = root, ...installed] = paths(values.extensionDevelopmentPath)
  const tests = path(values.extensionTestsPath)
  await using server = await startServer({ trust: values['disable-workspace-trust'] !== true, installed })
  await using browser = await launchBrowser()
  const page = await browser.newPage()
  const exit = new Promise<number>((resolve) => void page.exposeFunction('codeAutomationExit', resolve))
  await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => show(type, args))
  page.on('crash', () => console.error('The browser page of VS Code crashed.'))
  const crashed = new Promise<number>((resolve) => page.once('crash', () => resolve(1)))
  const workspace = positionals[0]
  await page.goto(pageUrl({ url: server.url, workspace, extension, tests }), { timeout: START_MS })
  const gone = server.ended.then((code) => {
    console.error(`The VS Code server ended with ${code}.`)
    return 1
  })
  return await Promise.race([exit, crashed, gone, stopped])
}

function show(type: string, args: unknown[]): void {
  const problem = type === 'error' || type === 'warn'
  if (values.verbose === true) (problem ? console.error : console.log)(`[vscode ${type}]`, ...args)
}

function paths(values: readonly (string | boolean)[] | string | boolean | undefined): string[] {
  return Array.isArray(values) ? values.flatMap((value) => path(value) ?? []) : []
}

function path(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
