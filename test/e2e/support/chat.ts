/** Stretto's panel, as a user and assistive technology meet it. */
import type { FrameLocator, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'

const WAIT_MS = 30_000

/** Opens the view container by its icon, unless the panel is there already. */
export async function openChat(page: Page): Promise<Chat> {
  const chat = chatOf(page)
  if (!(await chat.composer.isVisible())) {
    await page.locator('.activitybar .action-label[aria-label^="Stretto"]').first().click()
    await chat.composer.waitFor()
  }
  return chat
}

export interface Chat {
  frame: FrameLocator
  transcript: Locator
  composer: Locator
  status: Locator
  /** The card of a call, by its tool's name and part of its summary; the first of several. */
  card(name: string, summary?: string): Locator
  /** Every card of a tool. */
  cards(name: string): Locator
  button(name: string): Locator
  send(message: string): Promise<void>
}

export function chatOf(page: Page): Chat {
  // A webview is a frame of VS Code's own around the frame with our document.
  const frame = page
    .frameLocator('iframe.webview.ready[src*="extensionId=stretto.stretto"]')
    .frameLocator('#active-frame')
  const composer = frame.getByRole('textbox', { name: 'Message Stretto' })
  const button = (name: string) => frame.getByRole('button', { name, exact: true })
  const cards = (name: string) => frame.locator(`[data-call-name="${name}"]`)
  return {
    frame,
    composer,
    transcript: frame.getByRole('log', { name: 'Conversation' }),
    status: frame.getByRole('status'),
    cards,
    card: (name, summary) => (summary === undefined ? cards(name) : cards(name).filter({ hasText: summary })).first(),
    button,
    send: async (message) => {
      await composer.fill(message)
      await button('Send').click()
    },
  }
}

/** Settles when the call of the card is in one of these states. */
export async function untilCall(card: Locator, ...statuses: string[]): Promise<void> {
  const status = () => card.getAttribute('data-call-status', { timeout: WAIT_MS })
  await expect.poll(status, { timeout: WAIT_MS, interval: 20 }).toBeOneOf(statuses)
}

/** What the user sees of these words: a row has its state in three lengths, for three widths. */
export function shown(card: Locator, words: string): Locator {
  return card.getByText(words).filter({ visible: true }).first()
}
