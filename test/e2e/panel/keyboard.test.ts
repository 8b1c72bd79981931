import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../../support/vscode/browser.ts'
import { openPanel, twoFrames } from './harness.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

/** The call whose row holds the focus. */
function focusedCall(page: Page): Promise<unknown> {
  return page.evaluate('document.activeElement?.closest("[data-call-id]")?.dataset.callId')
}

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) {
    await page.keyboard.press(key)
    await twoFrames(page)
  }
}

describe('the composer', () => {
  it('sends on Enter, not while a word is being composed, and breaks the line on Shift+Enter', async () => {
    const { page, posted, close } = await openPanel(browser, 'done')
    const box = page.getByRole('textbox', { name: 'Message Stretto' })
    await box.fill('one')
    await page.evaluate(`document.querySelector('#composer')
      .dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }))`)
    expect(await posted()).toEqual([{ type: 'ready' }])
    await press(page, 'Shift+Enter')
    await page.keyboard.type('two')
    await press(page, 'Enter')
    expect((await posted()).at(-1)).toEqual({ type: 'send', text: 'one\ntwo' })
    expect(await box.inputValue()).toBe('')
    await close()
  })

  it('steers on Enter and queues on Alt+Enter while a turn runs, and brings the last message back on ↑', async () => {
    const { page, posted, close } = await openPanel(browser, 'running')
    const box = page.getByRole('textbox', { name: 'Message Stretto' })
    expect(await box.getAttribute('placeholder')).toBe('Steer, or queue a message')
    await box.fill('otherwise')
    await page.evaluate(`document.querySelector('#composer')
      .dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', altKey: true, isComposing: true, bubbles: true }))`)
    expect(await posted()).toEqual([{ type: 'ready' }])
    await press(page, 'Shift+Enter', 'Enter')
    expect((await posted()).at(-1)).toEqual({ type: 'steer', text: 'otherwise' })
    await press(page, 'ArrowUp')
    expect(await box.inputValue()).toMatch(/^Make getUser async/)
    await press(page, 'Alt+Enter')
    expect((await posted()).at(-1)).toMatchObject({ type: 'queue', text: expect.stringMatching(/^Make getUser async/) })
    expect(await box.inputValue()).toBe('')
    await close()
  })

  it('offers Stop, Queue and Steer once there is text, with what they do, and Stop alone before', async () => {
    const { page, posted, close } = await openPanel(browser, 'running')
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    expect([await button('Queue').count(), await button('Steer').count()]).toEqual([0, 0])
    const box = page.getByRole('textbox', { name: 'Message Stretto' })
    await box.fill('next')
    expect(await page.locator('.hint').innerText()).toBe(
      'Steer (Enter) goes with the next request: edits finish, commands go on in the background. Queue (Alt+Enter) waits for the end of the turn.',
    )
    await button('Queue').click()
    expect((await posted()).at(-1)).toEqual({ type: 'queue', text: 'next' })
    await box.fill('now')
    await button('Steer').click()
    expect((await posted()).at(-1)).toEqual({ type: 'steer', text: 'now' })
    await button('Stop').click()
    expect((await posted()).at(-1)).toEqual({ type: 'stop' })
    await close()
  })
})

describe('a new session', () => {
  it('offers the ways to a model that are there, and prompts that fill the composer and send nothing', async () => {
    const { page, posted, close } = await openPanel(browser, 'empty')
    expect(await page.locator('.way').allInnerTexts()).toEqual([
      expect.stringMatching(/^An API key/),
      expect.stringMatching(/^A local server[^]*Ollama$/),
      expect.stringMatching(/^The demo\s+A script, not an AI/),
    ])
    await page.locator('.way').nth(2).click()
    expect((await posted()).at(-1)).toEqual({ type: 'action', action: 'useDemo' })
    await page.getByRole('button', { name: 'Explain how this workspace is built' }).click()
    await page.getByRole('button', { name: 'Run the tests and repair what fails' }).click()
    const box = page.getByRole('textbox', { name: 'Message Stretto' })
    expect(await box.inputValue()).toBe('Run the tests and repair what fails')
    expect((await posted()).filter(({ type }) => type === 'send')).toEqual([])
    await close()
  })

  it('puts what the host gives back before what was typed', async () => {
    const { page, send, close } = await openPanel(browser, 'done')
    const box = page.getByRole('textbox', { name: 'Message Stretto' })
    await box.fill('typed')
    await send({ type: 'fill', text: 'given back' })
    await twoFrames(page)
    expect(await box.inputValue()).toBe('given back\n\ntyped')
    await close()
  })
})

describe('a failed turn', () => {
  it('says what happened, and has a button for each thing to do', async () => {
    const { page, posted, close } = await openPanel(browser, 'error')
    expect(await page.getByText('The key was refused').isVisible()).toBe(true)
    expect(await page.getByText('Trying again in 8 s').isVisible()).toBe(true)
    await page.getByRole('button', { name: 'Try now' }).click()
    expect((await posted()).at(-1)).toEqual({ type: 'action', action: 'tryNow' })
    await close()
  })
})

describe('the cards', () => {
  it('are one tab stop; arrows, Home and End go from row to row, over folded steps', async () => {
    const { page, close } = await openPanel(browser, 'running')
    await page.getByRole('textbox', { name: 'Message Stretto' }).focus()
    await press(page, 'Control+ArrowUp')
    expect(await focusedCall(page)).toBe('c11')
    await press(page, 'ArrowUp')
    expect(await focusedCall(page)).toBe('c10')
    await press(page, 'Home')
    expect(await page.evaluate('document.activeElement.className')).toBe('head')
    await press(page, 'ArrowDown', 'ArrowDown')
    expect(await focusedCall(page)).toBe('c4')
    expect(await page.locator('.open[tabindex="0"], .head[tabindex="0"]').count()).toBe(1)
    await press(page, 'Control+ArrowDown')
    expect(await page.evaluate('document.activeElement.id')).toBe('composer')
    await press(page, 'Control+ArrowUp')
    expect(await focusedCall(page)).toBe('c4')
    await close()
  })

  it('open with → and close with ←, which then goes to the head', async () => {
    const { page, close } = await openPanel(browser, 'running')
    const row = page.locator('[data-call-id=c4] .open')
    await row.focus()
    await press(page, 'ArrowRight')
    expect(await row.getAttribute('aria-expanded')).toBe('true')
    await press(page, 'ArrowLeft')
    expect(await row.getAttribute('aria-expanded')).toBe('false')
    await press(page, 'ArrowLeft')
    expect(await page.evaluate('document.activeElement.className')).toBe('head')
    await close()
  })

  it('go from a nested call to its parent with ←', async () => {
    const { page, close } = await openPanel(browser, 'script')
    await page.locator('[data-call-id=n3] .open').focus()
    await press(page, 'ArrowLeft')
    expect(await focusedCall(page)).toBe('c3')
    await close()
  })

  it('stop one call with Delete', async () => {
    const { page, posted, close } = await openPanel(browser, 'running')
    await page.locator('[data-call-id=c6] .open').focus()
    await press(page, 'Delete')
    expect((await posted()).at(-1)).toEqual({ type: 'stopCall', callId: 'c6' })
    await close()
  })

  it('give Tab to the buttons of the row that holds the focus, not to those of other rows', async () => {
    const { page, close } = await openPanel(browser, 'running')
    await page.locator('[data-call-id=c9] .open').focus()
    await press(page, 'Tab')
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Stop this call')
    await press(page, 'Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Allow once')
    await close()
  })
})

describe('keys that hold anywhere', () => {
  it('Escape stops the turn, at once in words, and keeps the draft', async () => {
    const { page, posted, close } = await openPanel(browser, 'running')
    const box = page.getByRole('textbox', { name: 'Message Stretto' })
    await box.fill('a draft')
    await press(page, 'Escape')
    expect((await posted()).at(-1)).toEqual({ type: 'stop' })
    expect(await page.getByRole('status').textContent()).toContain('Stopping …')
    expect(await box.inputValue()).toBe('a draft')
    await close()
  })

  it('Escape goes to the composer when nothing runs', async () => {
    const { page, posted, close } = await openPanel(browser, 'done')
    await page.locator('.head').first().focus()
    await press(page, 'Escape')
    expect(await page.evaluate('document.activeElement.id')).toBe('composer')
    expect(await posted()).toEqual([{ type: 'ready' }])
    await close()
  })

  it('Alt+A goes from one open question to the next', async () => {
    const { page, close } = await openPanel(browser, 'asks')
    await page.getByRole('textbox', { name: 'Message Stretto' }).focus()
    await press(page, 'Alt+a')
    expect(await focusedCall(page)).toBe('e1')
    await press(page, 'Alt+a')
    expect(await focusedCall(page)).toBe('q1')
    await press(page, 'Alt+a')
    expect(await focusedCall(page)).toBe('e1')
    await close()
  })
})
