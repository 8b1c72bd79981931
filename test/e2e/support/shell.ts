/** What a user does in VS Code's own window. */
import type { Locator, Page } from 'playwright-core'

const START_MS = 60_000

export async function untilShellIsReady(page: Page): Promise<void> {
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: START_MS })
  await page
    .locator('.explorer-folders-view .monaco-list-row, .explorer-viewlet')
    .first()
    .waitFor({ timeout: START_MS })
}

/** Runs a command by its title, as the palette shows it: `Stretto: New Session`. */
export async function runCommand(page: Page, title: string): Promise<void> {
  await page.keyboard.press('F1')
  const input = page.locator('.quick-input-widget input[type="text"], .quick-input-widget .input').first()
  await input.waitFor()
  await input.fill(`>${title}`)
  const row = page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first()
  await row.waitFor()
  await row.click()
}

/** Types into the input that a command has opened, and accepts it. */
export async function answerInput(page: Page, text: string): Promise<void> {
  const input = page.locator('.quick-input-widget input').first()
  await input.waitFor()
  await input.fill(text)
  await page.keyboard.press('Enter')
}

/** Opens a file of the workspace in an editor. */
export async function openFile(page: Page, name: string): Promise<void> {
  const input = page.locator('.quick-input-widget input').first()
  // VS Code closes what it has opened when something else takes the focus meanwhile, as at its start.
  for (let tries = 1; ; tries++) {
    await page.keyboard.press('ControlOrMeta+P')
    try {
      await input.fill(name, { timeout: 3_000 })
      break
    } catch (error) {
      if (tries === 5) throw error
    }
  }
  await page
    .locator('.quick-input-list .monaco-list-row')
    .filter({ hasText: name.split('/').at(-1) })
    .first()
    .click()
  await page.locator('.editor-instance .view-lines').first().waitFor()
}

/** Shows the Explorer in the sidebar instead of what is there. */
export async function showExplorer(page: Page): Promise<void> {
  await page.locator('.activitybar .action-label[aria-label^="Explorer"]').first().click()
  await page.locator('.explorer-folders-view').waitFor()
}

/** Opens the list of notifications: toasts are not shown under the smoke-test driver. */
export async function openNotifications(page: Page): Promise<void> {
  await runCommand(page, 'Notifications: Show Notifications')
  await page.locator('.notifications-center.visible').waitFor()
}

/** A notification in the open list, by part of its text. */
export function notification(page: Page, text: string): Locator {
  return page.locator('.notifications-center .notification-list-item').filter({ hasText: text }).first()
}
