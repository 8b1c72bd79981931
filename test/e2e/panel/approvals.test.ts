import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { START } from './events.ts'
import { launchBrowser } from '../../support/vscode/browser.ts'
import { openPanel, twoFrames } from './harness.ts'
import { READY } from './scenes.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

describe('an approval', () => {
  it('opens by itself, takes no focus, and shows the whole command', async () => {
    const { page, close } = await openPanel(browser, 'running')
    const card = page.locator('[data-call-id=c11]')
    expect(await card.locator('.cmd').textContent()).toBe('rm -rf dist node_modules/.cache && npm ci --ignore-scripts')
    expect(await page.evaluate('document.activeElement === document.body')).toBe(true)
    await close()
  })

  const answers = [
    ['Allow once', 'once'],
    ['Allow for this session', 'session'],
    ['Deny', 'deny'],
  ] as const
  for (const [name, answer] of answers) {
    it(`answers ${answer} to exactly what was shown`, async () => {
      const { page, posted, close } = await openPanel(browser, 'running')
      await page.locator('[data-call-id=c11]').getByRole('button', { name, exact: true }).click()
      expect((await posted()).at(-1)).toEqual({ type: 'approve', callId: 'c11', fingerprint: 'f11', answer })
      await close()
    })
  }

  it('is answered by keys only with the focus inside its card', async () => {
    const { page, posted, close } = await openPanel(browser, 'running')
    await page.locator('[data-call-id=c10] .open').focus()
    await page.keyboard.press('Control+Enter')
    expect((await posted()).filter(({ type }) => type === 'approve')).toEqual([])
    await page.locator('[data-call-id=c11] .open').focus()
    await page.keyboard.press('Control+Backspace')
    expect((await posted()).at(-1)).toMatchObject({ type: 'approve', callId: 'c11', answer: 'deny' })
    await close()
  })

  it('is allowed by Ctrl+Enter inside, and leaves the focus on its row', async () => {
    const { page, posted, events, close } = await openPanel(browser, 'running')
    await page.locator('[data-call-id=c11]').getByRole('button', { name: 'Deny' }).focus()
    await page.keyboard.press('Control+Enter')
    expect((await posted()).at(-1)).toMatchObject({ type: 'approve', callId: 'c11', answer: 'once' })
    await events({ type: 'callAnswered', at: START + 17_000, turnId: 't1', callId: 'c11', answer: 'once' })
    expect(await page.evaluate('document.activeElement.closest("[data-call-id]")?.dataset.callId')).toBe('c11')
    expect(await page.locator('[data-call-id=c11] .allow-once').count()).toBe(0)
    await close()
  })

  it('is remembered for the workspace where the user says so, and says for what', async () => {
    const { page, posted, close } = await openPanel(browser, 'running')
    const card = page.locator('[data-call-id=c11]')
    const allow = card.getByRole('button', { name: 'Allow for this session' })
    expect(await allow.getAttribute('title')).toMatch(/^Exactly this command in this folder, until the session ends$/)
    await card.getByRole('checkbox', { name: 'Also for later sessions in this workspace' }).focus()
    await page.keyboard.press('Space')
    expect(await allow.getAttribute('title')).toMatch(/until you take it back$/)
    await allow.click()
    expect((await posted()).at(-1)).toEqual({
      type: 'approve',
      callId: 'c11',
      fingerprint: 'f11',
      answer: 'workspace',
    })
    await close()
  })

  it('that is remembered is listed, and taken back from the keyboard', async () => {
    const { page, posted, send, errors, close } = await openPanel(browser, 'done')
    const answer = { fingerprint: 'f1', tool: 'terminal', action: 'npm test', where: '/w', scope: 'session' as const }
    const other = {
      fingerprint: 'f2',
      tool: 'web_extract',
      action: 'url',
      host: 'docs.test',
      scope: 'workspace' as const,
    }
    const hostile = { ...answer, fingerprint: 'f3', action: 'echo <img src=x onerror=alert(1)>\u202e' }
    expect(await page.getByRole('button', { name: /remembered/ }).count()).toBe(0)
    await send({ type: 'environment', environment: { ...READY, remembered: [answer, other, hostile] } })
    const chip = page.getByRole('button', { name: '3 answers remembered' })
    await chip.focus()
    await page.keyboard.press('Enter')
    expect(await chip.getAttribute('aria-expanded')).toBe('true')
    const rows = page.getByRole('list', { name: 'Allowed without a question' }).getByRole('listitem')
    expect(await rows.allInnerTexts()).toEqual([
      expect.stringMatching(/^terminal\s+npm test in \/w\s+session$/),
      expect.stringMatching(/^web_extract\s+pages of docs\.test\s+workspace$/),
      expect.stringContaining('echo <img src=x onerror=alert(1)>\\u{202e}'),
    ])
    await rows.first().getByRole('button', { name: 'Take back: npm test in /w' }).focus()
    await page.keyboard.press('Enter')
    expect((await posted()).at(-1)).toEqual({ type: 'revoke', fingerprint: 'f1' })
    await send({ type: 'environment', environment: { ...READY, remembered: [] } })
    await twoFrames(page)
    expect(await rows.count()).toBe(0)
    expect(errors).toEqual([])
    await close()
  })

  it('of an edit shows its diff', async () => {
    const { page, posted, close } = await openPanel(browser, 'asks')
    const card = page.locator('[data-call-id=e1]')
    expect(await card.locator('.diff .i').count()).toBe(4)
    expect(await card.locator('.diff .d').count()).toBe(2)
    await card.getByRole('button', { name: 'Show diff' }).click()
    expect((await posted()).at(-1)).toEqual({ type: 'showDiff', callId: 'e1', path: 'src/session.ts' })
    await close()
  })

  it('shows what would hide or turn the order of what is read', async () => {
    const { page, send, close } = await openPanel(browser, 'running')
    const request = { fingerprint: 'x', action: 'rm \u202etxt.a\u200b\u001b[2K', reason: 'Asks.', canRemember: false }
    await send({
      type: 'events',
      sessionId: 's',
      events: [{ type: 'callApproval', at: START + 17_000, turnId: 't1', callId: 'c10', request }],
    })
    await twoFrames(page)
    const card = page.locator('[data-call-id=c10]')
    expect(await card.locator('.cmd').textContent()).toBe('rm \\u{202e}txt.a\\u{200b}\\u{001b}[2K')
    expect(await card.getByRole('button', { name: 'Allow for this session' }).count()).toBe(0)
    await close()
  })

  it('can be reached from the status line, and by the host', async () => {
    const { page, send, close } = await openPanel(browser, 'running')
    await page.getByRole('button', { name: '1 needs your answer' }).click()
    await twoFrames(page)
    const focused = 'document.activeElement.closest("[data-call-id]")?.dataset.callId'
    expect(await page.evaluate(focused)).toBe('c11')
    await send({ type: 'reveal', callId: 'c2' })
    await twoFrames(page)
    await twoFrames(page)
    expect(await page.evaluate(focused)).toBe('c2')
    expect(await page.locator('[data-call-id=c2]').isVisible()).toBe(true)
    await close()
  })
})

describe('a question of the model', () => {
  it('is answered by an option or in words', async () => {
    const { page, posted, close } = await openPanel(browser, 'asks')
    const card = page.locator('[data-call-id=q1]')
    await card.getByRole('button', { name: 'SQLite' }).click()
    expect((await posted()).at(-1)).toEqual({ type: 'reply', callId: 'q1', text: 'SQLite' })
    await close()
    const again = await openPanel(browser, 'asks')
    await again.page.getByRole('textbox', { name: 'Your answer' }).fill('MongoDB')
    await again.page.keyboard.press('Enter')
    expect((await again.posted()).at(-1)).toEqual({ type: 'reply', callId: 'q1', text: 'MongoDB' })
    await again.close()
  })
})
