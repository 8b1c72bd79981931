/** The panel in a real browser without VS Code: the real bundle under the real policy, and a host that is scripted. */
import * as esbuild from 'esbuild'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import type { SessionEvent } from '../../../src/protocol/events.ts'
import type { FromPanel, ToPanel } from '../../../src/protocol/messages.ts'
import { replay } from '../../../src/protocol/state.ts'
import { START } from './events.ts'
import { SCENES, type Scene, type SceneName } from './scenes.ts'

export type Theme = 'dark' | 'light' | 'hc'

const BODY_CLASS: Record<Theme, string> = { dark: 'vscode-dark', light: 'vscode-light', hc: 'vscode-high-contrast' }
const ORIGIN = 'http://panel.test'
const NONCE = 'harness'
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

let bundled: Promise<{ js: string; css: string }> | undefined

function bundle(): Promise<{ js: string; css: string }> {
  bundled ??= build()
  return bundled
}

async function build(): Promise<{ js: string; css: string }> {
  const { outputFiles } = await esbuild.build({
    entryPoints: { ui: here('../../../src/ui/main.tsx') },
    outdir: 'out',
    write: false,
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2024',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfig: here('../../../src/ui/tsconfig.json'),
  })
  const text = (ending: string): string => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? ''
  return { js: text('.js'), css: text('.css') }
}

export interface OpenOptions {
  theme?: Theme
  width?: number
  height?: number
  /** Freezes the clock at the scene's time. */
  still?: boolean
  reducedMotion?: boolean
}

/** The panel with a session shown, and what it has posted. */
export interface OpenPanel {
  page: Page
  posted: () => Promise<FromPanel[]>
  send: (message: ToPanel) => Promise<void>
  /** Sends events of the shown session and waits until they are drawn. */
  events: (...events: SessionEvent[]) => Promise<void>
  /** Messages of the browser's console that are errors, violations of the policy included. */
  errors: string[]
  close: () => Promise<void>
}

export async function openPanel(
  browser: Browser,
  name: SceneName | Scene,
  options: OpenOptions = {},
): Promise<OpenPanel> {
  const scene = typeof name === 'string' ? SCENES[name]() : name
  const { theme = 'dark', width = 420, height = 1100, still = true, reducedMotion = false } = options
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: 2,
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
  })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())))
  page.on('pageerror', (error) => errors.push(String(error)))
  await serve(page, theme)
  await page.addInitScript({ content: fakeHost(START + scene.now, still, scene.kept ?? {}) })
  await page.goto(`${ORIGIN}/`)
  const send = (message: ToPanel): Promise<void> =>
    page.evaluate<undefined>(`window.postMessage(${JSON.stringify(message)})`)
  await send({ type: 'snapshot', state: replay('s', scene.events), environment: scene.environment })
  await page.locator('[role=status]').first().waitFor({ state: 'attached' })
  await twoFrames(page)
  const events = async (...list: SessionEvent[]): Promise<void> => {
    await send({ type: 'events', sessionId: 's', events: list })
    await twoFrames(page)
  }
  const posted = (): Promise<FromPanel[]> => page.evaluate<FromPanel[]>('window.posted')
  return { page, posted, send, events, errors, close: () => context.close() }
}

export function twoFrames(page: Page): Promise<unknown> {
  return page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))')
}

/** Moves the frozen clock of a still panel to so many ms after the scenes' start. */
export async function setTime({ page }: OpenPanel, ms: number): Promise<void> {
  await page.evaluate(`window.harnessNow = ${START + ms}`)
  await twoFrames(page)
}

/** Runs in the page before the bundle: VS Code's side of the webview, and the clock. */
function fakeHost(start: number, still: boolean, kept: object): string {
  return `{
    const began = performance.now()
    window.harnessNow = ${still} ? ${start} : undefined
    Date.now = () => window.harnessNow ?? ${start} + performance.now() - began
    let state = ${JSON.stringify(kept)}
    window.posted = []
    window.acquireVsCodeApi = () => ({
      postMessage: (message) => void window.posted.push(message),
      getState: () => state,
      setState: (next) => void (state = next),
    })
  }`
}

async function serve(page: Page, theme: Theme): Promise<void> {
  const { js, css } = await bundle()
  const tokens = await readFile(here('./themes.css'), 'utf8')
  const files: Record<string, { body: string; contentType: string }> = {
    '/ui.js': { body: js, contentType: 'text/javascript' },
    '/ui.css': { body: css, contentType: 'text/css' },
    '/themes.css': { body: tokens, contentType: 'text/css' },
  }
  const policy = `default-src 'none'; style-src ${ORIGIN}; script-src 'nonce-${NONCE}'`
  const html = `<!doctype html><html lang="en" data-theme="${theme}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}"><title>Stretto</title>
<link rel="stylesheet" href="/themes.css"><link rel="stylesheet" href="/ui.css"></head>
<body class="${BODY_CLASS[theme]}"><div id="root"></div><script type="module" nonce="${NONCE}" src="/ui.js"></script></body></html>`
  await page.route(`${ORIGIN}/**`, (route) => {
    const file = files[new URL(route.request().url()).pathname]
    return route.fulfill(file ?? { body: html, contentType: 'text/html' })
  })
}
