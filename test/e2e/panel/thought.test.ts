import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SessionEvent } from '../../../src/protocol/events.ts'
import { launchBrowser } from '../../support/vscode/browser.ts'
import { START, stepEnd, turn } from './events.ts'
import { openPanel } from './harness.ts'
import { READY } from './scenes.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const of = { turnId: 't1', stepId: 's1' }
const thinks = (text: string, at: number): SessionEvent => ({ ...of, type: 'reasoningAdded', at: START + at, text })
const begun: SessionEvent = { ...of, type: 'stepStarted', at: START, model: 'm' }
const said: SessionEvent = { ...of, type: 'textAdded', at: START + 9000, text: 'Done.' }

describe('what the model thinks', () => {
  it('is one folded line that says how long it took, and its words when it is opened', async () => {
    const scene = { now: 9000, environment: READY, events: [turn('t1', 'Go.'), begun, thinks('I ', 1000)] }
    const { page, events, close } = await openPanel(browser, scene)
    const line = page.locator('summary')
    expect(await line.textContent()).toBe('Thinking …')
    await events(thinks('look.', 4200), said, stepEnd('t1', 's1', 9500))
    expect(await line.textContent()).toMatch(/^Thought for 4\.2.s$/)
    expect(await page.getByText('I look.').count()).toBe(0)
    await line.press('Enter')
    await page.getByText('I look.').waitFor()
    await close()
  })

  it('has no line where there is nothing of it', async () => {
    const scene = { now: 9000, environment: READY, events: [turn('t1', 'Go.'), begun, said] }
    const { page, close } = await openPanel(browser, scene)
    await page.getByText('Done.').waitFor()
    expect(await page.locator('summary').count()).toBe(0)
    await close()
  })
})
