import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../../support/vscode/browser.ts'
import { START } from './events.ts'
import { type OpenPanel, openPanel, setTime, twoFrames } from './harness.ts'
import { oneMore } from './scriptScenes.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const card = ({ page }: OpenPanel, id: string) => page.locator(`[data-call-id="${id}"]`)
const row = (panel: OpenPanel, id: string) => card(panel, id).locator('> .row')
const focusedCall = ({ page }: OpenPanel): Promise<unknown> =>
  page.evaluate('document.activeElement.closest("[data-call-id]")?.dataset.callId')

describe('a script’s card', () => {
  it('shows its code, its calls with a score of their own, and its output; its row says how many', async () => {
    const panel = await openPanel(browser, 'script', { width: 700 })
    expect(await row(panel, 'c3').locator('.state .l').textContent()).toBe('javascript, 26 calls')
    const body = card(panel, 'c3').locator('> .body')
    expect(await body.locator('> .script').innerText()).toContain('tools.find_files')
    expect(await body.locator('> .nest > .score').getAttribute('aria-label')).toBe('Score: 26 calls on one time axis')
    expect(await body.locator('> .nest .fold').innerText()).toContain('22 calls')
    expect(await body.innerText()).toContain('9 files')
    await panel.close()
  })

  it('stops one of its calls, and not itself', async () => {
    const panel = await openPanel(browser, 'script')
    await row(panel, 'n3').getByRole('button', { name: 'Stop this call' }).click()
    expect((await panel.posted()).filter(({ type }) => type === 'stopCall')).toEqual([
      { type: 'stopCall', callId: 'n3' },
    ])
    await row(panel, 'n4').locator('.open').focus()
    await panel.page.keyboard.press('Delete')
    expect((await panel.posted()).at(-1)).toEqual({ type: 'stopCall', callId: 'n4' })
    await panel.close()
  })

  it('gets the focus from its calls by the left arrow', async () => {
    const panel = await openPanel(browser, 'script')
    await row(panel, 'n3').locator('.open').focus()
    await panel.page.keyboard.press('ArrowLeft')
    expect(await focusedCall(panel)).toBe('c3')
    await panel.close()
  })

  it('opens for a call that asks inside it, whose answer is about that call', async () => {
    const panel = await openPanel(browser, 'scriptAsks')
    expect(await panel.page.getByRole('button', { name: 'Allow once' }).count()).toBe(2)
    await card(panel, 'n2').getByRole('button', { name: 'Allow once' }).click()
    expect((await panel.posted()).at(-1)).toEqual({ type: 'approve', callId: 'n2', fingerprint: 'a2', answer: 'once' })
    await panel.close()
  })

  it('asks with all of its code', async () => {
    const panel = await openPanel(browser, 'scriptAsks')
    const asked = await card(panel, 'c1').locator('.cmd').innerText()
    expect(asked.split('\n')).toHaveLength(10)
    expect(asked).toContain("'new_text': 'cache: pnpm'")
    await panel.close()
  })

  it('that was stopped or asks after its turn says so in the status line', async () => {
    const panel = await openPanel(browser, 'scriptAsks')
    await panel.events({ type: 'turnEnded', at: START + 3000, turnId: 't1', status: 'completed' })
    await panel.page.getByRole('button', { name: '2 need your answer' }).click()
    await twoFrames(panel.page)
    expect(await focusedCall(panel)).toBe('c1')
    await panel.close()
  })
})

describe('a script with 500 calls', () => {
  it('keeps a bounded number of cards: the last, and those that did not complete; all on demand', async () => {
    const panel = await openPanel(browser, 'scriptMany')
    const cards = panel.page.locator('.nest [data-call-id]')
    expect(await cards.count()).toBe(121)
    expect([await card(panel, 'n5').count(), await card(panel, 'n499').count()]).toEqual([1, 1])
    await panel.page.getByRole('button', { name: 'Show all 500 calls' }).click()
    expect(await cards.count()).toBe(500)
    await panel.close()
  })

  it('goes to a call that is not in the document by its lane', async () => {
    const panel = await openPanel(browser, 'scriptMany')
    await panel.page.locator('.nest .lane').nth(1).click()
    await twoFrames(panel.page)
    await twoFrames(panel.page)
    expect(await panel.page.evaluate('document.activeElement.closest("[data-call-id], .fold") !== null')).toBe(true)
    await panel.close()
  })

  it('draws only what is new while more come', async () => {
    const panel = await openPanel(browser, 'scriptMany')
    await panel.page.evaluate(`{
      window.nodes = 0
      new MutationObserver((list) => {
        for (const { addedNodes } of list) window.nodes += addedNodes.length
      }).observe(document.querySelector('.nest'), { childList: true, subtree: true })
    }`)
    for (let i = 0; i < 40; i++) await panel.events(...oneMore(`m${i}`, 7000 + i))
    await setTime(panel, 8000)
    expect(await row(panel, 'c1').locator('.state .m').textContent()).toBe('540 calls')
    expect(await panel.page.evaluate('window.nodes')).toBeLessThan(40 * 40)
    await panel.close()
  })
})
