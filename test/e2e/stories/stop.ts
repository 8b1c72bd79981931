import { describe, expect, it } from 'vitest'
import { call, reply, text } from '../../support/model/scriptedModel.ts'
import { type Chat, untilCall } from '../support/chat.ts'
import { pidsOf, runs, stubborn } from '../support/machine.ts'
import { picture } from '../support/picture.ts'
import { type Studio, untilEnded } from '../support/studio.ts'

/** How long the panel may take to say that it stops, in ms. */
const REACTION_MS = 100
/** How long what ignores SIGTERM may live on, in ms. */
const END_MS = 2_000
const TRIES = 3

export function stopStories(studio: Studio): void {
  describe('Stop', () => {
    it.each([
      ['the button', 'pointerdown', (chat: Chat) => chat.button('Stop').click()],
      ['Escape', 'keydown', (chat: Chat) => chat.composer.press('Escape')],
    ] as const)('by %s is said within 100 ms, and ends the whole tree within 2 s', async (_, input, stop) => {
      let best = Number.POSITIVE_INFINITY
      for (let attempt = 1; attempt <= TRIES && best > REACTION_MS; attempt++) {
        const name = `stop-${input}-${attempt}`
        await using story = await studio.begin(
          {},
          reply(text('It takes long.'), call('terminal', { command: stubborn(name) })),
        )
        const { chat } = story
        await chat.send('Run it')
        const pids = await pidsOf(story.path(name))
        await untilCall(chat.card('terminal'), 'running')
        await measureReaction(chat, input)
        await stop(chat)
        await expect.poll(() => pids.filter(runs), { timeout: END_MS, interval: 20 }).toEqual([])
        best = Math.min(best, await reaction(chat))
        await untilCall(chat.card('terminal'), 'cancelled')
        await untilEnded(chat, 'Stopped after')
        await chat.card('terminal').getByText('started').first().waitFor()
        if (attempt === 1 && input === 'pointerdown') await picture(story.vscode, 'stopped')
      }
      expect(best).toBeLessThanOrEqual(REACTION_MS)
    })

    it('of one call leaves its sibling running', async () => {
      await using story = await studio.begin(
        {},
        reply(
          text('Two at once.'),
          call('terminal', { command: stubborn('lone-a') }),
          call('terminal', { command: stubborn('lone-b') }),
        ),
        reply(text('One was stopped.')),
      )
      const { chat } = story
      await chat.send('Run both')
      const stopped = await pidsOf(story.path('lone-a'))
      const kept = await pidsOf(story.path('lone-b'))
      const [first, second] = [chat.card('terminal', 'lone-a'), chat.card('terminal', 'lone-b')]
      await untilCall(first, 'running')
      await first.getByRole('button', { name: 'Stop this call' }).click()
      await untilCall(first, 'cancelled')
      expect(stopped.filter(runs)).toEqual([])
      expect(kept.filter(runs)).toEqual(kept)
      expect(await second.getAttribute('data-call-status')).toBe('running')
      await picture(story.vscode, 'one-stopped')
      await second.getByRole('button', { name: 'Stop this call' }).click()
      await untilEnded(chat, 'Completed in')
      expect(kept.filter(runs)).toEqual([])
      const results = await story.results(1)
      for (const result of results) expect(result).toMatch(/^Cancelled \(stop\): [^]*started/)
    })
  })
}

/** Begins to measure: from the next input of that kind until the panel says that it stops. Runs in the panel. */
const MEASURE = `
  delete document.body.dataset.reaction
  document.addEventListener(KIND, (event) => {
    const observer = new MutationObserver(() => {
      if (!/Stopp(?:ing|ed)/.test(document.querySelector('[role="status"]')?.textContent ?? '')) return
      observer.disconnect()
      document.body.dataset.reaction = String(performance.now() - event.timeStamp)
    })
    observer.observe(document.body, { subtree: true, childList: true, characterData: true })
  }, { capture: true, once: true })`

async function measureReaction(chat: Chat, input: 'pointerdown' | 'keydown'): Promise<void> {
  await chat.frame.locator('body').evaluate(`{ const KIND = '${input}'; ${MEASURE} }`)
}

/** In ms. */
async function reaction(chat: Chat): Promise<number> {
  const body = chat.frame.locator('body')
  await expect.poll(() => body.getAttribute('data-reaction')).not.toBeNull()
  return Number(await body.getAttribute('data-reaction'))
}
