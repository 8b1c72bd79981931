import { describe, expect, it } from 'vitest'
import { gate } from '../../support/model/gate.ts'
import { call, pause, reply, text } from '../../support/model/scriptedModel.ts'
import { shown, untilCall } from '../support/chat.ts'
import { exists, runs, touch, untilFile, waitingFor } from '../support/machine.ts'
import { picture } from '../support/picture.ts'
import { type Studio, untilEnded, WAIT_MS } from '../support/studio.ts'

export function steerStories(studio: Studio): void {
  describe('a message by Enter while a turn runs', () => {
    it('redirects the turn: the command goes on as the same process, what had not begun does not run', async () => {
      const [unfinished, second] = [gate(), gate()]
      const work = waitingFor('steer-go', 'echo $$ > steer-end')
      const command = `trap 'touch steer-signalled' TERM INT HUP; echo $$ > steer-pid; ${work}`
      await using story = await studio.begin(
        {},
        reply(
          text('I check, then write.'),
          call('terminal', { command }),
          call('write_file', { path: 'steer-never.txt', content: 'x' }),
          pause(unfinished),
        ),
        reply(text('As you wish.'), pause(second)),
      )
      const { chat, model } = story
      await chat.send('Check it')
      const [check, write] = [chat.card('terminal'), chat.card('write_file')]
      await untilFile(story.path('steer-pid'))
      await untilCall(check, 'running')
      await untilCall(write, 'waiting')
      await chat.composer.fill('Keep the old name')
      await chat.composer.press('Enter')
      await untilCall(check, 'backgrounded')
      await untilCall(write, 'deferred')
      await shown(check, 'goes on as trap').waitFor()
      await shown(write, 'did not run').waitFor()
      await chat.transcript.getByText('As you wish.').waitFor()
      const steered = chat.frame.locator('.user').last()
      expect(await steered.innerText()).toMatch(/^Steered at \d+\ss, sent with request 2\s+Keep the old name$/)
      const { messages } = await model.request(1)
      expect(messages.at(-1)).toEqual({ role: 'user', content: 'Keep the old name' })
      const [checked, written] = await story.results(1)
      expect(checked).toMatch(/in the background as trap\b[^]*ready/)
      expect(written).toMatch(/^Deferred: /)
      await chat.frame.getByRole('button', { name: '1 in the background' }).waitFor()
      await picture(story.vscode, 'steered')
      second.open()
      await untilEnded(chat, 'Completed in')
      const pid = Number(await story.read('steer-pid'))
      expect(runs(pid)).toBe(true)
      await touch(story.path('steer-go'))
      await expect.poll(() => story.read('steer-end').catch(() => ''), { timeout: WAIT_MS }).toBe(`${pid}\n`)
      expect(await exists(story.path('steer-signalled'))).toBe(false)
      expect(await exists(story.path('steer-never.txt'))).toBe(false)
      expect(model.requests).toHaveLength(2)
    })
  })

  describe('a message by Alt+Enter while a turn runs', () => {
    it('waits for the end, and can steer from there', async () => {
      const hold = gate()
      await using story = await studio.begin(
        {},
        reply(text('First'), pause(hold)),
        reply(text('Second.')),
        reply(text('Third.')),
      )
      const { chat, model } = story
      await chat.send('One')
      await hold.reached
      for (const later of ['Two', 'Three']) {
        await chat.composer.fill(later)
        await chat.composer.press('Alt+Enter')
      }
      const queue = chat.frame.getByRole('list', { name: 'Queued for the end of the turn' })
      await expect.poll(() => queue.getByRole('listitem').allInnerTexts()).toEqual(['Two', 'Three'])
      expect(model.requests).toHaveLength(1)
      await chat.composer.fill('Four')
      await picture(story.vscode, 'steer-or-queue')
      await chat.composer.fill('')
      await chat.button('Steer with “Three” now').click()
      await chat.transcript.getByText('Third.').waitFor()
      await queue.waitFor({ state: 'detached' })
      const asked = model.requests.map(({ messages }) => messages.at(-1)?.content)
      expect(asked).toEqual(['One', 'Three', 'Two'])
    })

    it('comes back before what is being typed when the turn is stopped', async () => {
      const hold = gate()
      await using story = await studio.begin({}, reply(text('First'), pause(hold)))
      const { chat } = story
      await chat.send('One')
      await hold.reached
      await chat.composer.fill('Two')
      await chat.composer.press('Alt+Enter')
      await chat.frame.getByRole('listitem').filter({ hasText: 'Two' }).waitFor()
      await chat.composer.fill('typed')
      await chat.composer.press('Escape')
      await untilEnded(chat, 'Stopped after')
      await expect.poll(() => chat.composer.inputValue()).toBe('Two\n\ntyped')
      await chat.composer.fill('')
    })
  })
}
