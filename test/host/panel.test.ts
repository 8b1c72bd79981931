import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as vscode from 'vscode'
import { panelHtml } from '../../src/host/panelHtml.ts'
import { stretto } from './withModel.ts'

const forbidden = ['connect-src', 'frame-src', 'img-src', 'script-src', 'script-src-elem', 'style-src-elem']

/** Runs in the panel's page in place of its script: tries what the policy forbids, and tells what it stopped. */
const intruder = `
const api = acquireVsCodeApi()
const blocked = new Set()
const all = Promise.withResolvers()
document.addEventListener('securitypolicyviolation', (event) => {
  if (blocked.add(event.effectiveDirective).size === ${forbidden.length}) all.resolve()
})
const image = document.createElement('img')
image.src = 'https://example.invalid/?data=1'
const inline = document.createElement('script')
inline.textContent = 'window.intruded = true'
const frame = document.createElement('iframe')
frame.src = 'https://example.invalid/'
const style = document.createElement('style')
style.textContent = 'body { background: url(https://example.invalid/b) }'
document.body.append(image, inline, frame, style)
const stopped = (promise) => promise.then(() => false, () => true)
const fetched = await stopped(fetch('https://example.invalid/'))
let evaluated = true
try { evaluated = new Function('return true')() } catch { evaluated = false }
setTimeout(all.resolve, 10_000)
await all.promise
api.postMessage({ blocked: [...blocked].sort(), intruded: window.intruded === true, fetched, evaluated })
`

describe('the panel', () => {
  it('shows its view without an error', async () => {
    await stretto()
    await vscode.commands.executeCommand('stretto.openChat')
    await vscode.commands.executeCommand('workbench.action.closeSidebar')
    await vscode.commands.executeCommand('stretto.openChat')
  })

  it('has a page that names only its own script and style sheet, with a new nonce each time', async () => {
    const panel = vscode.window.createWebviewPanel('test', 'Test', vscode.ViewColumn.One)
    const extension = vscode.Uri.file('/extension')
    const [first, second] = [panelHtml(panel.webview, extension), panelHtml(panel.webview, extension)]
    const source = panel.webview.cspSource
    panel.dispose()
    const nonce = /'nonce-([^']+)'/.exec(first)?.[1]
    assert.ok(nonce !== undefined && nonce.length >= 20)
    assert.ok(!second.includes(nonce))
    assert.match(first, /default-src 'none'/)
    assert.doesNotMatch(first.replaceAll(source, ''), /unsafe-|https:(?!.*vscode-resource)|\*/)
    assert.deepEqual(first.match(/<script[^>]*>/g)?.length, 1)
    assert.match(first, /<div id="root"><\/div>/)
  })

  // What is stopped is told as each attempt is made, in any order; the page waits for all of it.
  it('runs nothing and loads nothing that is not its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stretto-panel-'))
    const root = vscode.Uri.file(folder)
    await writeFile(join(folder, 'intruder.js'), intruder)
    const panel = vscode.window.createWebviewPanel('test', 'Test', vscode.ViewColumn.One, {
      enableScripts: true,
      localResourceRoots: [root],
    })
    const told = new Promise<unknown>((resolve) => panel.webview.onDidReceiveMessage(resolve))
    const script = panel.webview.asWebviewUri(vscode.Uri.joinPath(root, 'intruder.js')).toString()
    panel.webview.html = panelHtml(panel.webview, root).replace(/src="[^"]+"/, `src="${script}"`)
    const report = await told
    panel.dispose()
    await rm(folder, { recursive: true })
    assert.deepEqual(report, {
      blocked: forbidden,
      intruded: false,
      fetched: true,
      evaluated: false,
    })
  })
})
