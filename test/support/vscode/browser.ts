import type { Browser } from 'playwright-core'
import { installChromium } from './install.ts'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A headless Chromium unless `visible`. */
export async function launchBrowser({ visible = false } = {}): Promise<Browser> {
  const executablePath = await installChromium()
  const { chromium } = await import('playwright-core')
  return chromium.launch({ executablePath, args: FLAGS, headless: !visible })
}

export interface PageTarget {
  /** The server's, as `startServer` gives it. */
  url: string
  workspace?: string
  /** An extension in development. */
  extension: string
  /** A module that VS Code runs in its extension host, and whose end is the page's exit code. */
  tests?: string
}

/** The URL that opens a workspace with an extension in development. */
export function pageUrl({ url, workspace, extension, tests }: PageTarget): string {
  const remote = (path: string) => `vscode-remote://${new URL(url).host}${slashed(path)}`
  const payload = [['extensionDevelopmentPath', remote(extension)]]
  if (tests !== undefined) payload.push(['extensionTestsPath', remote(tests)])
  const query = new URLSearchParams(workspace === undefined ? { ew: 'true' } : { folder: slashed(workspace) })
  query.set('payload', JSON.stringify(payload))
  return `${url}/?${query.toString()}`
}

function slashed(path: string): string {
  const forward = path.replaceAll('\\', '/')
  return forward.startsWith('/') ? forward : `/${forward}`
}
