import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SessionEvent } from '../../../src/protocol/events.ts'
import { START } from './events.ts'
import { launchBrowser } from '../../support/vscode/browser.ts'
import { openPanel } from './harness.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

/** A moment of the first turn. */
const NOW = { at: START + 17_000, turnId: 't1' }

/** What stands last in the transcript. */
function lastMessage(page: Page): Promise<string> {
  return page.locator('[data-turn-id]').last().locator(':scope > *').last().innerText()
}

describe('a queued message', () => {
  it('comes back to be edited, before what was typed, once it is out of the queue', async () => {
    const { page, posted, events, close } = await openPanel(browser, 'queue')
    const box = page.getByRole('textbox', { name: 'Message Stretto' })
    await page.getByRole('button', { name: 'Edit “Then update the changelog”' }).click()
    expect((await posted()).at(-1)).toEqual({ type: 'unqueue', messageId: 'q1' })
    expect(await box.inputValue()).toBe('Keep the locale argument optional as well')
    await events({ type: 'messageUnqueued', ...NOW, messageId: 'q1' })
    expect(await box.inputValue()).toBe('Then update the changelog\n\nKeep the locale argument optional as well')
    await events({ type: 'messageUnqueued', ...NOW, messageId: 'q2' })
    expect(await box.inputValue()).toBe('Then update the changelog\n\nKeep the locale argument optional as well')
    await close()
  })

  it('steers at once or goes away, and its focus goes to the composer', async () => {
    const { page, posted, events, close } = await openPanel(browser, 'queue')
    await page.getByRole('button', { name: 'Steer with “Then update the changelog” now' }).focus()
    await page.keyboard.press('Enter')
    const text = 'Then update the changelog'
    expect((await posted()).at(-1)).toEqual({ type: 'steer', text, messageId: 'q1' })
    await events(
      { type: 'messageUnqueued', ...NOW, messageId: 'q1' },
      { type: 'messageSteered', ...NOW, messageId: 'm9', text },
    )
    expect(await page.getByRole('listitem').allInnerTexts()).toEqual([expect.stringMatching(/^Run the visual tests/)])
    expect(await page.evaluate('document.activeElement.id')).toBe('composer')
    expect(await lastMessage(page)).toMatch(/^Goes with the next request[^]*Then update the changelog$/)
    await page.getByRole('button', { name: /^Remove “Run the visual tests/ }).click()
    expect((await posted()).at(-1)).toEqual({ type: 'unqueue', messageId: 'q2' })
    await close()
  })
})

describe('a steer', () => {
  it('stands last until it is sent, then in its place with when and with which request', async () => {
    const { page, events, close } = await openPanel(browser, 'steering')
    expect(await lastMessage(page)).toMatch(/^Goes with the next request[^]*Keep getUser as an alias/)
    await events({ type: 'textAdded', ...NOW, stepId: 's2', text: 'Meanwhile.' })
    expect(await lastMessage(page)).toMatch(/^Goes with the next request/)
    await events(
      { type: 'messageDelivered', ...NOW, messageId: 'm2', request: 3 },
      { type: 'stepStarted', ...NOW, stepId: 's3', model: 'gpt-5.1' },
      { type: 'textAdded', ...NOW, stepId: 's3', text: 'As you wish.' },
    )
    const sent = page.locator('.user', { hasText: 'Keep getUser' })
    expect(await sent.innerText()).toMatch(/^Steered at 16\ss, sent with request 3\s+Keep getUser/)
    expect(await lastMessage(page)).toBe('As you wish.')
    await close()
  })

  it('comes back to the composer when it is taken back, but not when it was sent meanwhile', async () => {
    for (const late of [false, true]) {
      const { page, posted, events, close } = await openPanel(browser, 'steering')
      const box = page.getByRole('textbox', { name: 'Message Stretto' })
      await box.fill('typed')
      await page.getByRole('button', { name: /^Take back “Keep getUser/ }).click()
      expect((await posted()).at(-1)).toEqual({ type: 'unqueue', messageId: 'm2' })
      expect(await page.evaluate('document.activeElement.id')).toBe('composer')
      if (late) await events({ type: 'messageDelivered', ...NOW, messageId: 'm2', request: 3 })
      else await events({ type: 'messageUnqueued', ...NOW, messageId: 'm2' })
      expect(await box.inputValue()).toBe(late ? 'typed' : 'Keep getUser as an alias for one release.\n\ntyped')
      await close()
    }
  })

  it('that came too late starts the next turn, and says so', async () => {
    const { page, events, close } = await openPanel(browser, 'steering')
    const text = 'Keep getUser as an alias for one release.'
    const next: SessionEvent = {
      type: 'turnStarted',
      ...NOW,
      turnId: 't2',
      messageId: 'm2',
      text,
      source: 'panel',
      model: 'm',
    }
    await events(
      { type: 'messageSteered', ...NOW, messageId: 'm3', text: 'And the tests.' },
      { type: 'turnEnded', ...NOW, status: 'completed' },
      next,
    )
    expect(await lastMessage(page)).toMatch(/^Starts the next turn[^]*And the tests\.$/)
    expect(await page.locator('[data-turn-id=t2] > .user').first().innerText()).toMatch(/^Keep getUser/)
    await close()
  })

  it('says what became of each call, and counts what goes on in the background', async () => {
    const { page, close } = await openPanel(browser, 'steer')
    const state = (id: string) => page.locator(`[data-call-id=${id}] .state`).innerText()
    expect(await state('c5')).toContain('goes on as typecheck')
    expect(await state('c6')).toContain('did not run')
    expect(await page.locator('.status').innerText()).toMatch(/^2 running ·\s+[^]*1 in the background/)
    const lane = page.getByRole('button', { name: /^edit_file src\/receipt\.ts: waited 8\.0.s, did not run$/ })
    expect(await lane.locator('.seg.wait.deferred').count()).toBe(1)
    expect(await page.locator('.seg.run.backgrounded').count()).toBe(1)
    await page.locator('[data-call-id=c6] .open').click()
    expect(await page.getByText('You steered before this began.').isVisible()).toBe(true)
    await close()
  })

  it('says how much came for a call that had begun already', async () => {
    const { page, events, close } = await openPanel(browser, 'steer')
    await events({ type: 'callExtra', ...NOW, callId: 'c9', bytes: 12 })
    await page.locator('[data-call-id=c9] .open').click()
    expect(await page.getByText('12 bytes that came after this had begun were ignored.').isVisible()).toBe(true)
    await close()
  })
})
