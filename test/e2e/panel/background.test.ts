import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../../support/vscode/browser.ts'
import { started } from './backgroundEvents.ts'
import { START } from './events.ts'
import { openPanel, setTime } from './harness.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const LATER = { at: START + 80_000, turnId: 't1' }

describe('what goes on in the background', () => {
  it('is counted beside how the turn ended, and listed when the user asks for it', async () => {
    const { page, errors, close } = await openPanel(browser, 'background')
    const button = page.getByRole('button', { name: '3 in the background' })
    expect(await page.locator('.status').innerText()).toMatch(/^Completed ·\s+[^]*3 in the background/)
    expect(await page.getByRole('list', { name: 'In the background' }).count()).toBe(0)
    await button.focus()
    await page.keyboard.press('Enter')
    expect(await button.getAttribute('aria-expanded')).toBe('true')
    const rows = page.getByRole('list', { name: 'In the background' }).getByRole('listitem')
    const texts = (await rows.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' '))
    expect(texts).toEqual([
      expect.stringMatching(/^dev npm run dev .* 1:14 VITE v7\.0\.2 ready .*hmr update/),
      expect.stringMatching(/^tests npx vitest .* Waiting for file changes …$/),
      expect.stringMatching(/^seed left behind by \.\/scripts\/seed\.sh 1:1\d$/),
    ])
    await button.click()
    expect(await rows.count()).toBe(0)
    expect(errors).toEqual([])
    await close()
  })

  it('is shown, opened in a terminal and stopped one by one', async () => {
    const { page, posted, events, close } = await openPanel(browser, 'background')
    await page.getByRole('button', { name: '3 in the background' }).click()
    await page.getByRole('button', { name: 'Show output of dev' }).click()
    await page.getByRole('button', { name: 'Open tests in a terminal' }).click()
    await page.getByRole('button', { name: 'Stop seed' }).focus()
    await page.keyboard.press('Enter')
    expect((await posted()).slice(-3)).toEqual([
      { type: 'showProcess', processId: 'dev' },
      { type: 'openTerminal', processId: 'tests' },
      { type: 'stopProcess', processId: 'seed' },
    ])
    await events({ type: 'processEnded', ...LATER, processId: 'seed', how: 'stopped' })
    await events({ type: 'processEnded', ...LATER, processId: 'tests', how: 'exit code 1' })
    expect(await page.getByRole('listitem').count()).toBe(1)
    expect(await page.evaluate('document.activeElement.id')).toBe('composer')
    await page.getByRole('button', { name: /^3 calls/ }).click()
    const state = (id: string) => page.locator(`[data-call-id=${id}] .state`).innerText()
    await expect.poll(() => state('c1')).toContain('goes on as dev')
    expect(await state('c2')).toContain('ended: exit code 1')
    expect(await state('c3')).toContain('exit 0')
    await close()
  })

  it('goes on through the next turn, draws its last lines as they come, and closes its list when none is left', async () => {
    const panel = await openPanel(browser, 'background')
    const { page, events, close } = panel
    await page.getByRole('button', { name: '3 in the background' }).click()
    const of = { ...LATER, turnId: 't2' }
    await events(
      { type: 'turnStarted', ...of, messageId: 'm2', text: 'And now?', source: 'panel', model: 'm' },
      { type: 'processOutput', ...LATER, processId: 'dev', tail: 'GET /cart 500' },
    )
    await setTime(panel, 85_000)
    expect(await page.locator('.status').innerText()).toMatch(/Waiting for the model ·\s+[^]*3 in the background/)
    expect(await page.locator('.going').first().innerText()).toMatch(/\n\s*GET \/cart 500$/)
    for (const processId of ['dev', 'tests', 'seed']) {
      await events({ type: 'processEnded', ...LATER, processId, how: 'exit code 0' })
    }
    expect(await page.getByRole('list', { name: 'In the background' }).count()).toBe(0)
    await events(started('dev', 'npm run dev', 90_000))
    expect(await page.getByRole('button', { name: '1 in the background' }).getAttribute('aria-expanded')).toBe('false')
    await close()
  })

  it.each([320, 420])('nothing scrolls sideways and no button is cut at %i px', async (width) => {
    const { page, close } = await openPanel(browser, 'background', { width })
    await page.getByRole('button', { name: '3 in the background' }).click()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    for (const name of ['Show output of dev', 'Open dev in a terminal', 'Stop dev']) {
      const box = await page.getByRole('button', { name }).boundingBox()
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width - 8)
    }
    await close()
  })
})
