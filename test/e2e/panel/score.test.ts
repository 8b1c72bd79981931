import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { START } from './events.ts'
import { launchBrowser } from '../../support/vscode/browser.ts'
import { openPanel, setTime, twoFrames } from './harness.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

describe('the score', () => {
  it('lights lane and row together, reads out, and ties a call to what it waited for', async () => {
    const { page, close } = await openPanel(browser, 'running')
    await page.locator('.lane[data-for=c10]').hover()
    await twoFrames(page)
    expect(await page.locator('[data-call-id=c10]').getAttribute('class')).toContain('linked')
    expect(await page.locator('.readout').textContent()).toMatch(/terminal npm run lint .*waited 12.s, after edit_file/)
    expect(await page.locator('.lane.cause').getAttribute('data-for')).toBe('c9')
    expect(await page.locator('.tie').boundingBox()).toMatchObject({ height: 8 })
    await page.locator('[data-call-id=c5] .row').hover()
    await twoFrames(page)
    expect(await page.locator('.lane.linked').getAttribute('data-for')).toBe('c5')
    expect(await page.locator('.tie').count()).toBe(0)
    await close()
  })

  it('is one tab stop, walked by arrows; Enter goes to the card', async () => {
    const { page, close } = await openPanel(browser, 'running')
    expect(await page.locator('.lane[tabindex="0"]').count()).toBe(1)
    await page.locator('.lane[tabindex="0"]').focus()
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await twoFrames(page)
    await twoFrames(page)
    expect(await page.evaluate('document.activeElement.closest("[data-call-id]")?.dataset.callId')).toBe('c10')
    await close()
  })

  it('goes to the folded line that holds the card', async () => {
    const { page, close } = await openPanel(browser, 'script')
    await page.locator('.lane').nth(4).click()
    await twoFrames(page)
    await twoFrames(page)
    expect(await page.evaluate('document.activeElement.closest(".fold") !== null')).toBe(true)
    await close()
  })

  it('moves its playhead with each frame by one property, and jumps its axis once', async () => {
    const opened = await openPanel(browser, 'running')
    const { page } = opened
    const style = (name: string): Promise<unknown> =>
      page.evaluate(`document.querySelector('.score').style.getPropertyValue('${name}')`)
    expect([await style('--now'), await style('--domain')]).toEqual(['14200', '20000'])
    await page.evaluate(`{
      window.changed = new Set()
      new MutationObserver((list) => { for (const { target } of list) window.changed.add(target.className) })
        .observe(document.querySelector('.score'), { attributes: true, subtree: true })
    }`)
    await setTime(opened, 18_000)
    expect(await style('--now')).toBe('15400')
    expect(await page.evaluate('[...window.changed].map((name) => name.trim())')).toEqual(['score'])
    await setTime(opened, 22_700)
    expect([await style('--now'), await style('--domain')]).toEqual(['20100', '30000'])
    await opened.close()
  })

  it('ends with the step: no playhead, the axis as long as the step', async () => {
    const { page, events, close } = await openPanel(browser, 'asks')
    const end = (callId: string, at: number) =>
      ({ type: 'callEnded', at: START + at, turnId: 't1', callId, status: 'completed', result: '' }) as const
    await events(end('e1', 3500), end('q1', 4500), { type: 'stepEnded', at: START + 4500, turnId: 't1', stepId: 's1' })
    expect(await page.locator('.playhead').count()).toBe(0)
    expect(await page.evaluate(`document.querySelector('.score').style.getPropertyValue('--domain')`)).toBe('4000')
    await close()
  })

  it('names each lane whole', async () => {
    const { page, close } = await openPanel(browser, 'running')
    expect(await page.locator('.lane[data-for=c5]').getAttribute('aria-label')).toMatch(
      /^edit_file src\/session\.ts: waited 0\.3.s, ran 2\.3.s, completed$/,
    )
    await close()
  })
})
