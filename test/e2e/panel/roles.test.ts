import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../../support/vscode/browser.ts'
import { openPanel, type Theme } from './harness.ts'
import { SCENES, type SceneName } from './scenes.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const names = Object.keys(SCENES).filter((name): name is SceneName => name in SCENES)

describe('the panel for assistive technology', () => {
  it('names its parts', async () => {
    const { page, close } = await openPanel(browser, 'running')
    expect(await page.getByRole('log', { name: 'Conversation' }).count()).toBe(1)
    expect(await page.getByRole('textbox', { name: 'Message Stretto' }).isVisible()).toBe(true)
    expect(await page.getByRole('button', { name: 'Stop', exact: true }).isVisible()).toBe(true)
    expect(await page.getByRole('status').textContent()).toContain('1 running · 2 waiting')
    await close()
  })

  it('makes each call a group with its name, id and status', async () => {
    const { page, close } = await openPanel(browser, 'running')
    const call = page.getByRole('group', { name: 'edit_file: src/a.ts' })
    expect(await call.getAttribute('data-call-id')).toBe('c9')
    expect(await call.getAttribute('data-call-name')).toBe('edit_file')
    expect(await call.getAttribute('data-call-status')).toBe('waiting')
    expect(await call.getByRole('button', { name: 'Stop this call' }).count()).toBe(1)
    const edited = page.locator('[data-call-id=c5]')
    expect(await edited.getByRole('button', { name: 'Show diff' }).count()).toBe(1)
    await close()
  })

  it('keeps the cards of folded steps and folded lines in the document', async () => {
    const { page, close } = await openPanel(browser, 'script')
    expect(await page.locator('[data-call-name=search_files]').count()).toBe(22)
    expect(await page.locator('[data-call-name=search_files]:visible').count()).toBe(0)
    await close()
    const done = await openPanel(browser, 'done')
    expect(await done.page.locator('[data-call-id=c9]').getAttribute('data-call-status')).toBe('completed')
    await done.close()
  })

  it('shows one way to a diff, in the row or in the open body', async () => {
    const { page, posted, close } = await openPanel(browser, 'done')
    await page.locator('[data-step-id=s3] .head').click()
    const card = page.locator('[data-call-id=c6]')
    await card.getByRole('button', { name: 'Show diff' }).click({ force: true })
    await card.locator('.open').click()
    expect(await card.getByRole('button', { name: 'Show diff' }).count()).toBe(1)
    expect(await posted()).toContainEqual({ type: 'showDiff', callId: 'c6', path: 'src/bundle.ts' })
    await page.getByRole('button', { name: 'Show diff of README.md' }).click()
    expect(await posted()).toContainEqual({ type: 'showTurnDiff', turnId: 't1', path: 'README.md' })
    await close()
  })
})

describe('the review of a turn in the panel', () => {
  it('has its verdicts for keys and screen readers, where something is left to say', async () => {
    const { page, posted, close } = await openPanel(browser, 'review')
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    expect(await button('Accept src/bundle.ts').count()).toBe(0)
    await button('Reject README.md').focus()
    await page.keyboard.press('Enter')
    expect(await posted()).toContainEqual({ type: 'review', turnId: 't1', path: 'README.md', verdict: 'rejected' })
    expect(await button('Show diff of README.md').evaluate((link) => link.matches(':focus'))).toBe(true)
    await button('Accept all').click()
    expect(await posted()).toContainEqual({ type: 'review', turnId: 't1', verdict: 'accepted' })
    await button('Review 2 files').click()
    expect(await posted()).toContainEqual({ type: 'reviewChanges', turnId: 't1' })
    await page.getByText('You have written in lines 12–14').waitFor()
    await close()
  })
})

describe('the panel in its themes and widths', () => {
  const looks: [Theme, number][] = [
    ['dark', 300],
    ['light', 420],
    ['hc', 900],
  ]
  for (const [theme, width] of looks) {
    it(`breaks no policy and nothing scrolls sideways: ${theme}, ${width} px`, async () => {
      for (const name of names) {
        const { page, errors, close } = await openPanel(browser, name, { theme, width })
        expect(errors, name).toEqual([])
        const wider = 'document.querySelector("#log").scrollWidth - document.querySelector("#log").clientWidth'
        expect(await page.evaluate(wider), name).toBe(0)
        expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBe(width)
        await close()
      }
    })
  }
})
